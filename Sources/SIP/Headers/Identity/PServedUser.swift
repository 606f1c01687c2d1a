/// The user that an application server serves (RFC 5502 §6, RFC 8498 §6.2).
public struct PServedUser: HeaderValue {
    public enum SessionCase: String, Sendable, Hashable {
        case originating = "orig"
        case terminating = "term"
    }

    public enum RegistrationState: String, Sendable, Hashable {
        case registered = "reg"
        case unregistered = "unreg"
    }

    public var address: NameAddress {
        didSet { (caseChoice, stateChoice) = Self.choices(address) }
    }
    /// What the parameters `sescase` and `regstate` say: looked for once, when the value is checked.
    private var caseChoice: ParameterList.Choice
    private var stateChoice: ParameterList.Choice

    public var sessionCase: SessionCase? {
        switch caseChoice {
        case .first: .originating
        case .second: .terminating
        case .absent, .other: nil
        }
    }

    public var registrationState: RegistrationState? {
        switch stateChoice {
        case .first: .registered
        case .second: .unregistered
        case .absent, .other: nil
        }
    }

    /// The session is originating after a diversion: `orig-cdiv` (RFC 8498 §4), which some write as a value of
    /// `sescase`.
    public var isDiversion: Bool { Self.isDiversion(address) }

    private static func isDiversion(_ address: NameAddress) -> Bool {
        address.parameters.contains("orig-cdiv") || address.choice("sescase", "orig-cdiv", "orig-cdiv") == .first
    }

    private static func choices(_ address: NameAddress) -> (ParameterList.Choice, ParameterList.Choice) {
        (address.choice("sescase", "orig", "term"), address.choice("regstate", "reg", "unreg"))
    }
}

extension PServedUser {
    public init(address: NameAddress) {
        let (caseChoice, stateChoice) = Self.choices(address)
        self.init(address: address, caseChoice: caseChoice, stateChoice: stateChoice)
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, keeping: KeptOctets(copying: bytes), field: field)
    }

    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        self.init(address: try NameAddress(parsing: bytes, keeping: octets, field: field))
        guard caseChoice != .other || isDiversion, stateChoice != .other else {
            throw SIPParseError(.expectedToken, field: field, offset: 0, in: bytes)
        }
    }

    public var description: String { address.description }
}

extension SIPHeaders {
    public func pServedUser() throws(SIPParseError) -> PServedUser? { try value(of: .pServedUser) }
}
