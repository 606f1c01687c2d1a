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
        let parameters = address.parameters
        let isKnownCase =
            Self.sessionCase(parameters) != nil || !parameters.contains("sescase") || Self.isDiversion(parameters)
        let isKnownState = Self.registrationState(parameters) != nil || !parameters.contains("regstate")
        guard isKnownCase, isKnownState else {
            throw SIPParseError(.expectedToken, field: field, offset: 0, in: bytes)
        }
        self.init(address: address)
    }

    public var sessionCase: SessionCase? { Self.sessionCase(address.parameters) }

    private static func sessionCase(_ parameters: ParameterList) -> SessionCase? {
        if parameters.isValue("orig", of: "sescase") { return .originating }
        return parameters.isValue("term", of: "sescase") ? .terminating : nil
    }

    public var registrationState: RegistrationState? { Self.registrationState(address.parameters) }

    private static func registrationState(_ parameters: ParameterList) -> RegistrationState? {
        if parameters.isValue("reg", of: "regstate") { return .registered }
        return parameters.isValue("unreg", of: "regstate") ? .unregistered : nil
    }

    /// The session is originating after a diversion: `orig-cdiv` (RFC 8498 §4), which some write as a value of
    /// `sescase`.
    public var isDiversion: Bool { Self.isDiversion(address.parameters) }

    private static func isDiversion(_ parameters: ParameterList) -> Bool {
        parameters.contains("orig-cdiv") || parameters.isValue("orig-cdiv", of: "sescase")
    }

    public var description: String { address.description }
}

extension SIPHeaders {
    public func pServedUser() throws(SIPParseError) -> PServedUser? { try value(of: .pServedUser) }
}
