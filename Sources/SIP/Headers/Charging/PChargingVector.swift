/// What correlates the charging records of a session (RFC 7315 §4.6, §5.6).
public struct PChargingVector: HeaderValue {
    public var parameters: ParameterList

    public init(chargingID: String) {
        parameters = ParameterList()
        parameters.setQuoted("icid-value", chargingID)
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, keeping: KeptOctets(copying: bytes), field: field)
    }

    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        parameters = try ParameterList(scanningWithoutValue: &scanner, bytes, keeping: octets)
        try scanner.end(bytes)
        guard parameters.isUnquotedPresent("icid-value") else { try scanner.refuse(.expectedToken, bytes) }
    }

    /// `icid-value`; never empty in a value that was parsed.
    public var chargingID: String { parameters.unquoted("icid-value") ?? "" }
    /// `icid-generated-at`.
    public var generatedAt: String? { parameters.unquoted("icid-generated-at") }
    /// `orig-ioi`: the network that sends the request.
    public var originatingNetwork: String? {
        get { parameters.unquoted("orig-ioi") }
        set { set("orig-ioi", newValue) }
    }
    /// `term-ioi`: the network that answers it.
    public var terminatingNetwork: String? {
        get { parameters.unquoted("term-ioi") }
        set { set("term-ioi", newValue) }
    }

    private mutating func set(_ name: String, _ value: String?) {
        if let value { parameters.setQuoted(name, value) } else { parameters[name] = nil }
    }

    public var description: String { String(parameters.description.dropFirst()) }
}

extension SIPHeaders {
    public func pChargingVector() throws(SIPParseError) -> PChargingVector? { try value(of: .pChargingVector) }
}
