/// The session interval (RFC 4028 §4) and who refreshes it.
public struct SessionExpires: HeaderValue {
    public enum Refresher: String, Sendable, Hashable {
        case uac, uas
    }

    /// Seconds.
    public var interval: UInt32
    public var parameters: ParameterList

    public init(interval: UInt32, refresher: Refresher? = nil) {
        self.interval = interval
        parameters = ParameterList()
        self.refresher = refresher
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, keeping: KeptOctets(copying: bytes), field: field)
    }

    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        interval = try scanner.number(bytes)
        let start = scanner.offset
        parameters = try ParameterList(scanning: &scanner, bytes, keeping: octets)
        try scanner.end(bytes)
        guard Self.refresher(parameters) != .other else {
            throw SIPParseError(.expectedToken, field: field, offset: start, in: bytes)
        }
    }

    /// `nil` when the UAS is to choose.
    public var refresher: Refresher? {
        get {
            switch Self.refresher(parameters) {
            case .first: .uac
            case .second: .uas
            case .absent, .other: nil
            }
        }
        set { parameters["refresher"] = newValue?.rawValue }
    }

    private static func refresher(_ parameters: ParameterList) -> ParameterList.Choice {
        parameters.choice("refresher", "uac", "uas")
    }

    public var description: String { "\(interval)\(parameters)" }
}

extension SIPHeaders {
    public func sessionExpires() throws(SIPParseError) -> SessionExpires? { try value(of: .sessionExpires) }
}
