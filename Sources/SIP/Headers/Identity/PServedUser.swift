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
        let isKnownCase = sessionCase != nil || isDiversion || !address.parameters.contains("sescase")
        let isKnownState = registrationState != nil || !address.parameters.contains("regstate")
        guard isKnownCase, isKnownState else {
            throw SIPParseError(.expectedToken, field: field, offset: 0, in: bytes)
        }
    }

    public var sessionCase: SessionCase? {
        let parameters = address.parameters
        if parameters.isValue("orig", of: "sescase") { return .originating }
        return parameters.isValue("term", of: "sescase") ? .terminating : nil
    }

    public var registrationState: RegistrationState? {
        let parameters = address.parameters
        if parameters.isValue("reg", of: "regstate") { return .registered }
        return parameters.isValue("unreg", of: "regstate") ? .unregistered : nil
    }

    /// The session is originating after a diversion: `orig-cdiv` (RFC 8498 §4), which some write as a value of
    /// `sescase`.
    public var isDiversion: Bool {
        address.parameters.contains("orig-cdiv")
            || address.parameters.isValue("orig-cdiv", of: "sescase")
    }

    public var description: String { address.description }
}

extension SIPHeaders {
    public func pServedUser() throws(SIPParseError) -> PServedUser? { try value(of: .pServedUser) }
}
