import CCrypto

/// A hash of digest authentication (RFC 7616 §3.2, RFC 8760 §2.1); the `-sess` forms are not among them.
public enum DigestAlgorithm: String, Sendable, Hashable, CaseIterable {
    case sha256 = "SHA-256"
    case sha512Truncated256 = "SHA-512-256"
    case md5 = "MD5"

    /// Compares without case; `nil` for an algorithm we do not have.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.rawValue.equalsIgnoringCase(name) }) else { return nil }
        self = found
    }

    private var hash: sidetone_hash {
        switch self {
        case .sha256: SIDETONE_SHA256
        case .sha512Truncated256: SIDETONE_SHA512_256
        case .md5: SIDETONE_MD5
        }
    }

    /// `H(a:b:c)` in lower-case hexadecimal digits.
    ///
    /// - Returns: `nil` when the library refuses the algorithm (MD5 on a FIPS system).
    func hash(_ parts: String...) -> String? {
        var octets: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if index > 0 { octets.append(.colon) }
            octets.append(contentsOf: part.utf8)
        }
        var output = [UInt8](repeating: 0, count: Int(SIDETONE_MAX_DIGEST))
        let written = sidetone_digest(hash, octets, octets.count, &output)
        return written > 0 ? output.prefix(written).hexadecimal : nil
    }
}

/// What a user shares with a realm.
public enum DigestSecret: Sendable, Hashable {
    case password(String)
    /// `H(username:realm:password)` of the algorithm asked for, in hexadecimal digits (RFC 7616 §3.4.2, A1).
    case hashed(String)

    func a1(username: String, realm: String, _ algorithm: DigestAlgorithm) -> String? {
        switch self {
        case .password(let password): algorithm.hash(username, realm, password)
        case .hashed(let hash): hash.lowercasedASCII
        }
    }
}

/// The proof of digest authentication (RFC 7616 §3.4.1), with `qop=auth` or without `qop` as RFC 2069 had it.
struct DigestProof {
    var algorithm: DigestAlgorithm
    var nonce: String
    var uri: String
    /// `nil` without `qop`.
    var count: (nonceCount: String, clientNonce: String)?

    /// - Parameters:
    ///   - a1: `H(A1)`.
    ///   - method: Empty for the proof of the server in Authentication-Info (§3.5).
    func response(a1: String, method: String) -> String? {
        guard let a2 = algorithm.hash(method, uri) else { return nil }
        guard let count else { return algorithm.hash(a1, nonce, a2) }
        return algorithm.hash(a1, nonce, count.nonceCount, count.clientNonce, "auth", a2)
    }
}
