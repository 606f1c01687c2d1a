import SIP
import Testing
import Timing

private let realm = "example.net"
private let key = [UInt8](repeating: 7, count: 32)

/// A server, a client that knows the password, and a request.
private struct DigestBench {
    var server: DigestAuthenticator
    var client = DigestClient(accounts: [.init(realm: realm, username: "bob", password: "pw: \"x\"")])
    var now = MonotonicTime.zero + .seconds(1_000)

    init(isProxy: Bool = false, algorithms: [DigestAlgorithm] = [.sha256, .md5], nonceLimit: Int = 16) {
        server = DigestAuthenticator(
            configuration: .init(realm: realm, isProxy: isProxy, algorithms: algorithms, nonceLimit: nonceLimit),
            key: key
        )
    }

    func challenge(salt: UInt64 = 1) -> SIPResponse {
        SIPResponse(status: server.challengeStatus, headers: server.challenges(at: now, salt: salt))
    }

    mutating func verify(_ request: SIPRequest) -> DigestAuthenticator.Verdict {
        server.verify(request, at: now) { username, _ in username == "bob" ? .password("pw: \"x\"") : nil }
    }

    mutating func answered(_ request: SIPRequest = SIPRequest(method: .register, requestURI: "sip:example.net"))
        throws -> SIPRequest
    {
        try client.answer(challenge(), to: request, attempts: 1, clientNonce: "cn")
    }
}

extension DigestAuthenticator.Verdict {
    fileprivate var username: String? {
        if case .accepted(let identity) = self { identity.username } else { nil }
    }
}

@Suite("Digest: published values")
struct DigestVectorTests {
    /// Sends the challenge of the RFC to the client and reads `response`.
    private func response(
        _ challenge: String,
        realm: String,
        password: String,
        clientNonce: String
    ) throws -> String? {
        var response = SIPResponse(status: .unauthorized)
        response.headers.append(.wwwAuthenticate, challenge)
        var client = DigestClient(accounts: [.init(realm: realm, username: "Mufasa", password: password)])
        let request = SIPRequest(method: SIPMethod(rawValue: "GET"), requestURI: "/dir/index.html")
        return try client.answer(response, to: request, attempts: 1, clientNonce: clientNonce)
            .headers.authorizations().first?.response
    }

    @Test(
        "RFC 7616 §3.9.1",
        arguments: [
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ]
    )
    func rfc7616(algorithm: String, expected: String) throws {
        let challenge =
            "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=\(algorithm), "
            + "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
            + "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
        let found = try response(
            challenge,
            realm: "http-auth@example.org",
            password: "Circle of Life",
            clientNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
        )
        #expect(found == expected)
    }

    @Test("RFC 2617 §3.5, and the same without qop as RFC 2069 has it")
    func rfc2617() throws {
        let nonce = "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\""
        let with = try response(
            "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", \(nonce)",
            realm: "testrealm@host.com", password: "Circle Of Life", clientNonce: "0a4f113b")
        #expect(with == "6629fae49393a05397450978507c4ef1")
        let without = try response(
            "Digest realm=\"testrealm@host.com\", \(nonce)",
            realm: "testrealm@host.com", password: "Circle Of Life", clientNonce: "0a4f113b")
        #expect(without == "670fd8c2df070c60b045671b8b24ff02")
    }
}

@Suite("Digest: checking credentials (RFC 3261 §22, RFC 7616)")
struct DigestAuthenticatorTests {
    @Test("SHA-256 is offered first, with one nonce for both; 401 or 407")
    func offer() throws {
        let user = DigestBench().challenge()
        let challenges = try user.headers.authenticateChallenges()
        #expect(user.status.rawValue == 401)
        #expect(challenges.map(\.algorithm) == ["SHA-256", "MD5"])
        #expect(Set(challenges.compactMap(\.nonce)).count == 1)
        let proxy = DigestBench(isProxy: true).challenge()
        #expect(proxy.status.rawValue == 407)
        #expect(try proxy.headers.proxyAuthenticateChallenges().count == 2)
    }

