/// Where something about a call is found: the values of Alert-Info, Call-Info and Error-Info (RFC 3261 §20.4, §20.9, §20.18), a
/// URI in angle brackets with parameters.
public struct InfoReference: HeaderValue {
    private var address: NameAddress

    public init(_ uri: SIPURI, parameters: ParameterList = ParameterList()) {
        address = NameAddress(uri: uri, parameters: parameters)
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        scanner.skipWhitespace(bytes)
        guard scanner.peek(bytes) == .lessThan else { try scanner.refuse(.expected(.lessThan), bytes) }
        address = try NameAddress(parsing: bytes, field: field)
    }

    /// Of any scheme: `http`, `cid`, `urn` ...
    public var uri: SIPURI { address.uri }

    public var parameters: ParameterList {
        get { address.parameters }
        set { address.parameters = newValue }
    }

    /// What Call-Info is for: `icon`, `info`, `card` ...
    public var purpose: String? { parameters["purpose"] }

    /// By the text of the URI, of which octets beyond ASCII are the same as their escapes.
    public static func == (left: InfoReference, right: InfoReference) -> Bool {
        left.address.uriText == right.address.uriText && left.parameters == right.parameters
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(address.uriText)
        hasher.combine(parameters)
    }

    /// The URI as it came, whatever its scheme makes of case and escapes.
    public var description: String { "<\(address.uriText)>\(parameters)" }
}

extension SIPHeaders {
    /// How the user is to be alerted.
    public func alertInfos() throws(SIPParseError) -> [InfoReference] { try values(of: .alertInfo) }
    /// What is to be known of caller or callee.
    public func callInfos() throws(SIPParseError) -> [InfoReference] { try values(of: .callInfo) }
    /// What is to be known of an error.
    public func errorInfos() throws(SIPParseError) -> [InfoReference] { try values(of: .errorInfo) }
}
