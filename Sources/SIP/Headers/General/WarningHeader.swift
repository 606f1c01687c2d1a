/// What stands behind a status, for people (RFC 3261 §20.43).
public struct WarningHeader: HeaderValue {
    /// Three digits: 300...399, of which 300 to 329 are of the session description, 399 is anything else.
    public var code: Int
    /// Who warns: a host with its port, or a name.
    public var agent: String
    /// Without quotes and escapes.
    public var text: String

    /// - Parameter agent: A token or a host; white space and control characters in it become hyphens.
    public init(code: Int = 399, agent: String, text: String) {
        self.code = min(max(code, 100), 999)
        self.agent = String(decoding: agent.utf8.map { $0 > .space && $0 != 0x7F ? $0 : 0x2D }, as: UTF8.self)
        self.text = text
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        let start = scanner.offset
        code = Int(truncatingIfNeeded: try scanner.number(bytes, limit: 999))
        guard scanner.offset == start + 3, code >= 100 else {
            throw SIPParseError(.expectedDigits, field: field, offset: start, in: bytes)
        }
        try scanner.requireWhitespace(bytes)
        let range = scanner.run(until: { $0 <= .space || $0 == .doubleQuote || $0 >= 0x7F }, bytes)
        guard !range.isEmpty else { try scanner.refuse(.expectedToken, bytes) }
        agent = bytes.string(range)
        try scanner.requireWhitespace(bytes)
        text = try scanner.quotedString(bytes)
        try scanner.end(bytes)
    }

    public var description: String { "\(code) \(agent) \(text.quoted)" }
}

extension SIPHeaders {
    public func warnings() throws(SIPParseError) -> [WarningHeader] { try values(of: .warning) }
}
