/// Why a request was sent (RFC 3326 §2). A message may carry one for each protocol.
public struct ReasonHeader: HeaderValue {
    /// `SIP`, `Q.850`, ... as it stood.
    public var reasonProtocol: String
    public var parameters: ParameterList

    public init(reasonProtocol: String, cause: Int? = nil, text: String? = nil) {
        self.reasonProtocol = reasonProtocol
        parameters = ParameterList()
        if let cause { parameters["cause"] = String(cause) }
        if let text { parameters.setQuoted("text", text) }
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, keeping: KeptOctets(copying: bytes), field: field)
    }

    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        reasonProtocol = try scanner.token(bytes)
        let start = scanner.offset
        parameters = try ParameterList(scanning: &scanner, bytes, keeping: octets)
        try scanner.end(bytes)
        guard !parameters.contains("cause") || cause != nil else {
            throw SIPParseError(.expectedDigits, field: field, offset: start, in: bytes)
        }
    }

    /// A SIP status or an ISDN cause, by ``reasonProtocol``.
    public var cause: Int? { parameters["cause"].flatMap { Int($0) } }

    /// Without quotes and escapes.
    public var text: String? { parameters.unquoted("text") }

    public func isProtocol(_ name: String) -> Bool { reasonProtocol.equalsIgnoringCase(name) }

    public var description: String { "\(reasonProtocol)\(parameters)" }
}

extension SIPHeaders {
    public func reasons() throws(SIPParseError) -> [ReasonHeader] { try values(of: .reason) }
}
