/// A service that the network asserts for a request, or that a user prefers (RFC 6050 §4): a URN such as
/// `urn:urn-7:3gpp-service.ims.icsi.mmtel`.
public struct PAssertedService: HeaderValue {
    public var urn: String

    public init(urn: String) {
        self.urn = urn
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        try scanner.literal("urn:", bytes)
        let range = scanner.run(until: { $0.isLinearWhitespace || $0 == .comma || $0 == .semicolon }, bytes)
        guard !range.isEmpty else { try scanner.refuse(.expectedURI, bytes) }
        try scanner.end(bytes)
        urn = bytes.string(0..<range.upperBound)
    }

    public var description: String { urn }
}

extension SIPHeaders {
    public func pAssertedServices() throws(SIPParseError) -> [PAssertedService] { try values(of: .pAssertedService) }
    public func pPreferredServices() throws(SIPParseError) -> [PAssertedService] {
        try values(of: .pPreferredService)
    }
}
