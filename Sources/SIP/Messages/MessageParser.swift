extension SIPMessage {
    /// Parses one datagram: the body ends where `Content-Length` says, or with the datagram (RFC 3261 §18.3).
    ///
    /// Only framing, start line and field syntax are checked; a malformed value throws when it is read.
    ///
    /// - Throws: ``SIPParseError`` for what cannot be framed.
    public init(parsing bytes: [UInt8], limits: SIPLimits = SIPLimits()) throws(SIPParseError) {
        guard bytes.count <= limits.message else { throw SIPParseError(.tooLong(limit: limits.message)) }
        let span = bytes.span
        var fields = SIPHeaders.Table()
        let head = try HeaderSection(span, limits: limits, into: &fields)
        let available = span.count - head.end
        let length = head.contentLength ?? available
        guard length <= available else {
            throw SIPParseError(.truncated, field: .contentLength, offset: bytes.count, excerpt: "")
        }
        self.init(
            head.startLine, SIPHeaders(bytes: bytes, consume fields), body: span.octets(head.end..<head.end + length)
        )
    }

    /// - Parameter headers: With the octets that the start line lies in.
    init(_ startLine: HeaderSection.StartLine, _ headers: SIPHeaders, body: [UInt8]) {
        let span = headers.bytes.span
        switch startLine {
        case .request(let method, let uri):
            self = .request(
                SIPRequest(
                    method: SIPMethod(span, method),
                    requestURI: span.string(uri),
                    headers: headers,
                    body: body
                )
            )
        case .response(let status, let phrase):
            self = .response(
                SIPResponse(
                    status: status,
                    reasonPhrase: Self.reasonPhrase(span, phrase),
                    headers: headers,
                    body: body
                )
            )
        }
    }

    /// The phrase as text of at most as many octets: of one that is no UTF-8 each octet beyond ASCII becomes `?`, where
    /// U+FFFD would take three and could lead the line beyond its limit.
    private static func reasonPhrase(_ span: Span<UInt8>, _ range: Range<Int>) -> String {
        var octets = span.octets(range)
        if let text = String(validating: octets, as: UTF8.self) { return text }
        for index in octets.indices where octets[index] >= 0x80 { octets[index] = .question }
        return String(decoding: octets, as: UTF8.self)
    }
}
