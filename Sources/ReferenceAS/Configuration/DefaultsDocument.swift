extension ASConfiguration {
    /// This configuration as YAML, each key with its unit, meaning and environment variable in a comment above it.
    /// Keys that are not set stand in a comment. Reading the text gives this configuration again.
    public func document() -> String {
        var writer = DocumentWriter()
        writer.write(ConfigurationTable.settings, of: self, indentation: 0, path: "")
        writer.line(0, "engines:")
        for engine in engines {
            writer.element(ConfigurationTable.engine, of: engine, path: "engines.\(engine.name)")
        }
        writer.line(0, "services:")
        for service in services {
            writer.element(ConfigurationTable.keys(of: service.type), of: service, path: "services.\(service.name)")
        }
        writer.line(0, "fallback:")
        for (name, fallback) in fallback.sorted(by: { $0.key < $1.key }) {
            writer.line(1, "\(name):")
            writer.write(ConfigurationTable.fallback, of: fallback, indentation: 2, path: "fallback.\(name).")
        }
        if !workflows.isEmpty { writer.line(0, "workflows:") }
        for (name, workflow) in workflows.sorted(by: { $0.key < $1.key }) {
            writer.line(1, "\(name):")
            writer.write(ConfigurationTable.workflow, of: workflow, indentation: 2, path: "workflows.\(name).")
        }
        if !accounts.isEmpty { writer.line(0, "accounts:") }
        for (name, account) in accounts.sorted(by: { $0.key < $1.key }) {
            writer.line(1, "\(name):")
            writer.write(ConfigurationTable.account, of: account, indentation: 2, path: "accounts.\(name).")
        }
        if !users.isEmpty { writer.line(0, "users:") }
        for (name, user) in users.sorted(by: { $0.key < $1.key }) {
            writer.line(1, "\(name):")
            writer.write(ConfigurationTable.user, of: user, indentation: 2, path: "users.\(name).")
        }
        return writer.output
    }
}

/// Writes keys as an indented YAML block.
private struct DocumentWriter {
    var output = ""

    mutating func line(_ indentation: Int, _ text: String) {
        output += String(repeating: "  ", count: indentation) + text + "\n"
    }

    /// - Parameter path: What stands before the names of the keys, with a dot at its end.
    mutating func write<Root>(_ keys: [ConfigurationKey<Root>], of root: Root, indentation: Int, path: String) {
        var open: [String] = []
        for key in keys {
            var sections = key.name.split(separator: ".").map(String.init)
            let name = sections.removeLast()
            let common = zip(open, sections).prefix { $0 == $1 }.count
            // A section none of whose keys is set must not be opened: it would be empty.
            let isSet = keys.contains { other in
                other.name.hasPrefix(sections.map { $0 + "." }.joined()) && other.render(root) != nil
            }
            for depth in common..<max(sections.count, common) {
                line(indentation + depth, "\(isSet ? "" : "# ")\(sections[depth]):")
            }
            open = sections
            let depth = indentation + sections.count
            line(depth, "# \(key.meaning)")
            let unit = key.unit.map { "Unit: \($0). " } ?? ""
            line(depth, "# \(unit)Environment: \(Overrides.variable(for: path + key.name))")
            if let value = key.render(root) {
                line(depth, "\(name): \(value)")
            } else {
                line(depth, "# \(name): (not set)")
            }
        }
    }

    /// An element of a list: the dash stands before its first line.
    mutating func element<Root>(_ keys: [ConfigurationKey<Root>], of root: Root, path: String) {
        line(1, "-")
        write(keys, of: root, indentation: 2, path: path + ".")
    }
}
