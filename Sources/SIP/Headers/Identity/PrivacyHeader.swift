/// What a user wants kept from others (RFC 3323 §4.2; `id` from RFC 3325 §9.3, `history` from RFC 7044 §10.1).
public struct PrivacyHeader: HeaderValue {
    /// `none`, `header`, `session`, `user`, `id`, `history`, `critical` or a token of an extension, in lower case.
    public var values: [String]

    public init(_ values: [String]) {
        self.values = values.map(\.lowercasedASCII)
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        values = []
        repeat {
            values.append(try scanner.token(bytes).lowercasedASCII)
        } while scanner.takeSeparator(.semicolon, bytes)
        try scanner.end(bytes)
    }

    public func contains(_ value: String) -> Bool { values.contains { $0.equalsIgnoringCase(value) } }

    public var description: String { values.joined(separator: ";") }
}

extension SIPHeaders {
    public func privacy() throws(SIPParseError) -> PrivacyHeader? { try value(of: .privacy) }
}
