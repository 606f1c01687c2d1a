/// A value of Accept-Contact or Reject-Contact: feature tags of the user agents a caller wants or does not want
/// (RFC 3841 §9.2, §9.3; tags from RFC 3840 §9).
public struct ContactPreference: HeaderValue {
    /// The feature tags, and `require` and `explicit`.
    public var parameters: ParameterList

    public init(parameters: ParameterList) {
        self.parameters = parameters
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, keeping: KeptOctets(copying: bytes), field: field)
    }

    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        guard scanner.take(0x2A, bytes) else { try scanner.refuse(.expected(0x2A), bytes) }
        parameters = try ParameterList(scanning: &scanner, bytes, keeping: octets)
        try scanner.end(bytes)
    }

    /// A contact that does not match is not to be used.
    public var isRequired: Bool { parameters.contains("require") }
    /// A contact that does not mention the features does not match.
    public var isExplicit: Bool { parameters.contains("explicit") }

    /// The values of a feature tag, split at commas, without `<` `>` of strings; empty for a tag alone; `nil` when the
    /// tag is not there.
    public func feature(_ tag: String) -> [String]? {
        guard parameters.contains(tag) else { return nil }
        return parameters.unquoted(tag)?.split(separator: ",").map { value in
            value.first == "<" && value.last == ">" ? String(value.dropFirst().dropLast()) : String(value)
        } ?? []
    }

    public var description: String { "*\(parameters)" }
}

extension SIPHeaders {
    public func acceptContacts() throws(SIPParseError) -> [ContactPreference] { try values(of: .acceptContact) }
    public func rejectContacts() throws(SIPParseError) -> [ContactPreference] { try values(of: .rejectContact) }
}
