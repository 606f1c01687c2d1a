/// A signature over the caller's identity, a PASSporT (RFC 8224 §4).
public struct Identity: HeaderValue {
    /// `header.payload.signature`; the first two may be empty (compact form).
    public var digest: String
    public var parameters: ParameterList

    public init(digest: String, parameters: ParameterList) {
        self.digest = digest
        self.parameters = parameters
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        let range = scanner.run(
            until: { !($0.isLetter || $0.isDigit || $0 == 0x2D || $0 == 0x5F || $0 == .period || $0 == .equals) },
            bytes
        )
        guard range.count(where: { bytes[$0] == .period }) == 2 else { try scanner.refuse(.expectedToken, bytes) }
        digest = bytes.string(range)
        parameters = try ParameterList(scanning: &scanner, bytes)
        try scanner.end(bytes)
        guard info != nil else { try scanner.refuse(.expectedURI, bytes) }
    }

    /// The URI of the certificate, without angle brackets; a value without it does not parse.
    public var info: String? { Self.bracketed(parameters["info"]) }
    /// `ES256` when it does not say.
    public var algorithm: String { parameters.unquoted("alg") ?? "ES256" }
    /// `shaken`, `div`, ...
    public var passportType: String? { parameters.unquoted("ppt") }

    private static func bracketed(_ text: String?) -> String? {
        guard let text, text.utf8.first == .lessThan, text.utf8.last == .greaterThan else { return nil }
        return String(text.dropFirst().dropLast())
    }

    public var description: String { "\(digest)\(parameters)" }
}

extension SIPHeaders {
    public func identities() throws(SIPParseError) -> [Identity] { try values(of: .identity) }
}
