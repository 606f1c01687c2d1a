/// Scheme, host and port of a URL (RFC 6454 §4).
public struct WebOrigin: Sendable, Hashable, CustomStringConvertible {
    public enum Scheme: String, Sendable, Hashable {
        case http, https
    }

    public let scheme: Scheme
    /// In lower case; an IPv6 address without its brackets.
    public let host: String
    public let port: UInt16

    /// `https://host` or `http://host:8080`, without a path, user or fragment; `nil` for anything else.
    public init?(_ text: String) {
        guard let separator = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<separator.lowerBound].lowercased())
        else { return nil }
        var rest = text[separator.upperBound...]
        var host: String
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<end].lowercased()
            guard AddressPolicy.octets(of: host)?.count == 16 else { return nil }
            rest = rest[rest.index(after: end)...]
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            host = rest[..<end].lowercased()
            rest = rest[end...]
            let isName = host.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
                default: false
                }
            }
            guard isName, !host.isEmpty, host.utf8.count <= 253 else { return nil }
            if host.hasSuffix(".") { host.removeLast() }
        }
        var port: UInt16 = scheme == .https ? 443 : 80
        if rest.first == ":" {
            guard let number = UInt16(rest.dropFirst()), number > 0 else { return nil }
            port = number
        } else if !rest.isEmpty {
            return nil
        }
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    public var description: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        let isStandard = port == (scheme == .https ? 443 : 80)
        return "\(scheme.rawValue)://\(name)" + (isStandard ? "" : ":\(port)")
    }
}
