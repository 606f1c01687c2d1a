/// The number of a reliable provisional response (RFC 3262 §7.1), 1...2³²−1.
public struct RSeq: HeaderValue {
    public var number: UInt32

    public init(number: UInt32) {
        self.number = number
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        number = try scanner.number(bytes)
        guard number > 0 else { try scanner.refuse(.numberOutOfRange, bytes) }
        try scanner.end(bytes)
    }

    public var description: String { String(number) }
}

extension SIPHeaders {
    public func rSeq() throws(SIPParseError) -> RSeq? { try value(of: .rSeq) }
}
