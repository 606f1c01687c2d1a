/// The network that a user registers from (RFC 7315 §4.3, §5.3).
public struct PVisitedNetworkID: HeaderValue {
    /// Without quotes and escapes.
    public var network: String
    public var parameters: ParameterList

    public init(network: String) {
        self.network = network
        parameters = ParameterList()
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        network = scanner.peek(bytes) == .doubleQuote ? try scanner.quotedString(bytes) : try scanner.token(bytes)
        parameters = try ParameterList(scanning: &scanner, bytes)
        try scanner.end(bytes)
    }

    public var description: String { "\(network.quoted)\(parameters)" }
}

extension SIPHeaders {
    public func pVisitedNetworkIDs() throws(SIPParseError) -> [PVisitedNetworkID] { try values(of: .pVisitedNetworkID) }
}
