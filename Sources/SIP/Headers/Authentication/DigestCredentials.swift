/// Authorization and Proxy-Authorization: a client's answer to a challenge (RFC 3261 §20.7, RFC 7616 §3.4).
public struct DigestCredentials: HeaderValue {
    /// `Digest`, or another scheme as it stood.
    public var scheme: String
    public var parameters: DigestParameters

    /// Parameters in the order RFC 7616 §3.9 shows; `nil` ones are left out.
    public init(
        username: String,
        realm: String,
        nonce: String,
        uri: String,
        response: String,
        algorithm: String,
        qop: String? = nil,
        nonceCount: UInt32? = nil,
        clientNonce: String? = nil,
        opaque: String? = nil
    ) {
        scheme = "Digest"
        parameters = DigestParameters()
        parameters.set("username", username, quoted: true)
        parameters.set("realm", realm, quoted: true)
        parameters.set("nonce", nonce, quoted: true)
        parameters.set("uri", uri, quoted: true)
        parameters.set("response", response, quoted: true)
        parameters.set("algorithm", algorithm, quoted: false)
        parameters.set("cnonce", clientNonce, quoted: true)
        parameters.set("qop", qop, quoted: false)
        if let nonceCount {
            let digits = String(nonceCount, radix: 16)
            parameters.set("nc", String(repeating: "0", count: 8 - digits.utf8.count) + digits, quoted: false)
        }
        parameters.set("opaque", opaque, quoted: true)
    }

    public init(parsing bytes: Span<UInt8>, field: HeaderName) throws(SIPParseError) {
        var scanner = FieldScanner(field: field)
        scheme = try scanner.token(bytes)
        try scanner.requireWhitespace(bytes)
        parameters = try DigestParameters(scanning: &scanner, bytes)
        try scanner.end(bytes)
        guard isDigest else { return }
        for name in ["username", "realm", "nonce", "uri", "response"] where parameters[name] == nil {
            try scanner.refuse(.expectedToken, bytes)
        }
        guard parameters["nc"] == nil || nonceCount != nil else { try scanner.refuse(.expectedDigits, bytes) }
    }

    public var isDigest: Bool { scheme.equalsIgnoringCase("Digest") }

    public var username: String? { parameters["username"] }
    public var realm: String? { parameters["realm"] }
    public var nonce: String? { parameters["nonce"] }
    public var uri: String? { parameters["uri"] }
    public var response: String? { parameters["response"] }
    public var opaque: String? { parameters["opaque"] }
    public var clientNonce: String? { parameters["cnonce"] }
    public var qop: String? { parameters["qop"] }
    /// As it stood; MD5 when it does not say.
    public var algorithm: String { parameters["algorithm"] ?? "MD5" }

    /// `nc`, eight hexadecimal digits.
    public var nonceCount: UInt32? {
        guard let digits = parameters["nc"], digits.utf8.count == 8 else { return nil }
        guard digits.utf8.allSatisfy(\.isHexDigit) else { return nil }
        return UInt32(digits, radix: 16)
    }

    public var description: String { "\(scheme) \(parameters)" }
}

extension SIPHeaders {
    /// The credentials of Authorization; one field holds one (RFC 3261 §7.3.1).
    public func authorizations() throws(SIPParseError) -> [DigestCredentials] { try wholeValues(of: .authorization) }

    /// The credentials of Proxy-Authorization, one for each proxy's realm.
    public func proxyAuthorizations() throws(SIPParseError) -> [DigestCredentials] {
        try wholeValues(of: .proxyAuthorization)
    }
}
