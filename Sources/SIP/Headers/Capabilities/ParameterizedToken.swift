/// A token with parameters: the values of Content-Disposition, Info-Package, Recv-Info, Refer-Sub, P-Early-Media,
/// Supported, Require, Allow, Allow-Events, Content-Encoding, Accept-Encoding, Priority and their kin.
public struct ParameterizedToken: HeaderValue {
    public var token: String
    public var parameters: ParameterList

    public init(_ token: String, parameters: ParameterList = ParameterList()) {
        self.token = token
        self.parameters = parameters
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        token = try scanner.token(bytes)
        parameters = try ParameterList(scanning: &scanner, bytes)
        try scanner.end(bytes)
    }

    /// Compares without case.
    public func isToken(_ name: String) -> Bool { token.equalsIgnoringCase(name) }

    public var description: String { "\(token)\(parameters)" }
}

extension SIPHeaders {
    /// Every value of a field that is a list of such tokens.
    public func tokens(_ name: HeaderName) throws(SIPParseError) -> [ParameterizedToken] {
        var tokens: [ParameterizedToken] = []
        var index = firstIndex(name, from: 0)
        while index < table.count {
            let field = table[index]
            let octets = bytes.span.extracting(field.valueRange)
            var start = 0
            // Most stand alone between two commas.
            while let range = nextPlainToken(octets, from: &start) {
                if tokens.isEmpty { tokens.reserveCapacity(start < octets.count ? 16 : 1) }
                tokens.append(ParameterizedToken(octets.string(range)))
            }
            guard start >= octets.count else { return try values(of: name) }
            index = nextIndex(name, after: index)
        }
        return tokens
    }

    /// RFC 3261 §20.11.
    public func contentDisposition() throws(SIPParseError) -> ParameterizedToken? {
        try value(of: .contentDisposition)
    }

    /// How a body is coded, the outermost last (RFC 3261 §20.12).
    public func contentEncodings() throws(SIPParseError) -> [ParameterizedToken] { try values(of: .contentEncoding) }
    /// The languages of a body (RFC 3261 §20.13).
    public func contentLanguages() throws(SIPParseError) -> [ParameterizedToken] { try values(of: .contentLanguage) }
    /// Codings of bodies that are understood, with their `q` (RFC 3261 §20.2).
    public func acceptedEncodings() throws(SIPParseError) -> [ParameterizedToken] { try values(of: .acceptEncoding) }
    /// Languages of phrases, descriptions and bodies that are wanted, with their `q` (RFC 3261 §20.3).
    public func acceptedLanguages() throws(SIPParseError) -> [ParameterizedToken] { try values(of: .acceptLanguage) }

    /// `emergency`, `urgent`, `normal`, `non-urgent` or another: what the caller thinks of it (RFC 3261 §20.26). It has no
    /// claim on anybody's resources, which Resource-Priority has.
    public func priority() throws(SIPParseError) -> ParameterizedToken? { try value(of: .priority) }

    /// The package an INFO belongs to (RFC 6086 §7.2).
    public func infoPackage() throws(SIPParseError) -> ParameterizedToken? { try value(of: .infoPackage) }

    /// The packages a user agent is willing to receive; empty also when the field says none (RFC 6086 §7.3).
    public func receivedInfoPackages() throws(SIPParseError) -> [ParameterizedToken] { try values(of: .recvInfo) }

    /// Whether a REFER creates a subscription (RFC 4488 §4); `true` when it does not say.
    public func referSubscribes() throws(SIPParseError) -> Bool {
        guard let value: ParameterizedToken = try value(of: .referSub) else { return true }
        if value.isToken("true") { return true }
        guard value.isToken("false") else { throw SIPParseError(.expectedToken, field: .referSub) }
        return false
    }

    /// `supported`, or directions of early media that are authorised (RFC 5009 §8).
    public func pEarlyMedia() throws(SIPParseError) -> [ParameterizedToken] { try values(of: .pEarlyMedia) }

    /// How a caller wants its request handled: `no-fork`, `queue`, ... (RFC 3841 §9.1).
    public func requestDispositions() throws(SIPParseError) -> [ParameterizedToken] {
        try values(of: .requestDisposition)
    }
}
