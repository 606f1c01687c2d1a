import CCrypto

/// Keyed hashes that platforms sign their requests with, in Base64.
enum HandshakeHash {
    /// HMAC-SHA-1 (RFC 2104).
    static func sha1(_ text: String, key: [UInt8]) -> String { hash(SIDETONE_SHA1, text, key) }

    /// HMAC-SHA-256.
    static func sha256(_ text: String, key: [UInt8]) -> String { hash(SIDETONE_SHA256, text, key) }

    private static func hash(_ algorithm: sidetone_hash, _ text: String, _ key: [UInt8]) -> String {
        let bytes = Array(text.utf8)
        var output = [UInt8](repeating: 0, count: Int(SIDETONE_MAX_DIGEST))
        let written = sidetone_hmac(algorithm, key, key.count, bytes, bytes.count, &output)
        return base64(Array(output.prefix(written)))
    }

    static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        Base64.encode(bytes.span, into: &text)
        return String(decoding: text, as: UTF8.self)
    }
}

extension EngineHandshakeContext {
    /// The context with other entropy, which cannot be told from it.
    func derived(_ purpose: String) -> EngineHandshakeContext {
        let text = HandshakeHash.sha256(purpose, key: entropy)
        var octets: [UInt8] = []
        _ = Base64.decode(Array(text.utf8).span, into: &octets)
        var context = self
        context.entropy = Array(octets.prefix(16))
        return context
    }

    /// `Basic` credentials (RFC 7617 §2) when the options have a `username`, the key being the password; a bearer token
    /// (RFC 6750 §2.1) otherwise; `nil` without a key.
    var authorization: EngineHandshake.Header? {
        guard let apiKey else { return nil }
        guard let user = options["username"] else { return .init(name: "Authorization", value: "Bearer \(apiKey)") }
        let credentials = HandshakeHash.base64(Array("\(user):\(apiKey)".utf8))
        return .init(name: "Authorization", value: "Basic \(credentials)")
    }

    /// The entropy as lower-case hexadecimal digits, two for each octet; zeros where there is none.
    var hexadecimalEntropy: String {
        let digits = Array("0123456789abcdef".utf8)
        let octets = entropy + [UInt8](repeating: 0, count: max(0, 16 - entropy.count))
        return String(decoding: octets.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The entropy as a random UUID (RFC 9562 §5.4).
    var uuid: String {
        var octets = Array((entropy + [UInt8](repeating: 0, count: 16)).prefix(16))
        octets[6] = octets[6] & 0x0F | 0x40
        octets[8] = octets[8] & 0x3F | 0x80
        var context = self
        context.entropy = octets
        var text = Array(context.hexadecimalEntropy.utf8)
        for index in [20, 16, 12, 8] { text.insert(UInt8(ascii: "-"), at: index) }
        return String(decoding: text, as: UTF8.self)
    }
}
