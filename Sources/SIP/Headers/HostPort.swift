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

    /// Where a host lies, without brackets, and the port behind it.
    struct Place: Sendable {
        var host: OctetRange
        var port: UInt16?

        init(host: OctetRange, port: UInt16?) {
            self.host = host
            self.port = port
        }

        /// - Parameter base: What is added to offsets.
        init(
            scanning scanner: inout FieldScanner,
            _ bytes: Span<UInt8>,
            base: Int = 0,
            allowsWhitespace: Bool = false
        ) throws(SIPParseError) {
            let range: Range<Int>
            if scanner.take(.leftBracket, bytes) {
                range = try Self.addressInBrackets(&scanner, bytes)
            } else {
                range = scanner.offset..<bytes.firstNonHost(in: scanner.offset..<bytes.count)
                scanner.move(to: range.upperBound)
                guard !range.isEmpty else { try scanner.refuse(.expectedToken, bytes) }
            }
            host = OctetRange(range, base: base)
            let hasPort = allowsWhitespace ? scanner.takeSeparator(.colon, bytes) : scanner.take(.colon, bytes)
            port = hasPort ? UInt16(truncatingIfNeeded: try scanner.number(bytes, limit: 65_535)) : nil
        }

        /// An IPv6 address and the bracket behind it.
        private static func addressInBrackets(
            _ scanner: inout FieldScanner,
            _ bytes: Span<UInt8>
        ) throws(SIPParseError) -> Range<Int> {
            let range = scanner.run(until: { !($0.isHexDigit || $0 == .colon || $0 == .period) }, bytes)
            guard !range.isEmpty else { try scanner.refuse(.expectedToken, bytes) }
            guard scanner.take(.rightBracket, bytes) else { try scanner.refuse(.expected(.rightBracket), bytes) }
            return range
        }
    }

    init(_ place: Place, of octets: [UInt8]) {
        host = octets.text(place.host) ?? ""
        port = place.port
    }
}

extension HostPort: CustomStringConvertible {
    public var description: String {
        let host = isIPv6 ? "[\(host)]" : host
        return port.map { "\(host):\($0)" } ?? host
    }
}

extension HostPort.Place {
    /// Appends host and port as they are written, an IPv6 address in brackets.
    func write(of octets: [UInt8], into output: inout [UInt8]) {
        let bytes = octets.span.extracting(host.range)
        let isIPv6 = bytes.contains(.colon)
        if isIPv6 { output.append(.leftBracket) }
        output.append(bytes)
        if isIPv6 { output.append(.rightBracket) }
        guard let port else { return }
        output.append(.colon)
        output.append(decimal: UInt64(port))
    }
}
