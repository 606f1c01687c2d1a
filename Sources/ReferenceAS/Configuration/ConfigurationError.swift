/// Where a value came from.
public enum ConfigurationOrigin: Sendable, Hashable, CustomStringConvertible {
    /// Line and column count from 1.
    case file(String, line: Int, column: Int)
    case environment(String)
    /// `--set` of this key.
    case commandLine(String)
    case defaults

    public var description: String {
        switch self {
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .environment(let name): "environment variable \(name)"
        case .commandLine(let key): "--set \(key)"
        case .defaults: "defaults"
        }
    }
}

/// One thing that is wrong with a configuration.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    public var origin: ConfigurationOrigin
    /// Full name, `engines[0].url`; `nil` if the document as a whole is meant.
    public var key: String?
    /// What is wrong and what would be right.
    public var message: String

    public var description: String {
        "\(origin): \(key.map { "\($0): " } ?? "")\(message)"
    }
}

/// All that is wrong with a configuration.
public struct ConfigurationErrors: Error, Sendable, Hashable, CustomStringConvertible {
    public var errors: [ConfigurationError]
    /// The file that could not be read at all.
    public var unreadableFile: String?

    /// One line for each error.
    public var description: String {
        errors.map(\.description).joined(separator: "\n")
    }
}
