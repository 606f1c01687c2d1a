/// WWW-Authenticate and Proxy-Authenticate: what a client has to prove (RFC 3261 §20.44, RFC 7616 §3.3, RFC 8760 §2).
public struct DigestChallenge: HeaderValue {
    /// `Digest`, or another scheme as it stood.
    public var scheme: String
    public var parameters: DigestParameters

    /// - Parameter algorithm: `MD5`, `SHA-256`, `SHA-512-256` or the `-sess` form of one.
    public init(realm: String, nonce: String, algorithm: String, qop: [String] = ["auth"], isStale: Bool = false) {
        scheme = "Digest"
        parameters = DigestParameters()
        parameters.set("realm", realm, quoted: true)
        parameters.set("nonce", nonce, quoted: true)
        if isStale { parameters.set("stale", "true", quoted: false) }
        parameters.set("algorithm", algorithm, quoted: false)
        if !qop.isEmpty { parameters.set("qop", qop.joined(separator: ","), quoted: true) }
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        scheme = try scanner.token(bytes)
        try scanner.requireWhitespace(bytes)
        parameters = try DigestParameters(scanning: &scanner, bytes)
        try scanner.end(bytes)
        guard !isDigest || (realm != nil && nonce != nil) else { try scanner.refuse(.expectedToken, bytes) }
    }

    public var isDigest: Bool { scheme.equalsIgnoringCase("Digest") }

    public var realm: String? { parameters["realm"] }
    public var nonce: String? { parameters["nonce"] }
    public var opaque: String? { parameters["opaque"] }
    /// The nonce was too old, the proof itself was right.
    public var isStale: Bool { parameters["stale"]?.equalsIgnoringCase("true") ?? false }
    /// As it stood; MD5 when the challenge does not say (RFC 8760 §2.2).
    public var algorithm: String { parameters["algorithm"] ?? "MD5" }
    /// In lower case; empty when the challenge does not say.
    public var qop: [String] {
        parameters["qop"]?.utf8.split { $0 == .comma || $0.isLinearWhitespace }.map {
            String($0)?.lowercasedASCII ?? ""
        }
            ?? []
    }

    public var description: String { "\(scheme) \(parameters)" }
}

extension SIPHeaders {
    /// The challenges of WWW-Authenticate, in the order of the server's preference. One field holds one challenge
    /// (RFC 3261 §7.3.1: these fields are not split at commas).
    public func authenticateChallenges() throws(SIPParseError) -> [DigestChallenge] {
        try wholeValues(of: .wwwAuthenticate)
    }

    /// The challenges of Proxy-Authenticate.
    public func proxyAuthenticateChallenges() throws(SIPParseError) -> [DigestChallenge] {
        try wholeValues(of: .proxyAuthenticate)
    }
}
