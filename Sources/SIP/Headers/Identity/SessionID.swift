/// The end-to-end identifier of a session (RFC 7989 §5): 32 lower-case hexadecimal digits for either end.
public struct SessionID: HeaderValue {
    public var local: String
    public var parameters: ParameterList

    /// What stands for an end that is not known yet.
    public static let null = String(repeating: "0", count: 32)

    public init(local: String, remote: String = SessionID.null) {
        self.local = local
        parameters = ParameterList()
        parameters["remote"] = remote
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        try self.init(parsing: bytes, keeping: KeptOctets(copying: bytes), field: field)
    }

    public init(parsing bytes: Span<UInt8>, keeping octets: KeptOctets, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        let range = try scanner.tokenRange(bytes)
        local = bytes.string(range)
        parameters = try ParameterList(scanning: &scanner, bytes, keeping: octets)
        try scanner.end(bytes)
        guard Self.isIdentifier(local), parameters["remote"].map(Self.isIdentifier) ?? true else {
            throw SIPParseError(.expectedToken, field: field, offset: range.lowerBound, in: bytes)
        }
    }

    private static func isIdentifier(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { $0.isHexDigit && !(0x41...0x46).contains($0) }
    }

    /// `nil` from an element of RFC 7329, which has one identifier only.
    public var remote: String? { parameters["remote"] }

    public var description: String { "\(local)\(parameters)" }
}

extension SIPHeaders {
    public func sessionID() throws(SIPParseError) -> SessionID? { try value(of: .sessionID) }
}
