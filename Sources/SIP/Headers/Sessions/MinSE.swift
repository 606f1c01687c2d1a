/// The shortest session interval that an element on the path accepts (RFC 4028 §5).
public struct MinSE: HeaderValue {
    /// Seconds; 90 is the least that RFC 4028 allows.
    public var interval: UInt32
    public var parameters: ParameterList

    /// What counts where no Min-SE stands (RFC 4028 §5).
    public static let standard = MinSE(interval: 90)

    public init(interval: UInt32) {
        self.interval = interval
        parameters = ParameterList()
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        interval = try scanner.number(bytes)
        parameters = try ParameterList(scanning: &scanner, bytes)
        try scanner.end(bytes)
    }

    public var description: String { "\(interval)\(parameters)" }
}

extension SIPHeaders {
    public func minSE() throws(SIPParseError) -> MinSE? { try value(of: .minSE) }
}
