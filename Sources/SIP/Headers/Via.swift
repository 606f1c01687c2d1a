/// One `Via` value: a hop that the response has to travel back through.
///
/// Source: RFC 3261 §20.42, grammar `via-parm` in §25.1; `rport` from RFC 3581 §3.
public struct Via: HeaderValue {
    /// `UDP`, `TCP`, `TLS`, or whatever token the peer sent, in upper case.
    public var transport: String
    public var sentBy: HostPort
    public var parameters: ParameterList

    /// Starts every branch of RFC 3261 (§8.1.1.7).
    public static let magicCookie = "z9hG4bK"

    public init(transport: String, sentBy: HostPort, branch: String) {
        self.transport = transport
        self.sentBy = sentBy
        parameters = ParameterList()
        parameters["branch"] = branch
    }

    /// Identifies the transaction. Starts with ``magicCookie`` unless the peer predates RFC 3261.
    public var branch: String? { parameters["branch"] }

    public init(parsing text: String) throws(SIPParseError) {
        self = try text.withSpan { bytes throws(SIPParseError) in try Via(parsing: bytes) }
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes)
    }

    package init(parsing bytes: Span<UInt8>) throws(SIPParseError) {
        var scanner = FieldScanner(field: .via)
        // SLASH allows whitespace around it: RFC 4475 §3.1.1.1 sends "SIP  / 2.0 / UDP".
        try scanner.literal("SIP", bytes)
        try scanner.separator(.slash, bytes)
        try scanner.literal("2.0", bytes)
        try scanner.separator(.slash, bytes)
        transport = String(decoding: try scanner.token(bytes).utf8.map { $0.isLetter ? $0 & 0xDF : $0 }, as: UTF8.self)
        try scanner.requireWhitespace(bytes)
        sentBy = try HostPort(scanning: &scanner, bytes, allowsWhitespace: true)
        parameters = try ParameterList(scanning: &scanner, bytes)
        try scanner.end(bytes)
    }
}

extension Via {
    public var description: String {
        var text = "SIP/2.0/\(transport) \(sentBy)"
        parameters.write(into: &text)
        return text
    }
}

extension SIPHeaders {
    /// Every `Via`, the topmost first.
    public func vias() throws(SIPParseError) -> [Via] { try values(of: .via) }

    /// The topmost `Via`.
    public func topVia() throws(SIPParseError) -> Via {
        guard let value = firstValue(.via) else { throw SIPParseError(.missing, field: .via) }
        return try Via(parsing: value)
    }

    /// Replaces the first of the comma-separated values of a field; `nil` removes it.
    public mutating func replaceTopValue(_ name: HeaderName, with value: String?) {
        var values: [Range<Int>] = []
        var rest = ""
        withValues(of: name) { bytes in
            values = topLevelValues(bytes)
            if values.count > 1 { rest = bytes.unfolded(values[1].lowerBound..<bytes.count) }
            return false
        }
        switch (value, rest.isEmpty) {
        case (let value?, true): replaceFirst(name, with: value)
        case (let value?, false): replaceFirst(name, with: value + ", " + rest)
        case (nil, true): replaceFirst(name, with: nil)
        case (nil, false): replaceFirst(name, with: rest)
        }
    }
}
