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
        let isKnownCase = address.withParameter("sescase") { Self.sessionCase($0) != nil } ?? true
        let isKnownState = address.withParameter("regstate") { Self.registrationState($0) != nil } ?? true
        guard isKnownCase || Self.isDiversion(address.parameters), isKnownState else {
            throw SIPParseError(.expectedToken, field: field, offset: 0, in: bytes)
        }
        self.init(address: address)
    }

    public var sessionCase: SessionCase? { address.withParameter("sescase", Self.sessionCase) ?? nil }

    private static func sessionCase(_ value: Span<UInt8>) -> SessionCase? {
        if value.equalsIgnoringCase("orig", at: 0..<value.count) { return .originating }
        return value.equalsIgnoringCase("term", at: 0..<value.count) ? .terminating : nil
    }

    public var registrationState: RegistrationState? {
        address.withParameter("regstate", Self.registrationState) ?? nil
    }

    private static func registrationState(_ value: Span<UInt8>) -> RegistrationState? {
        if value.equalsIgnoringCase("reg", at: 0..<value.count) { return .registered }
        return value.equalsIgnoringCase("unreg", at: 0..<value.count) ? .unregistered : nil
    }

    /// The session is originating after a diversion: `orig-cdiv` (RFC 8498 §4), which some write as a value of
    /// `sescase`.
    public var isDiversion: Bool { Self.isDiversion(address.parameters) }

    private static func isDiversion(_ parameters: ParameterList) -> Bool {
        let isCase = parameters.withValue(of: "sescase") { $0.equalsIgnoringCase("orig-cdiv", at: 0..<$0.count) }
        return isCase == true || parameters.contains("orig-cdiv")
    }

    public var description: String { address.description }
}

extension SIPHeaders {
    public func pServedUser() throws(SIPParseError) -> PServedUser? { try value(of: .pServedUser) }
}
