/// A `ws` or `wss` URL taken apart (RFC 6455 §3).
public struct WebSocketURL: Sendable, Hashable {
    public var isSecure: Bool
    /// A name or an address; IPv6 without its brackets.
    public var host: String
    public var port: Int
    /// Path and query; never empty.
    public var target: String

    public enum Fault: Error, Sendable, Hashable {
        case scheme
        case host
        case port
        /// Credentials in the URL would end up in logs.
        case userInformation
        /// White space, a control character or one outside ASCII.
        case character
    }

    public init(parsing text: String) throws(Fault) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .character }
        let lowercased = text.prefix(6).lowercased()
        var rest: Substring
        if lowercased.hasPrefix("ws://") {
            isSecure = false
            rest = text.dropFirst(5)
        } else if lowercased == "wss://" {
            isSecure = true
            rest = text.dropFirst(6)
        } else {
            throw .scheme
        }
        rest = rest.prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let afterAuthority = rest.dropFirst(authority.count)
        target = afterAuthority.hasPrefix("/") ? String(afterAuthority) : "/" + afterAuthority
        guard !authority.contains("@") else { throw .userInformation }

        let portText: Substring?
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { throw .host }
            host = String(authority[authority.index(after: authority.startIndex)..<bracket])
            let after = authority[authority.index(after: bracket)...]
            guard after.isEmpty || after.hasPrefix(":") else { throw .host }
            portText = after.isEmpty ? nil : after.dropFirst()
        } else {
            let colon = authority.firstIndex(of: ":")
            host = String(authority[..<(colon ?? authority.endIndex)])
            portText = colon.map { authority[authority.index(after: $0)...] }
            guard portText?.contains(":") != true else { throw .host }
        }
        guard !host.isEmpty, host.utf8.count <= 255 else { throw .host }
        if let portText {
            guard let number = UInt16(portText), number > 0 else { throw .port }
            port = Int(number)
        } else {
            port = isSecure ? 443 : 80
        }
    }

    /// The value of the `Host` header field.
    var hostHeader: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }
}
