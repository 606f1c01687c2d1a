import Timing

/// Asks requests for credentials and checks them: digest authentication as UAS, registrar or proxy.
///
/// Nothing is kept for a challenge. ACK and CANCEL cannot be challenged (RFC 3261 §22.1): the caller lets them pass.
///
/// Source: RFC 3261 §22, RFC 7616 §3, RFC 8760.
public struct DigestAuthenticator: Sendable {
    public struct Configuration: Sendable, Hashable {
        /// What the credentials are for; no other realm is looked at.
        public var realm: String
        /// 407 and Proxy-Authenticate instead of 401 and WWW-Authenticate.
        public var isProxy: Bool
        /// In the order of preference: one challenge each.
        public var algorithms: [DigestAlgorithm]
        public var nonceLifetime: Duration
        /// Nonces in use whose counts are kept; more make the oldest stale.
        public var nonceLimit: Int

        public init(
            realm: String,
            isProxy: Bool = false,
            algorithms: [DigestAlgorithm] = [.sha256, .md5],
            nonceLifetime: Duration = .seconds(300),
            nonceLimit: Int = 16_384
        ) {
            self.realm = realm
            self.isProxy = isProxy
            self.algorithms = algorithms
            self.nonceLifetime = nonceLifetime
            self.nonceLimit = nonceLimit
        }

        var challengeField: HeaderName { isProxy ? .proxyAuthenticate : .wwwAuthenticate }
        var credentialsField: HeaderName { isProxy ? .proxyAuthorization : .authorization }
    }

    public enum Verdict: Sendable, Hashable {
        case accepted(DigestIdentity)
        /// No credentials, or wrong ones: 401 or 407 with ``challenges(at:salt:isStale:)``.
        /// - Parameter isStale: The proof was right and the nonce was not: the client may try again by itself.
        case challenge(isStale: Bool)
        /// Credentials that cannot be read: 400.
        case malformed(SIPParseError)
    }

    public let configuration: Configuration
    private let key: [UInt8]
    private var counts: NonceCounts

    /// - Parameter key: Secret, from a random source, 32 octets; nonces of another key are stale.
    public init(configuration: Configuration, key: [UInt8]) {
        self.configuration = configuration
        self.key = key
        counts = NonceCounts(limit: configuration.nonceLimit)
    }

    /// Nonces whose counts are kept.
    public var nonceCount: Int { counts.count }

    // MARK: Asking

    public var challengeStatus: StatusCode { configuration.isProxy ? .proxyAuthenticationRequired : .unauthorized }

    /// The fields of a 401 or 407.
    ///
    /// - Parameter salt: Random; the same for all challenges of one response.
    public func challenges(at now: MonotonicTime, salt: UInt64, isStale: Bool = false) -> SIPHeaders {
        var headers = SIPHeaders()
        guard let nonce = nonce(at: now, salt: salt) else { return headers }
        for algorithm in configuration.algorithms {
            let challenge = DigestChallenge(
                realm: configuration.realm,
                nonce: nonce,
                algorithm: algorithm.rawValue,
                isStale: isStale
            )
            headers.append(configuration.challengeField, challenge)
        }
        return headers
    }

    private func nonce(at now: MonotonicTime, salt: UInt64) -> String? {
        DigestNonce(issued: now, salt: salt).text(key: key, realm: configuration.realm)
    }

    // MARK: Checking

    /// Checks the credentials for our realm. A proof is taken once.
    ///
    /// The URI of the credentials may differ from the Request-URI, which proxies change (RFC 3261 §22.4); that it
    /// cannot be used for another request is the nonce count's doing.
    ///
    /// - Parameter secret: Of a user for an algorithm; `nil` for a user that is not known, which takes as long.
    public mutating func verify(
        _ request: SIPRequest,
        at now: MonotonicTime,
        secret: (_ username: String, DigestAlgorithm) -> DigestSecret?
    ) -> Verdict {
        let credentials: [DigestCredentials]
        do throws(SIPParseError) {
            credentials = try request.headers.wholeValues(of: configuration.credentialsField)
        } catch {
            return .malformed(error)
        }
        // Fields of other realms are for other elements.
        let own = credentials.first { $0.isDigest && $0.realm?.equalsExactly(configuration.realm) == true }
        guard let own else { return .challenge(isStale: false) }
        return verify(own, method: request.method.rawValue, at: now, secret)
    }

    private mutating func verify(
        _ credentials: DigestCredentials,
        method: String,
        at now: MonotonicTime,
        _ secret: (String, DigestAlgorithm) -> DigestSecret?
    ) -> Verdict {
        let refused = Verdict.challenge(isStale: false)
        guard let algorithm = DigestAlgorithm(name: credentials.algorithm),
            configuration.algorithms.contains(algorithm), credentials.qop?.lowercasedASCII == "auth",
            let username = credentials.username, let nonceText = credentials.nonce, let uri = credentials.uri,
            let response = credentials.response, let clientNonce = credentials.clientNonce,
            let count = credentials.nonceCount, let countText = credentials.parameters["nc"]
        else { return refused }
        let known = secret(username, algorithm)
        let proof = DigestProof(
            algorithm: algorithm,
            nonce: nonceText,
            uri: uri,
            count: (countText, clientNonce)
        )
        let a1 = (known ?? .password("")).a1(username: username, realm: configuration.realm, algorithm)
        guard let a1, let expected = proof.response(a1: a1, method: method) else { return refused }
        let isRight = KeyedHash.isEqual(Array(expected.utf8), Array(response.lowercasedASCII.utf8))
        guard isRight, known != nil else { return refused }

        let oldest = now - configuration.nonceLifetime
        counts.expire(before: oldest)
        guard let nonce = DigestNonce(nonceText, key: key, realm: configuration.realm), nonce.issued >= oldest,
            nonce.issued <= now, counts.accept(count, of: nonce)
        else { return .challenge(isStale: true) }
        return .accepted(
            DigestIdentity(username: username, proof: proof, a1: a1, countText: countText, clientNonce: clientNonce)
        )
    }

    /// Authentication-Info of the response: our own proof, and perhaps the nonce to use from now on (RFC 7616 §3.5).
    ///
    /// - Parameter nextNonce: Salt of a new nonce; `nil`: the client goes on with the one it has.
    public func authenticationInfo(
        for identity: DigestIdentity,
        at now: MonotonicTime,
        nextNonce: UInt64? = nil
    ) -> DigestParameters {
        var parameters = DigestParameters()
        if let nextNonce { parameters.set("nextnonce", nonce(at: now, salt: nextNonce), quoted: true) }
        parameters.set("qop", "auth", quoted: false)
        parameters.set("rspauth", identity.proof.response(a1: identity.a1, method: ""), quoted: true)
        parameters.set("cnonce", identity.clientNonce, quoted: true)
        parameters.set("nc", identity.countText, quoted: false)
        return parameters
    }
}

/// Who sent a request, as its credentials proved.
public struct DigestIdentity: Sendable, Hashable {
    public let username: String
    let proof: DigestProof
    let a1: String
    let countText: String
    let clientNonce: String

    public static func == (left: DigestIdentity, right: DigestIdentity) -> Bool {
        left.username == right.username && left.proof.nonce == right.proof.nonce && left.countText == right.countText
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(username) }
}

extension MonotonicTime {
    /// Saturates at the beginning of time.
    static func - (instant: MonotonicTime, duration: Duration) -> MonotonicTime {
        let (difference, overflow) = instant.nanoseconds.subtractingReportingOverflow(duration.nanoseconds)
        return MonotonicTime(nanoseconds: overflow ? .min : difference)
    }
}
