/// The resource that the recipient of a REFER is asked to contact (RFC 3515 §2.1).
public struct ReferTo: HeaderValue {
    public var address: NameAddress

    public init(address: NameAddress) {
        self.address = address
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, keeping: KeptOctets(copying: bytes), field: field)
    }

    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        address = try NameAddress(parsing: bytes, keeping: octets, field: field)
    }

    /// The method to contact it with: `method` of the URI, else INVITE (RFC 3515 §2.4.3 with RFC 3261 §19.1.1).
    public var method: SIPMethod { address.uri.parameters["method"].map { SIPMethod(rawValue: $0) } ?? .invite }

    /// The dialog that the new call is to take the place of (RFC 3891), from the headers of the URI.
    ///
    /// - Throws: ``SIPParseError`` when there is one that is malformed.
    public func replaces() throws(SIPParseError) -> Replaces? {
        for header in address.uri.headerFields where HeaderName(header.name) == .replaces {
            return try Replaces(parsing: header.value, field: .replaces)
        }
        return nil
    }

    public var description: String { address.description }
}

extension SIPHeaders {
    public func referTo() throws(SIPParseError) -> ReferTo? { try value(of: .referTo) }
}
