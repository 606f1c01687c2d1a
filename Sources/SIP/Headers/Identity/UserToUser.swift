/// Information that the users of a call exchange (RFC 7433 §4).
public struct UserToUser: HeaderValue {
    /// Hexadecimal digits unless ``encoding`` says otherwise; without quotes.
    public var data: String
    public var parameters: ParameterList

    public init(data: String, purpose: String? = nil) {
        self.data = data
        parameters = ParameterList()
        if let purpose { parameters["purpose"] = purpose }
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        data = scanner.peek(bytes) == .doubleQuote ? try scanner.quotedString(bytes) : try scanner.token(bytes)
        parameters = try ParameterList(scanning: &scanner, bytes)
        try scanner.end(bytes)
    }

    /// `hex` when it does not say.
    public var encoding: String { parameters["encoding"] ?? "hex" }
    public var purpose: String? { parameters["purpose"] }
    public var content: String? { parameters["content"] }

    public var description: String {
        let isToken = !data.isEmpty && data.utf8.allSatisfy(\.isTokenCharacter)
        return "\(isToken ? data : data.quoted)\(parameters)"
    }
}

extension SIPHeaders {
    public func userToUser() throws(SIPParseError) -> [UserToUser] { try values(of: .userToUser) }
}
