/// The access network of a user agent (RFC 7315 §4.4, §5.4; TS 24.229 §7.2A.4).
public struct PAccessNetworkInfo: HeaderValue {
    /// `3GPP-E-UTRAN-FDD`, `IEEE-802.11`, ... as it stood.
    public var accessType: String
    public var parameters: ParameterList

    public init(accessType: String, parameters: ParameterList = ParameterList()) {
        self.accessType = accessType
        self.parameters = parameters
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, keeping: KeptOctets(copying: bytes), field: field)
    }

    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        accessType = try scanner.token(bytes)
        parameters = try ParameterList(scanning: &scanner, bytes, keeping: octets)
        try scanner.end(bytes)
    }

    /// `utran-cell-id-3gpp`: cell global identity, also of E-UTRAN and NR.
    public var cellID: String? { parameters.unquoted("utran-cell-id-3gpp") }
    /// The network says so, not the user agent.
    public var isNetworkProvided: Bool { parameters.contains("network-provided") }

    public var description: String { "\(accessType)\(parameters)" }
}

extension SIPHeaders {
    public func pAccessNetworkInfo() throws(SIPParseError) -> [PAccessNetworkInfo] {
        try values(of: .pAccessNetworkInfo)
    }
}
