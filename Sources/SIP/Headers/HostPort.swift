/// A host, and a port if one was given.
///
/// Source: RFC 3261 §25.1, `hostport`; IPv6 references from RFC 5118.
public struct HostPort: Sendable, Hashable {
    /// A name or an IPv4 address as it stood, or an IPv6 address without brackets.
    public var host: String
    public var port: UInt16?

    public init(host: String, port: UInt16? = nil) {
        self.host = host
        self.port = port
    }

    public var isIPv6: Bool { host.utf8.contains(.colon) }

    init(
        scanning scanner: inout FieldScanner,
        _ bytes: Span<UInt8>,
        allowsWhitespace: Bool = false
    ) throws(SIPParseError) {
        if scanner.take(.leftBracket, bytes) {
            let range = scanner.run(until: { !($0.isHexDigit || $0 == .colon || $0 == .period) }, bytes)
            guard !range.isEmpty else { throw scanner.fail(.expectedToken, bytes) }
            guard scanner.take(.rightBracket, bytes) else { throw scanner.fail(.expected(.rightBracket), bytes) }
            host = bytes.string(range)
        } else {
            let range = scanner.run(
                until: { !OctetSet.host.contains($0) },
                bytes
            )
            guard !range.isEmpty else { throw scanner.fail(.expectedToken, bytes) }
            host = bytes.string(range)
        }
        let hasPort = allowsWhitespace ? scanner.takeSeparator(.colon, bytes) : scanner.take(.colon, bytes)
        if hasPort {
            port = UInt16(truncatingIfNeeded: try scanner.number(bytes, limit: 65_535))
        }
    }
}

extension HostPort: CustomStringConvertible {
    public var description: String {
        let host = isIPv6 ? "[\(host)]" : host
        return port.map { "\(host):\($0)" } ?? host
    }
}