    @Test("Credentials that answer the challenge are accepted", arguments: DigestAlgorithm.allCases, [false, true])
    func accepted(algorithm: DigestAlgorithm, isProxy: Bool) throws {
        var bench = DigestBench(isProxy: isProxy, algorithms: [algorithm])
        let request = try bench.answered()
        #expect(request.headers.contains(isProxy ? .proxyAuthorization : .authorization))
        #expect(bench.verify(request).username == "bob")
    }

    @Test("A stored hash does for a password")
    func storedHash() throws {
        var bench = DigestBench(algorithms: [.md5])
        bench.client = DigestClient(accounts: [.init(realm: realm, username: "bob", password: "pw")])
        let request = try bench.answered()
        // MD5 of "bob:example.net:pw".
        let hash = Self.md5OfBob
        let verdict = bench.server.verify(request, at: bench.now) { _, _ in .hashed(hash.uppercased()) }
        #expect(verdict.username == "bob")
    }

    static let md5OfBob = "bb9b1603e76d9dd699c0ef11c3fc3623"

    @Test("No credentials, a wrong password, an unknown user, another realm, another method: a new challenge")
    func refused() throws {
        var bench = DigestBench()
        let plain = SIPRequest(method: .register, requestURI: "sip:example.net")
        #expect(bench.verify(plain) == .challenge(isStale: false))
        let request = try bench.answered()
        let wrong = bench.server.verify(request, at: bench.now) { _, _ in .password("other") }
        #expect(wrong == .challenge(isStale: false))
        #expect(bench.server.verify(request, at: bench.now) { _, _ in nil } == .challenge(isStale: false))
        var other = request
        other.method = .invite
        #expect(bench.verify(other) == .challenge(isStale: false))
        var elsewhere = DigestAuthenticator(configuration: .init(realm: "example.org"), key: key)
        #expect(
            elsewhere.verify(request, at: bench.now) { _, _ in .password("pw: \"x\"") } == .challenge(isStale: false))
        #expect(bench.verify(request).username == "bob")
    }

    @Test("Credentials of another realm in front of ours are somebody else's")
    func severalRealms() throws {
        var bench = DigestBench()
        let own = try bench.answered()
        let first = DigestCredentials(
            username: "bob", realm: "example.org", nonce: "n", uri: "sip:x", response: "r", algorithm: "MD5")
        var request = SIPRequest(method: .register, requestURI: own.requestURI)
        request.headers.append(.authorization, first)
        request.headers.copy(.authorization, from: own.headers)
        #expect(bench.verify(request).username == "bob")
    }

    @Test("An empty password does not open an account that does not exist")
    func unknownUser() throws {
        var bench = DigestBench()
        bench.client = DigestClient(accounts: [.init(realm: realm, username: "nobody", password: "")])
        #expect(bench.verify(try bench.answered()) == .challenge(isStale: false))
    }

    @Test("An old nonce, one from the future, one of another key: stale, if the proof is right")
    func stale() throws {
        var bench = DigestBench()
        let request = try bench.answered()
        bench.now = bench.now + .seconds(301)
        #expect(bench.verify(request) == .challenge(isStale: true))
        bench.now = .zero
        #expect(bench.verify(request) == .challenge(isStale: true))
        var restarted = DigestAuthenticator(configuration: .init(realm: realm), key: [1])
        #expect(
            restarted.verify(request, at: .zero + .seconds(1_000)) { _, _ in .password("pw: \"x\"") }
                == .challenge(isStale: true))
        #expect(
            restarted.verify(request, at: .zero + .seconds(1_000)) { _, _ in .password("no") }
                == .challenge(isStale: false))
    }

    @Test("A nonce count is taken once, in any order within 64 (RFC 7616 §5.5)")
    func replay() throws {
        var bench = DigestBench()
        var requests = [try bench.answered()]
        for _ in 0..<70 {
            var next = SIPRequest(method: .register, requestURI: "sip:example.net")
            #expect(bench.client.authorize(&next, clientNonce: "cn"))
            requests.append(next)
        }
        #expect(bench.verify(requests[1]).username == "bob")
        #expect(bench.verify(requests[0]).username == "bob")
        #expect(bench.verify(requests[0]) == .challenge(isStale: true))
        #expect(bench.verify(requests[70]).username == "bob")
        #expect(bench.verify(requests[7]).username == "bob")
        #expect(bench.verify(requests[7]) == .challenge(isStale: true))
        #expect(bench.verify(requests[6]) == .challenge(isStale: true))
        #expect(bench.verify(requests[70]) == .challenge(isStale: true))
    }

    @Test("Counts are kept for a bounded number of nonces; one that was forgotten is stale, not open again")
    func boundedMemory() throws {
        var bench = DigestBench(nonceLimit: 4)
        let first = try bench.answered()
        #expect(bench.verify(first).username == "bob")
        for salt in 2..<20 as Range<UInt64> {
            bench.now = bench.now + .seconds(1)
            let plain = SIPRequest(method: .register, requestURI: "sip:example.net")
            let request = try bench.client.answer(
                bench.challenge(salt: salt), to: plain, attempts: 1, clientNonce: "cn")
            #expect(bench.verify(request).username == "bob")
            #expect(bench.server.nonceCount <= 4)
        }
        for _ in 0..<3 { #expect(bench.verify(first) == .challenge(isStale: true)) }
        #expect(bench.server.nonceCount == 4)
        bench.now = bench.now + .seconds(400)
        _ = bench.verify(try bench.answered())
        #expect(bench.server.nonceCount == 1)
    }

    @Test(
        "Credentials that cannot be read are 400; odd ones are challenged; none traps",
        arguments: [
            "Digest", "Digest ", "Digest =", "Digest username", "Digest username=\"a", "Digest realm=\"example.net\"",
            "Digest username=\"a\", username=\"b\"", "Digest nc=xyz", "Basic Ym9i", "Digest ,,,", "\u{0}\u{1}",
            "Digest username=\"\\",
        ]
    )
    func hostile(value: String) {
        var bench = DigestBench()
        var request = SIPRequest(method: .register, requestURI: "sip:example.net")
        request.headers.append(.authorization, value)
        switch bench.verify(request) {
        case .accepted: Issue.record("accepted")
        case .malformed(let error): #expect(error.responseStatus == .badRequest)
        case .challenge(let isStale): #expect(!isStale)
        }
    }

    @Test("Authentication-Info proves the server, and its next nonce is used (RFC 7616 §3.5)")
    func authenticationInfo() throws {
        var bench = DigestBench()
        guard case .accepted(let identity) = bench.verify(try bench.answered()) else {
            Issue.record("not accepted")
            return
        }
        bench.now = bench.now + .seconds(10)
        let info = bench.server.authenticationInfo(for: identity, at: bench.now, nextNonce: 99)
        #expect(info["rspauth"]?.utf8.count == 64)
        #expect(info["nc"] == "00000001")
        bench.client.receive(info, realm: realm)
        var next = SIPRequest(method: .register, requestURI: "sip:example.net")
        bench.client.authorize(&next, clientNonce: "cn2")
        let credentials = try next.headers.authorizations().first
        #expect(credentials?.nonce == info["nextnonce"])
        #expect(credentials?.nonceCount == 1)
        #expect(bench.verify(next).username == "bob")
    }
}

