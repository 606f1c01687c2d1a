/// Values from the environment and the command line, laid over the tree of the file before it is read.
///
/// Elements of `engines` and `services` are addressed by name: `engines.local.url`. What the file does not say
/// about a list or mapping that an override goes into is taken from the defaults.
struct Overrides {
    private(set) var tree: ConfigurationNode
    private(set) var errors: [ConfigurationError] = []
    private(set) var warnings: [String] = []
    private let defaults: ConfigurationNode

    static let environmentPrefix = "SIDETONE_"

    init(over tree: ConfigurationNode, defaults: ConfigurationNode) {
        self.tree = tree
        self.defaults = defaults
    }

    // MARK: Environment

    /// The variable of a key: `SIDETONE_SIP_TRUSTED_PEERS` for `sip.trustedPeers`.
    static func variable(for key: String) -> String {
        var output = environmentPrefix
        var previousIsLower = false
        for character in key {
            if character == "." || character == "-" {
                output += "_"
            } else {
                if character.isUppercase, previousIsLower { output += "_" }
                output += character.uppercased()
            }
            previousIsLower = character.isLowercase || character.isNumber
        }
        return output
    }

    mutating func apply(environment: [String: String]) {
        var keys: [String: String] = [:]
        for key in addressableKeys() { keys[Self.variable(for: key)] = key }
        let own = environment.filter { $0.key.hasPrefix(Self.environmentPrefix) }
        for (variable, value) in own.sorted(by: { $0.key < $1.key }) {
            if let key = keys[variable] {
                set(key, to: value, origin: .environment(variable))
            } else {
                let nearest = keys.keys.sorted().min {
                    Spelling.distance(variable, $0) < Spelling.distance(variable, $1)
                }
                warnings.append(
                    "environment variable \(variable) is not known\(nearest.map { "; did you mean \($0)?" } ?? "")"
                )
            }
        }
    }

    /// The keys of the table, and those of each engine, service and fallback there is.
    private func addressableKeys() -> [String] {
        var keys = ConfigurationTable.settings.map(\.name)
        keys += names(in: "engines").flatMap { name in ConfigurationTable.engine.map { "engines.\(name).\($0.name)" } }
        keys += names(in: "services").flatMap { name in
            // Of every kind: which one it is may itself be overridden.
            ServiceType.allCases.flatMap(ConfigurationTable.keys).map { "services.\(name).\($0.name)" }
        }
        keys += names(in: "fallback").flatMap { name in
            ConfigurationTable.fallback.map { "fallback.\(name).\($0.name)" }
        }
        keys += names(in: "accounts").flatMap { name in
            ConfigurationTable.account.map { "accounts.\(name).\($0.name)" }
        }
        keys += names(in: "users").flatMap { name in ConfigurationTable.user.map { "users.\(name).\($0.name)" } }
        return keys
    }

    private func names(in collection: String) -> [String] {
        switch (written(collection) ?? defaults[collection])?.content {
        case .list(let elements): elements.compactMap(\.name)
        case .map(let entries): entries.map(\.key)
        default: []
        }
    }

    // MARK: Command line

    mutating func apply(_ assignments: [(String, String)]) {
        for (key, value) in assignments { set(key, to: value, origin: .commandLine(key)) }
    }

    private mutating func set(_ key: String, to text: String, origin: ConfigurationOrigin) {
        let path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !path.contains(""), let first = path.first else {
            errors.append(ConfigurationError(origin: origin, key: key, message: "is no name of a key"))
            return
        }
        let value = parse(text, for: path, origin)
        guard ["engines", "services", "fallback", "accounts", "users"].contains(first), path.count > 1 else {
            tree.set(value, at: path)
            return
        }
        var collection = written(first) ?? defaults[first] ?? ConfigurationNode(content: .null, origin: origin)
        if first != "engines", first != "services" {
            collection.set(value, at: path.dropFirst())
        } else {
            collection.setElement(named: path[1], value, at: path.dropFirst(2))
        }
        tree[first] = collection
    }

    /// A part of the tree that something is written for.
    private func written(_ key: String) -> ConfigurationNode? {
        tree[key].flatMap { $0.content == .null ? nil : $0 }
    }

    /// Text that begins like a YAML collection is one; everything else is taken as it stands.
    private mutating func parse(_ text: String, for path: [String], _ origin: ConfigurationOrigin) -> ConfigurationNode
    {
        guard let first = text.first, first == "[" || first == "{" else {
            return ConfigurationNode(content: .scalar(text), origin: origin)
        }
        do {
            return try YAMLDocument.parse(text) { _, _ in origin }
        } catch {
            errors.append(
                ConfigurationError(origin: origin, key: path.joined(separator: "."), message: error.message)
            )
            return ConfigurationNode(content: .null, origin: origin)
        }
    }
}

extension ConfigurationNode {
    fileprivate var name: String? {
        guard case .scalar(let name) = self["name"]?.content else { return nil }
        return name
    }

    /// Sets a value in the element of a list that has this name; a new element if there is none.
    fileprivate mutating func setElement(
        named name: String,
        _ value: ConfigurationNode,
        at path: some Collection<String>
    ) {
        var elements: [ConfigurationNode] = []
        if case .list(let existing) = content { elements = existing }
        if let index = elements.firstIndex(where: { $0.name == name }) {
            elements[index].set(value, at: path)
        } else {
            var element = ConfigurationNode.emptyMap(value.origin)
            element["name"] = ConfigurationNode(content: .scalar(name), origin: value.origin)
            element.set(value, at: path)
            elements.append(element)
        }
        content = .list(elements)
    }
}
