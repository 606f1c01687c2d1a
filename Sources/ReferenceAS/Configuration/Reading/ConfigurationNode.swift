/// A value as it stood in the file, the environment or on the command line, with where it stood.
struct ConfigurationNode: Sendable, Hashable {
    enum Content: Sendable, Hashable {
        /// Nothing was written: the default holds.
        case null
        case scalar(String)
        case list([ConfigurationNode])
        case map([Entry])
    }

    struct Entry: Sendable, Hashable {
        var key: String
        var keyOrigin: ConfigurationOrigin
        var value: ConfigurationNode
    }

    var content: Content
    var origin: ConfigurationOrigin

    static func emptyMap(_ origin: ConfigurationOrigin) -> ConfigurationNode {
        ConfigurationNode(content: .map([]), origin: origin)
    }

    /// What the value is, for messages.
    var kind: String {
        switch content {
        case .null: "nothing"
        case .scalar: "a single value"
        case .list: "a list"
        case .map: "a mapping"
        }
    }

    /// The value under a key of a mapping. Setting it turns whatever this was, unless it is a mapping, into one.
    subscript(key: String) -> ConfigurationNode? {
        get {
            guard case .map(let entries) = content else { return nil }
            return entries.first { $0.key == key }?.value
        }
        set {
            var entries: [Entry] = []
            if case .map(let existing) = content { entries = existing }
            if let newValue {
                if let index = entries.firstIndex(where: { $0.key == key }) {
                    entries[index].value = newValue
                } else {
                    entries.append(Entry(key: key, keyOrigin: newValue.origin, value: newValue))
                }
            } else {
                entries.removeAll { $0.key == key }
            }
            content = .map(entries)
        }
    }

    /// The value under a dotted path.
    func value(at path: some Collection<String>) -> ConfigurationNode? {
        guard let key = path.first else { return self }
        return self[key]?.value(at: path.dropFirst())
    }

    /// Puts a value under a dotted path, making mappings on the way.
    mutating func set(_ value: ConfigurationNode, at path: some Collection<String>) {
        guard let key = path.first else {
            self = value
            return
        }
        var child = self[key] ?? .emptyMap(value.origin)
        child.set(value, at: path.dropFirst())
        self[key] = child
    }
}
