/// The comma-separated `name=value` pairs of the headers of digest access authentication (RFC 3261 §25.1, RFC 8760),
/// in order. Names compare without case; values are held without quotes and escapes.
public struct DigestParameters: Sendable, Hashable {
    public struct Parameter: Sendable, Hashable {
        public var name: String
        public var value: String
        /// Whether it stood, or is to stand, in quotes.
        public var isQuoted: Bool
    }

    public private(set) var parameters: [Parameter] = []

    public init() {}

    /// Pairs of one value. More are refused, since every look-up walks them.
    private static let limit = 64

    init(scanning scanner: inout FieldScanner, _ bytes: Span<UInt8>) throws(SIPParseError) {
        repeat {
            let start = scanner.offset
            let name = try scanner.token(bytes)
            // One that stands twice lets two readers see two values.
            guard self[name] == nil else {
                throw SIPParseError(.repeated, field: scanner.field, offset: start, in: bytes)
            }
            guard parameters.count < Self.limit else { try scanner.refuse(.tooLong(limit: Self.limit), bytes) }
            try scanner.separator(.equals, bytes)
            if scanner.peek(bytes) == .doubleQuote {
                parameters.append(Parameter(name: name, value: try scanner.quotedString(bytes), isQuoted: true))
            } else {
                let range = scanner.run(until: { $0 == .comma || $0.isLinearWhitespace || $0 == .doubleQuote }, bytes)
                guard !range.isEmpty else { try scanner.refuse(.expectedToken, bytes) }
                parameters.append(Parameter(name: name, value: bytes.string(range), isQuoted: false))
            }
        } while scanner.takeSeparator(.comma, bytes)
    }

    public subscript(name: String) -> String? {
        parameters.first { $0.name.equalsIgnoringCase(name) }?.value
    }

    /// Replaces a parameter in its place or adds it; `nil` removes it.
    public mutating func set(_ name: String, _ value: String?, quoted: Bool) {
        let index = parameters.firstIndex { $0.name.equalsIgnoringCase(name) }
        switch (value, index) {
        case (let value?, let index?):
            parameters[index].value = value
            parameters[index].isQuoted = quoted
        case (let value?, nil): parameters.append(Parameter(name: name, value: value, isQuoted: quoted))
        case (nil, let index?): parameters.remove(at: index)
        case (nil, nil): break
        }
    }
}

/// The value of Authentication-Info, which has nothing before its pairs (RFC 7616 §3.5).
extension DigestParameters: HeaderValue {
    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        try self.init(scanning: &scanner, bytes)
        try scanner.end(bytes)
    }

    public var description: String {
        parameters.map { "\($0.name)=\($0.isQuoted ? $0.value.quoted : $0.value)" }.joined(separator: ", ")
    }
}

extension SIPHeaders {
    /// What a server proves, and the nonce that it wants next (RFC 3261 §20.6).
    public func authenticationInfo() throws(SIPParseError) -> DigestParameters? { try value(of: .authenticationInfo) }
}