@Suite("Digest: answering challenges")
struct DigestClientTests {
    private let request = SIPRequest(method: .invite, requestURI: "sip:bob@example.net")

    private func challenged(_ fields: (HeaderName, String)...) -> SIPResponse {
        var response = SIPResponse(status: .unauthorized)
        for (name, value) in fields { response.headers.append(name, value) }
        return response
    }

    private var client: DigestClient {
        DigestClient(accounts: [
            .init(realm: "a", username: "u", password: "p"), .init(realm: "b", username: "v", password: "q"),
            .init(realm: "caf\u{E9}", username: "w", password: "r"),
        ])
    }

    private func answer(_ response: SIPResponse, attempts: Int = 1) -> Result<SIPRequest, DigestClient.Refusal> {
        var client = client
        do throws(DigestClient.Refusal) {
            return .success(try client.answer(response, to: request, attempts: attempts, clientNonce: "c"))
        } catch {
            return .failure(error)
        }
    }

    @Test("A realm that is not configured is never answered")
    func foreignRealm() {
        let foreign = challenged((.wwwAuthenticate, "Digest realm=\"evil\", nonce=\"n\", qop=\"auth\""))
        #expect(answer(foreign) == .failure(.unknownRealm))
        let both = challenged(
            (.wwwAuthenticate, "Digest realm=\"evil\", nonce=\"n\""),
            (.wwwAuthenticate, "Digest realm=\"a\", nonce=\"n\""))
        guard case .success(let answered) = answer(both) else {
            Issue.record("not answered")
            return
        }
        #expect(answered.headers.all(.authorization).count == 1)
        #expect(!answered.headers.all(.authorization).contains { $0.contains("evil") })
    }

