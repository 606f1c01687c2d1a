/// Goes through a tree by the table and collects everything that is wrong.
struct ConfigurationReader {
    private(set) var errors: [ConfigurationError] = []

    mutating func read(_ root: ConfigurationNode) -> ASConfiguration {
        var configuration = ASConfiguration.defaults
        var rest = root
        switch root.content {
        case .null, .map: break
        default:
            add(root.origin, nil, "must be a mapping of keys, not \(root.kind)")
            return configuration
        }
        if let node = take("engines", from: &rest) {
            configuration.engines = readList(node, "engines", ConfigurationTable.engine, EngineDefinition())
        }
        if let node = take("services", from: &rest) {
            configuration.services = readServices(node)
        }
        if let node = take("fallback", from: &rest) {
            configuration.fallback = readMap(node, "fallback", ConfigurationTable.fallback, FallbackDefinition())
        }
        if let node = take("workflows", from: &rest) {
            configuration.workflows = readMap(node, "workflows", ConfigurationTable.workflow, WorkflowDefinition())
        }
        if let node = take("accounts", from: &rest) {
            configuration.accounts = readMap(node, "accounts", ConfigurationTable.account, AccountDefinition())
        }
        if let node = take("users", from: &rest) {
            configuration.users = readMap(node, "users", ConfigurationTable.user, UserDefinition())
        }
        return readKeys(
            rest, "", ConfigurationTable.settings, configuration,
            also: ["engines", "services", "fallback", "workflows", "accounts", "users"])
    }

    /// Takes a part out of a mapping; `nil` if it is not there or nothing is written for it.
    private func take(_ key: String, from node: inout ConfigurationNode) -> ConfigurationNode? {
        guard let value = node[key] else { return nil }
        node[key] = nil
        return value.content == .null ? nil : value
    }

    private mutating func readList<Root>(
        _ node: ConfigurationNode,
        _ path: String,
        _ keys: [ConfigurationKey<Root>],
        _ empty: Root
    ) -> [Root] {
        elements(of: node, path).enumerated().map { index, element in
            readRecord(element, "\(path)[\(index)]", keys, empty)
        }
    }

    /// Services have keys by their kind.
    private mutating func readServices(_ node: ConfigurationNode) -> [ServiceDefinition] {
        var services: [ServiceDefinition] = []
        for (index, element) in elements(of: node, "services").enumerated() {
            let path = "services[\(index)]"
            guard let type = readType(of: element, path) else { continue }
            let service = readRecord(
                element, path, ConfigurationTable.keys(of: type), ServiceDefinition(ServiceSettings(type))
            ) { key in
                let types = ConfigurationTable.types(having: key).map(\.rawValue)
                guard !types.isEmpty else { return nil }
                return "is a key of type \(types.joined(separator: ", ")), but this service is of type \(type.rawValue)"
            }
            services.append(service)
        }
        return services
    }

    private mutating func readType(of service: ConfigurationNode, _ path: String) -> ServiceType? {
        guard let written = service["type"], written.content != .null else { return .assistant }
        do throws(ValueProblem) {
            return try ValueType<ServiceType>.choice().parse(written)
        } catch {
            add(error.origin, "\(path).type", error.message)
            return nil
        }
    }

    private mutating func elements(of node: ConfigurationNode, _ path: String) -> [ConfigurationNode] {
        guard case .list(let elements) = node.content else {
            add(node.origin, path, "must be a list, not \(node.kind)")
            return []
        }
        return elements
    }

    private mutating func readMap<Root>(
        _ node: ConfigurationNode,
        _ path: String,
        _ keys: [ConfigurationKey<Root>],
        _ empty: Root
    ) -> [String: Root] {
        guard case .map(let entries) = node.content else {
            add(node.origin, path, "must be a mapping of names, not \(node.kind)")
            return [:]
        }
        var result: [String: Root] = [:]
        for entry in entries {
            let isName = ConfigurationNode(content: .scalar(entry.key), origin: entry.keyOrigin)
            if (try? ValueType<String>.name.parse(isName)) == nil {
                add(entry.keyOrigin, "\(path).\(entry.key)", "must be a name of letters, digits, '-' and '_'")
            }
            result[entry.key] = readRecord(entry.value, "\(path).\(entry.key)", keys, empty)
        }
        return result
    }

    private mutating func readRecord<Root>(
        _ node: ConfigurationNode,
        _ path: String,
        _ keys: [ConfigurationKey<Root>],
        _ empty: Root,
        strangeKey: (String) -> String? = { _ in nil }
    ) -> Root {
        for key in keys where key.isRequired {
            let value = node.value(at: key.name.split(separator: ".").map(String.init))
            if value == nil || value?.content == .null { add(node.origin, "\(path).\(key.name)", "is missing") }
        }
        return readKeys(node, path, keys, empty, strangeKey: strangeKey)
    }

    /// Reads the keys of the table out of a mapping, and the mappings below it.
    ///
    /// - Parameters:
    ///   - path: Name of `root` in the document.
    ///   - section: Name of `node` in `root`, with a dot at its end; empty for `root` itself.
    ///   - also: Keys that others read here, to be told of when a key is misspelt.
    ///   - strangeKey: What is wrong with a key that is known elsewhere, but not here.
    private mutating func readKeys<Root>(
        _ node: ConfigurationNode,
        _ path: String,
        _ keys: [ConfigurationKey<Root>],
        _ root: Root,
        section: String = "",
        also: [String] = [],
        strangeKey: (String) -> String? = { _ in nil }
    ) -> Root {
        let prefix = path.isEmpty ? "" : path + "."
        let entries: [ConfigurationNode.Entry]
        switch node.content {
        case .map(let all): entries = all
        case .null: return root
        default:
            let name = (prefix + section).dropLast()
            add(node.origin, String(name), "must be a mapping of keys, not \(node.kind)")
            return root
        }
        var root = root
        for entry in entries {
            let name = section + entry.key
            if let key = keys.first(where: { $0.name == name }) {
                if entry.value.content != .null { root = key.assign(entry.value, prefix + name, root, &errors) }
            } else if keys.contains(where: { $0.name.hasPrefix(name + ".") }) {
                root = readKeys(entry.value, path, keys, root, section: name + ".", strangeKey: strangeKey)
            } else if let fault = strangeKey(name) {
                add(entry.keyOrigin, prefix + name, fault)
            } else {
                let nearest = Spelling.nearest(to: name, in: keys.map(\.name) + also)
                let hint = nearest.map { "; did you mean \(prefix)\($0)?" } ?? ""
                add(entry.keyOrigin, prefix + name, "unknown key\(hint)")
            }
        }
        return root
    }

    private mutating func add(_ origin: ConfigurationOrigin, _ key: String?, _ message: String) {
        errors.append(ConfigurationError(origin: origin, key: key, message: message))
    }
}
