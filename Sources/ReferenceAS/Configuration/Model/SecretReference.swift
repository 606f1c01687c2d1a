import Foundation

/// Where a secret is found. The configuration never holds the secret itself.
public enum SecretReference: Sendable, Hashable, CustomStringConvertible {
    /// `env:NAME`: the value of an environment variable.
    case environment(String)
    /// `file:PATH`: the text of a file that only its owner can read.
    case file(String)

    public init?(_ text: String) {
        if text.hasPrefix("env:"), text.utf8.count > 4 {
            self = .environment(String(text.dropFirst(4)))
        } else if text.hasPrefix("file:"), text.utf8.count > 5 {
            self = .file(String(text.dropFirst(5)))
        } else {
            return nil
        }
    }

    /// The reference, never what it leads to.
    public var description: String {
        switch self {
        case .environment(let name): "env:\(name)"
        case .file(let path): "file:\(path)"
        }
    }

    public enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
        case unset(variable: String)
        case unreadable(path: String)
        /// Its group, or everybody, may read or write the file.
        case exposed(path: String, mode: Int)
        case empty

        public var description: String {
            switch self {
            case .unset(let variable): "environment variable \(variable) is not set"
            case .unreadable(let path): "\(path) cannot be read"
            case .exposed(let path, let mode):
                "\(path) has mode 0\(String(mode, radix: 8)): only its owner may read it (chmod 600)"
            case .empty: "the secret is empty"
            }
        }
    }

    /// Fetches the secret, without white space around it.
    public func resolve(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(Fault) -> String {
        let text: String
        switch self {
        case .environment(let name):
            guard let value = environment[name] else { throw .unset(variable: name) }
            text = value
        case .file(let path):
            try Self.checkPrivacy(ofFile: path)
            guard let value = try? String(contentsOfFile: path, encoding: .utf8) else { throw .unreadable(path: path) }
            text = value
        }
        let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if secret.isEmpty { throw .empty }
        return secret
    }

    /// Whether only the owner of a file may read or write it.
    static func checkPrivacy(ofFile path: String) throws(Fault) {
        // The file behind a symbolic link, as secrets are mounted into containers.
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: target),
            let mode = attributes[.posixPermissions] as? NSNumber
        else { throw .unreadable(path: path) }
        if mode.intValue & 0o077 != 0 { throw .exposed(path: path, mode: mode.intValue) }
    }
}
