/// The order of requests in a dialog (RFC 3261 §20.16). The number is below 2³¹ (§8.1.1.5).
public struct CSeq: HeaderValue {
    public var number: UInt32
    public var method: SIPMethod

    public init(number: UInt32, method: SIPMethod) {
        self.number = number
        self.method = method
    }

    public init(parsing text: String) throws(SIPParseError) {
        try self.init(parsing: text, field: .cSeq)
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        try self.init(scanning: &scanner, bytes)
        try scanner.end(bytes)
    }

    init(scanning scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        number = UInt32(truncatingIfNeeded: try scanner.number(bytes, limit: (1 << 31) - 1))
        try scanner.requireWhitespace(bytes)
        method = SIPMethod(bytes, try scanner.tokenRange(bytes))
    }

    public var description: String { "\(number) \(method)" }
}

extension SIPHeaders {
    public func cSeq() throws(SIPParseError) -> CSeq {
        guard let field = firstField(.cSeq) else { throw SIPParseError(.missing, field: .cSeq) }
        let bytes = bytes.span.extracting(field.valueRange)
        guard !field.isFolded else { return try CSeq(parsing: bytes.unfolded(0..<bytes.count)) }
        var scanner = FieldScanner(field: .cSeq)
        let cSeq = try CSeq(scanning: &scanner, bytes)
        try scanner.end(bytes)
        return cSeq
    }

    public func callID() throws(SIPParseError) -> String {
        guard let value = first(.callID), !value.isEmpty else { throw SIPParseError(.missing, field: .callID) }
        return value
    }

    /// The ``callID()`` where it stands.
    package func callIDText() throws(SIPParseError) -> KeptText {
        guard let field = firstField(.callID), !field.valueRange.isEmpty else {
            throw SIPParseError(.missing, field: .callID)
        }
        // Only what is folded is another text than the octets say.
        if !field.isFolded, let text = KeptText(OctetRange(field.valueRange), of: bytes) { return text }
        return KeptText(try callID())
    }

    /// `Max-Forwards` (RFC 3261 §20.22), 0...255; `nil` when absent.
    public func maxForwards() throws(SIPParseError) -> Int? {
        guard let field = firstField(.maxForwards), !field.isFolded else {
            return try value(of: .maxForwards, as: HopCount.self)?.number
        }
        var scanner = FieldScanner(field: .maxForwards)
        return try HopCount(scanning: &scanner, bytes.span.extracting(field.valueRange)).number
    }
}

private struct HopCount: HeaderValue {
    let number: Int

    init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        try self.init(scanning: &scanner, bytes)
    }

    init(scanning scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        number = Int(truncatingIfNeeded: try scanner.number(bytes, limit: 255))
        try scanner.end(bytes)
    }

    var description: String { String(number) }
}