    @Test("Realms compare with case and to the last octet", arguments: ["A", "a ", "cafe\u{301}", ""])
    func exactRealm(realm: String) {
        let response = challenged((.wwwAuthenticate, "Digest realm=\"\(realm)\", nonce=\"n\""))
        #expect(throws: (any Error).self) { try answer(response).get() }
    }

    @Test("A request is sent twice at most, whatever the nonce")
    func attempts() {
        let stale = challenged((.wwwAuthenticate, "Digest realm=\"a\", nonce=\"n2\", stale=true"))
        #expect(throws: Never.self) { try answer(stale, attempts: 1).get() }
        #expect(answer(stale, attempts: 2) == .failure(.attemptsExhausted))
    }

    @Test("SHA-256 is taken although MD5 is named first")
    func preference() throws {
        let response = challenged(
            (.wwwAuthenticate, "Digest realm=\"a\", nonce=\"n\", algorithm=MD5"),
            (.wwwAuthenticate, "Digest realm=\"a\", nonce=\"n\", algorithm=sha-256"))
        #expect(try answer(response).get().headers.authorizations().map(\.algorithm) == ["SHA-256"])
    }

    @Test("An algorithm or a quality of protection that we do not have")
    func unsupported() {
        for extra in ["algorithm=MD5-sess", "algorithm=foo", "qop=\"auth-int\""] {
            let response = challenged((.wwwAuthenticate, "Digest realm=\"a\", nonce=\"n\", \(extra)"))
            #expect(answer(response) == .failure(.unsupported))
        }
        #expect(answer(challenged()) == .failure(.notChallenged))
        guard case .failure(.malformed) = answer(challenged((.wwwAuthenticate, "Digest realm"))) else {
            Issue.record("not malformed")
            return
        }
    }

    @Test("A nonce that is given again is counted on")
    func sameNonce() throws {
        let response = challenged((.wwwAuthenticate, "Digest realm=\"a\", nonce=\"n\", qop=\"auth\""))
        var client = client
        var counts: [UInt32?] = []
        for _ in 0..<2 {
            let answered = try client.answer(response, to: request, attempts: 1, clientNonce: "c")
            counts.append(try answered.headers.authorizations().first?.nonceCount)
        }
        #expect(counts == [1, 2])
    }

    @Test("401 and 407 of two realms are answered together; opaque goes back; old credentials go")
    func together() throws {
        let response = challenged(
            (.wwwAuthenticate, "Digest realm=\"a\", nonce=\"n\", opaque=\"o\\\"x\""),
            (.proxyAuthenticate, "Digest realm=\"b\", nonce=\"m\", qop=\"auth\""))
        var client = client
        var answered = try client.answer(response, to: request, attempts: 1, clientNonce: "c")
        #expect(try answered.headers.authorizations().map(\.opaque) == ["o\"x"])
        #expect(try answered.headers.proxyAuthorizations().map(\.username) == ["v"])
        client.authorize(&answered, clientNonce: "d")
        #expect(try answered.headers.proxyAuthorizations().map(\.nonceCount) == [2])
    }
}
