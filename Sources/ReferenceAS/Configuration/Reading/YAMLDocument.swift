import Yams

/// YAML text as a tree of ``ConfigurationNode``.
enum YAMLDocument {
    static let maximumBytes = 1_024 * 1_024
    private static let maximumNodes = 100_000

    /// - Parameter origin: Makes the origin of a value from its line and column.
    static func parse(
        _ text: String,
        origin: (_ line: Int, _ column: Int) -> ConfigurationOrigin
    ) throws(ConfigurationError) -> ConfigurationNode {
        guard text.utf8.count <= maximumBytes else {
            throw ConfigurationError(origin: origin(1, 1), key: nil, message: "longer than \(maximumBytes) bytes")
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw error.configurationError(origin)
        } catch {
            throw ConfigurationError(origin: origin(1, 1), key: nil, message: "is no YAML")
        }
        guard let root else { return ConfigurationNode(content: .null, origin: origin(1, 1)) }
        var remaining = maximumNodes
        return try convert(root, &remaining, origin)
    }

    private static func convert(
        _ node: Node,
        _ remaining: inout Int,
        _ makeOrigin: (Int, Int) -> ConfigurationOrigin
    ) throws(ConfigurationError) -> ConfigurationNode {
        let origin = makeOrigin(node.mark?.line ?? 1, node.mark?.column ?? 1)
        remaining -= 1
        // Aliases can make a short text into a large tree.
        if remaining < 0 { throw ConfigurationError(origin: origin, key: nil, message: "too many values") }
        switch node {
        case .scalar(let scalar):
            let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            return ConfigurationNode(content: isNull ? .null : .scalar(scalar.string), origin: origin)
        case .sequence(let sequence):
            var elements: [ConfigurationNode] = []
            for element in sequence { elements.append(try convert(element, &remaining, makeOrigin)) }
            return ConfigurationNode(content: .list(elements), origin: origin)
        case .mapping(let mapping):
            var entries: [ConfigurationNode.Entry] = []
            for (key, value) in mapping {
                let keyOrigin = makeOrigin(key.mark?.line ?? 1, key.mark?.column ?? 1)
                guard case .scalar(let name) = key else {
                    throw ConfigurationError(origin: keyOrigin, key: nil, message: "a key must be a single word")
                }
                let converted = try convert(value, &remaining, makeOrigin)
                entries.append(ConfigurationNode.Entry(key: name.string, keyOrigin: keyOrigin, value: converted))
            }
            return ConfigurationNode(content: .map(entries), origin: origin)
        case .alias:
            throw ConfigurationError(origin: origin, key: nil, message: "an alias that stands for nothing")
        }
    }
}

extension YamlError {
    fileprivate func configurationError(_ origin: (Int, Int) -> ConfigurationOrigin) -> ConfigurationError {
        switch self {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            ConfigurationError(origin: origin(mark.line, mark.column), key: nil, message: "is no YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            ConfigurationError(
                origin: origin(context.mark.line, context.mark.column),
                key: duplicates.first,
                message: "stands more than once"
            )
        case .reader(let problem, _, _, _):
            ConfigurationError(origin: origin(1, 1), key: nil, message: "is no YAML: \(problem)")
        default:
            ConfigurationError(origin: origin(1, 1), key: nil, message: "is no YAML")
        }
    }
}
