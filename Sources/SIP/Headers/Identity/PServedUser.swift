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

    public var address: NameAddress

    public init(address: NameAddress) {
        self.address = address
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, keeping: KeptOctets(copying: bytes), field: field)
    }

    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        let address = try NameAddress(parsing: bytes, keeping: octets, field: field)
        let isKnownCase = Self.sessionCase(address) != .other || Self.isDiversion(address)
        guard isKnownCase, Self.registrationState(address) != .other else {
            throw SIPParseError(.expectedToken, field: field, offset: 0, in: bytes)
        }
        self.init(address: address)
    }

    public var sessionCase: SessionCase? {
        switch Self.sessionCase(address) {
        case .first: .originating
        case .second: .terminating
        case .absent, .other: nil
        }
    }

    private static func sessionCase(_ address: NameAddress) -> ParameterList.Choice {
        address.choice("sescase", "orig", "term")
    }

    public var registrationState: RegistrationState? {
        switch Self.registrationState(address) {
        case .first: .registered
        case .second: .unregistered
        case .absent, .other: nil
        }
    }

    private static func registrationState(_ address: NameAddress) -> ParameterList.Choice {
        address.choice("regstate", "reg", "unreg")
    }

    /// The session is originating after a diversion: `orig-cdiv` (RFC 8498 §4), which some write as a value of
    /// `sescase`.
    public var isDiversion: Bool { Self.isDiversion(address) }

    private static func isDiversion(_ address: NameAddress) -> Bool {
        address.parameters.contains("orig-cdiv") || address.choice("sescase", "orig-cdiv", "orig-cdiv") == .first
    }

    public var description: String { address.description }
}

extension SIPHeaders {
    public func pServedUser() throws(SIPParseError) -> PServedUser? { try value(of: .pServedUser) }
}
