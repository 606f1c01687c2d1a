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
        address = try NameAddress(parsing: bytes, field: Optional(field))
        let parameters = address.parameters
        let isKnownCase = sessionCase != nil || isDiversion || !parameters.contains("sescase")
        let isKnownState = registrationState != nil || !parameters.contains("regstate")
        guard isKnownCase, isKnownState else {
            throw SIPParseError(.expectedToken, field: field, offset: 0, in: bytes)
        }
    }

    public var sessionCase: SessionCase? {
        address.parameters["sescase"].flatMap { SessionCase(rawValue: $0.lowercasedASCII) }
    }

    public var registrationState: RegistrationState? {
        address.parameters["regstate"].flatMap { RegistrationState(rawValue: $0.lowercasedASCII) }
    }

    /// The session is originating after a diversion: `orig-cdiv` (RFC 8498 §4), which some write as a value of
    /// `sescase`.
    public var isDiversion: Bool {
        address.parameters.contains("orig-cdiv")
            || address.parameters["sescase"].map { $0.equalsIgnoringCase("orig-cdiv") } ?? false
    }

    public var description: String { address.description }
}

extension SIPHeaders {
    public func pServedUser() throws(SIPParseError) -> PServedUser? { try value(of: .pServedUser) }
}
