/// The session interval (RFC 4028 §4) and who refreshes it.
public struct SessionExpires: HeaderValue {
    public enum Refresher: String, Sendable, Hashable {
        case uac, uas
    }

    /// Seconds.
    public var interval: UInt32
    public var parameters: ParameterList {
        didSet { choice = Self.refresher(parameters) }
    }
    /// What the parameter `refresher` says: looked for once, when the value is checked.
    private var choice: ParameterList.Choice

    /// `nil` when the UAS is to choose.
    public var refresher: Refresher? {
        get {
            switch choice {
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
}

extension SessionExpires {
    public init(interval: UInt32, refresher: Refresher? = nil) {
        self.init(interval: interval, parameters: ParameterList(), choice: .absent)
        self.refresher = refresher
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, keeping: KeptOctets(copying: bytes), field: field)
    }

    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        let interval = try scanner.number(bytes)
        let start = scanner.offset
        let parameters = try ParameterList(scanning: &scanner, bytes, keeping: octets)
        try scanner.end(bytes)
        let choice = Self.refresher(parameters)
        guard choice != .other else {
            throw SIPParseError(.expectedToken, field: field, offset: start, in: bytes)
        }
        self.init(interval: interval, parameters: parameters, choice: choice)
    }

    public var description: String { "\(interval)\(parameters)" }
}

extension SIPHeaders {
    public func sessionExpires() throws(SIPParseError) -> SessionExpires? { try value(of: .sessionExpires) }
}
