/// The part of a Request-URI that a pattern is matched on (TS 29.228 Annex F).
enum RequestURISubject {
    /// - Returns: The range of hostport in a SIP URI or of telephone-subscriber in a tel URI. Annex F names no part
    ///   of other schemes; everything behind the colon is taken.
    static func range(in uri: Span<UInt8>, dialect: Dialect) -> Range<Int> {
        if dialect == .kamailio { return 0..<uri.count }
        guard let colon = first(of: UInt8(ascii: ":"), in: uri, from: 0) else { return 0..<uri.count }
        let start = colon + 1
        if isScheme("tel", uri, colon) {
            // telephone-subscriber holds its parameters (RFC 3966 §3).
            let semicolon = dialect == .clearwater ? first(of: UInt8(ascii: ";"), in: uri, from: start) : nil
            return start..<(semicolon ?? uri.count)
        }
        guard isScheme("sip", uri, colon) || isScheme("sips", uri, colon) else { return start..<uri.count }
        var host = start
        for index in start..<uri.count where uri[index] == UInt8(ascii: "@") { host = index + 1 }
        var end = host
        while end < uri.count, uri[end] != UInt8(ascii: ";"), uri[end] != UInt8(ascii: "?") { end += 1 }
        return host..<end
    }

    private static func first(of byte: UInt8, in bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            if bytes[index] == byte { return index }
            index += 1
        }
        return nil
    }

    private static func isScheme(_ name: StaticString, _ bytes: Span<UInt8>, _ colon: Int) -> Bool {
        bytes.extracting(0..<colon).equalsIgnoringASCIICase(name)
    }
}
