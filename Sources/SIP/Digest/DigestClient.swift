/// Answers challenges: digest authentication as UAC, for the realms that one peer is trusted with and no other.
///
/// A value belongs to one peer, so that a password configured for one is never proved to another.
///
/// Source: RFC 3261 §22, RFC 7616 §3.4 to §3.6, RFC 8760 §2.4.
public struct DigestClient: Sendable {
    /// What we are in one realm.
    public struct Account: Sendable, Hashable {
        public var realm: String
        public var username: String
        public var password: String

        public init(realm: String, username: String, password: String) {
            self.realm = realm
            self.username = username
            self.password = password
        }
    }

    /// Why a challenge is not answered; the caller treats the response as the final one it is.
    public enum Refusal: Error, Sendable, Hashable {
        case notChallenged
        /// None of the realms is configured for this peer.
        case unknownRealm
        /// No challenge of a configured realm has an algorithm and a quality of protection that we have.
        case unsupported
        /// The request had a proof for the same nonce.
        case refused
        /// The request was sent ``attemptLimit`` times.
        case attemptsExhausted
        /// A challenge cannot be read.
        case malformed(SIPParseError)
    }

    /// How often one request is sent, with the first time, whatever the peer answers.
    public static let attemptLimit = 2

    /// What is kept of a realm between requests.
    private struct Session: Sendable {
        var challenge: DigestChallenge
        var algorithm: DigestAlgorithm
        var isProxy: Bool
        var lastCount: UInt32 = 0
    }

    private let accounts: [Account]
    private var sessions: [String: Session] = [:]

    public init(accounts: [Account]) {
        self.accounts = accounts
    }

    /// Forgets which realms have challenged: their credentials were refused.
    public mutating func forget() { sessions = [:] }

    // MARK: Challenges

    /// Makes the request that is sent again after a 401 or 407: credentials for every realm that is ours. The caller
    /// raises CSeq (RFC 3261 §22.2) and opens a new transaction.
    ///
    /// A proof that was refused is not shown again: where the request had one for the nonce that comes back, the password
    /// is wrong, unless the nonce is said to be stale (§22.2).
    ///
    /// - Parameters:
    ///   - attempts: How often the request was sent so far, 1 or more.
    ///   - clientNonce: Random.
    public mutating func answer(
        _ response: SIPResponse,
        to request: SIPRequest,
        attempts: Int,
        clientNonce: String
    ) throws(Refusal) -> SIPRequest {
        guard attempts < Self.attemptLimit else { throw .attemptsExhausted }
        var isKnown = false
        var answered: Set<String> = []
        let challenges = try Self.challenges(of: response)
        guard !challenges.isEmpty else { throw .notChallenged }
        for account in accounts {
            let own = challenges.filter { $0.challenge.realm?.equalsExactly(account.realm) == true }
            if own.isEmpty { continue }
            isKnown = true
            let usable = own.compactMap { Self.session($0.challenge, isProxy: $0.isProxy) }
            guard var session = usable.min(by: Self.isBetter) else { continue }
            if !session.challenge.isStale, Self.proves(request, session.challenge) { throw .refused }
            // A nonce that comes again is counted on (RFC 7616 §3.4, nc).
            if let last = sessions[account.realm], last.challenge.nonce == session.challenge.nonce {
                session.lastCount = last.lastCount
            }
            sessions[account.realm] = session
            answered.insert(account.realm)
        }
        guard isKnown else { throw .unknownRealm }
        guard !answered.isEmpty else { throw .unsupported }
        var result = request
        authorize(&result, clientNonce: clientNonce)
        return result
    }

    /// Puts credentials into a request for the realms that have challenged before, in place of those that are there.
    ///
    /// - Returns: Whether there were any.
    @discardableResult
    public mutating func authorize(_ request: inout SIPRequest, clientNonce: String) -> Bool {
        var fields: [(HeaderName, DigestCredentials)] = []
        for account in accounts {
            guard var session = sessions[account.realm], session.lastCount < .max else { continue }
            session.lastCount += 1
            sessions[account.realm] = session
            let made = Self.credentials(session, account, request, clientNonce)
            if let made { fields.append((session.isProxy ? .proxyAuthorization : .authorization, made)) }
        }
        guard !fields.isEmpty else { return false }
        request.headers.removeAll(.authorization)
        request.headers.removeAll(.proxyAuthorization)
        for (name, credentials) in fields { request.headers.append(name, credentials) }
        return true
    }

    /// Takes the next nonce out of Authentication-Info (RFC 7616 §3.5).
    ///
    /// - Parameter realm: Whose credentials the request had; a realm that has not challenged is ignored.
    public mutating func receive(_ info: DigestParameters, realm: String) {
        guard let nonce = info["nextnonce"], var session = sessions[realm] else { return }
        session.challenge.parameters.set("nonce", nonce, quoted: true)
        session.lastCount = 0
        sessions[realm] = session
    }

    // MARK: Parts

    private static func proves(_ request: SIPRequest, _ challenge: DigestChallenge) -> Bool {
        [HeaderName.authorization, .proxyAuthorization].contains { name in
            let fields: [DigestCredentials] = (try? request.headers.wholeValues(of: name)) ?? []
            return fields.contains { $0.realm == challenge.realm && $0.nonce == challenge.nonce }
        }
    }

    private static func challenges(
        of response: SIPResponse
    ) throws(Refusal) -> [(challenge: DigestChallenge, isProxy: Bool)] {
        do throws(SIPParseError) {
            let user = try response.headers.authenticateChallenges().map { (challenge: $0, isProxy: false) }
            return user + (try response.headers.proxyAuthenticateChallenges().map { (challenge: $0, isProxy: true) })
        } catch {
            throw .malformed(error)
        }
    }

    private static func session(_ challenge: DigestChallenge, isProxy: Bool) -> Session? {
        guard challenge.isDigest, let algorithm = DigestAlgorithm(name: challenge.algorithm) else { return nil }
        guard challenge.qop.isEmpty || challenge.qop.contains("auth") else { return nil }
        return Session(challenge: challenge, algorithm: algorithm, isProxy: isProxy)
    }

    /// SHA before MD5, whatever the order of the challenges says.
    private static func isBetter(_ left: Session, _ right: Session) -> Bool {
        left.algorithm != .md5 && right.algorithm == .md5
    }

    private static func credentials(
        _ session: Session,
        _ account: Account,
        _ request: SIPRequest,
        _ clientNonce: String
    ) -> DigestCredentials? {
        guard let nonce = session.challenge.nonce else { return nil }
        let hasCount = !session.challenge.qop.isEmpty
        let digits = String(session.lastCount, radix: 16)
        let countText = String(repeating: "0", count: 8 - digits.utf8.count) + digits
        let proof = DigestProof(
            algorithm: session.algorithm,
            nonce: nonce,
            uri: request.requestURI,
            count: hasCount ? (countText, clientNonce) : nil
        )
        let secret = DigestSecret.password(account.password)
        guard let a1 = secret.a1(username: account.username, realm: account.realm, session.algorithm),
            let response = proof.response(a1: a1, method: request.method.rawValue)
        else { return nil }
        return DigestCredentials(
            username: account.username,
            realm: account.realm,
            nonce: nonce,
            uri: request.requestURI,
            response: response,
            algorithm: session.algorithm.rawValue,
            qop: hasCount ? "auth" : nil,
            nonceCount: hasCount ? session.lastCount : nil,
            clientNonce: hasCount ? clientNonce : nil,
            opaque: session.challenge.opaque
        )
    }
}
