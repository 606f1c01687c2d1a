/// What a PRACK acknowledges (RFC 3262 §7.2): the RSeq and the CSeq of the reliable provisional response.
public struct RAck: HeaderValue {
    public var rSeq: UInt32
    public var cSeq: CSeq

    public init(rSeq: UInt32, cSeq: CSeq) {
        self.rSeq = rSeq
        self.cSeq = cSeq
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        rSeq = try scanner.number(bytes)
        guard rSeq > 0 else { try scanner.refuse(.numberOutOfRange, bytes) }
        try scanner.requireWhitespace(bytes)
        cSeq = try CSeq(scanning: &scanner, bytes)
        try scanner.end(bytes)
    }

    public var description: String { "\(rSeq) \(cSeq)" }
}

extension SIPHeaders {
    public func rAck() throws(SIPParseError) -> RAck? { try value(of: .rAck) }
}
