/// The value of Content-Type and Accept (RFC 3261 §20.15, §20.1).
public struct MediaType: HeaderValue {
    /// As it stood; `*` stands for any in Accept.
    public var type: String
    public var subtype: String
    public var parameters: ParameterList

    public init(_ type: String, _ subtype: String, parameters: ParameterList = ParameterList()) {
        self.type = type
        self.subtype = subtype
        self.parameters = parameters
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        type = try scanner.token(bytes)
        try scanner.separator(.slash, bytes)
        subtype = try scanner.token(bytes)
        parameters = try ParameterList(scanning: &scanner, bytes)
        try scanner.end(bytes)
    }

    /// Compares without case and without parameters.
    public func isType(_ type: String, _ subtype: String) -> Bool {
        self.type.equalsIgnoringCase(type) && self.subtype.equalsIgnoringCase(subtype)
    }

    public var isMultipart: Bool { type.equalsIgnoringCase("multipart") }

    /// The delimiter of a multipart body without its hyphens (RFC 2046 §5.1.1): 1...70 octets, else `nil`.
    public var boundary: String? {
        guard let value = parameters.unquoted("boundary"), (1...70).contains(value.utf8.count) else { return nil }
        return value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } ? value : nil
    }

    public var description: String { "\(type)/\(subtype)\(parameters)" }
}

extension SIPHeaders {
    public func contentType() throws(SIPParseError) -> MediaType? { try value(of: .contentType) }
    public func acceptedTypes() throws(SIPParseError) -> [MediaType] { try values(of: .accept) }
}
