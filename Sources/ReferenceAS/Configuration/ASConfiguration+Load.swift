import Foundation

extension ASConfiguration {
    /// Reads a configuration: the defaults, over them the file, over it `SIDETONE_…` variables, over them `--set`.
    ///
    /// - Parameters:
    ///   - file: A YAML file; `nil`: none.
    ///   - environment: Also where `env:` secrets are looked for.
    ///   - overrides: Dotted key and value, the last one counts. Lists take commas or YAML in brackets.
    /// - Returns: The configuration, and what is worth a word to the operator though it is valid.
    /// - Throws: Everything that is wrong, at once.
    public static func load(
        file: String?,
        environment: [String: String],
        overrides: [(String, String)]
    ) throws(ConfigurationErrors) -> (ASConfiguration, warnings: [String]) {
        guard let file else {
            return try read("", file: "defaults", environment: environment, overrides: overrides)
        }
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: file)) else {
            let origin = ConfigurationOrigin.file(file, line: 1, column: 1)
            let error = ConfigurationError(origin: origin, key: nil, message: "the file cannot be read")
            throw ConfigurationErrors(errors: [error], unreadableFile: file)
        }
        guard let text = String(data: data, encoding: .utf8) else {
            let origin = ConfigurationOrigin.file(file, line: 1, column: 1)
            let error = ConfigurationError(origin: origin, key: nil, message: "the file is not UTF-8")
            throw ConfigurationErrors(errors: [error], unreadableFile: nil)
        }
        return try read(text, file: file, environment: environment, overrides: overrides)
    }

    /// Reads YAML text.
    ///
    /// - Parameter file: Its name in messages.
    static func read(
        _ text: String,
        file: String,
        environment: [String: String] = [:],
        overrides: [(String, String)] = []
    ) throws(ConfigurationErrors) -> (ASConfiguration, warnings: [String]) {
        let tree: ConfigurationNode
        let defaultTree: ConfigurationNode
        do throws(ConfigurationError) {
            tree = try YAMLDocument.parse(text) { .file(file, line: $0, column: $1) }
            defaultTree = try YAMLDocument.parse(ASConfiguration.defaults.document()) { _, _ in .defaults }
        } catch {
            throw ConfigurationErrors(errors: [error], unreadableFile: nil)
        }
        var layers = Overrides(over: tree, defaults: defaultTree)
        if !tree.isMapping {
            var reader = ConfigurationReader()
            _ = reader.read(tree)
            throw ConfigurationErrors(errors: reader.errors, unreadableFile: nil)
        }
        layers.apply(environment: environment)
        layers.apply(overrides)

        var reader = ConfigurationReader()
        let configuration = reader.read(layers.tree)
        var errors = layers.errors + reader.errors
        var warnings = layers.warnings
        // With values missing, the checks would only repeat that.
        if errors.isEmpty {
            var checks = CrossChecks(configuration, tree: layers.tree, environment: environment)
            checks.run()
            errors = checks.errors
            warnings += checks.warnings
        }
        guard errors.isEmpty else {
            throw ConfigurationErrors(errors: errors.sorted { $0.origin.place < $1.origin.place }, unreadableFile: nil)
        }
        return (configuration, warnings)
    }
}

extension ConfigurationNode {
    fileprivate var isMapping: Bool {
        switch content {
        case .null, .map: true
        case .scalar, .list: false
        }
    }
}

extension ConfigurationOrigin {
    /// Order of messages: the file from its top, then everything else.
    fileprivate var place: (Int, Int) {
        guard case .file(_, let line, let column) = self else { return (.max, 0) }
        return (line, column)
    }
}
