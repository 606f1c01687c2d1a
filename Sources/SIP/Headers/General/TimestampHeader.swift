/// When a request was sent by the clock of its UAC, and how long the UAS kept it (RFC 3261 §20.38).
public struct TimestampHeader: HeaderValue {
    /// Not negative; what it counts from only its sender knows. Digits behind the eighteenth decimal place are not kept.
    public var time: Duration
    /// From the request's arrival to the response.
    public var delay: Duration?

    public init(time: Duration, delay: Duration? = nil) {
        self.time = max(time, .zero)
        self.delay = delay.map { max($0, .zero) }
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        time = try Self.decimal(&scanner, bytes)
        scanner.skipWhitespace(bytes)
        if !scanner.isAtEnd(bytes) { delay = try Self.decimal(&scanner, bytes) }
        try scanner.end(bytes)
    }

    public var description: String { Self.text(time) + (delay.map { " " + Self.text($0) } ?? "") }

    /// `1*DIGIT [ "." *DIGIT ]`. A delay may lack the digits before its point as well.
    private static func decimal(_ scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) -> Duration {
        let start = scanner.offset
        let whole = scanner.offset > 0 && scanner.peek(bytes) == .period ? 0 : try scanner.number(bytes, limit: 1 << 53)
        var attoseconds: Int64 = 0
        if scanner.take(.period, bytes) {
            var unit: Int64 = 100_000_000_000_000_000
            while let byte = scanner.peek(bytes), byte.isDigit {
                attoseconds += Int64(byte &- 0x30) * unit
                unit /= 10
                scanner.skip()
            }
        }
        guard scanner.offset > start else { try scanner.refuse(.expectedDigits, bytes) }
        return Duration(secondsComponent: Int64(truncatingIfNeeded: whole), attosecondsComponent: attoseconds)
    }

    private static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard attoseconds > 0 else { return String(seconds) }
        var digits = String(attoseconds)
        digits = String(repeating: "0", count: 18 - digits.utf8.count) + digits
        while digits.utf8.last == 0x30 { digits.removeLast() }
        return "\(seconds).\(digits)"
    }
}

extension SIPHeaders {
    public func timestamp() throws(SIPParseError) -> TimestampHeader? { try value(of: .timestamp) }
}
