import SIP
import Testing
import Timing

/// Requests of ours that a peer challenges (RFC 3261 §22.2, RFC 8760).
@Suite("Endpoint: challenges are answered")
struct ClientAuthenticationTests {
    private static let account = DigestClient.Account(realm: "pbx", username: "as", password: "secret")

    private func peer(transport: TransportKind = .udp) -> Peer {
        let peer = Peer(transport: transport)
        peer.endpoint.setAccounts([Self.account], of: "192.0.2.9")
        return peer
    }

    private func challenge(
        _ status: StatusCode = .proxyAuthenticationRequired,
        to request: SIPRequest,
        nonce: String = "n1",
        realm: String = "pbx",
        stale: Bool = false,
        tag: String = "challenge"
    ) -> SIPMessage {
        var response = SIPResponse(status, to: request, toTag: tag)
        for algorithm in ["SHA-256", "MD5"] {
            response.headers.append(
                status == .unauthorized ? .wwwAuthenticate : .proxyAuthenticate,
                DigestChallenge(realm: realm, nonce: nonce, algorithm: algorithm, isStale: stale)
            )
        }
        return .response(response)
    }

    private func authenticator() -> DigestAuthenticator {
        DigestAuthenticator(
            configuration: DigestAuthenticator.Configuration(realm: "pbx", isProxy: true),
            key: [UInt8](repeating: 7, count: 32))
    }

    @Test("INVITE, 407, ACK, INVITE with credentials that the challenger takes; one transaction for the user")
    func invite() throws {
        var peer = peer()
        var server = authenticator()
        let id = peer.send(Peer.outgoing())
        let first = try #require(peer.take().requests.first)
        var refusal = SIPResponse(.proxyAuthenticationRequired, to: first, toTag: "c")
        refusal.headers.copy(from: server.challenges(at: peer.now, salt: 1)) { _ in true }
        peer.receive(.response(refusal))
        let out = peer.take()
        #expect(out.methods == ["ACK", "INVITE"])
        #expect(out.events.isEmpty)
        let second = try #require(out.requests.last)
        #expect(try second.headers.cSeq().number == 2)
        #expect(try second.headers.callID() == first.headers.callID())
        #expect(second.headers.first(.from) == first.headers.first(.from))
        #expect(try second.headers.address(.to).tag == nil)
        #expect(try second.headers.topVia().branch != first.headers.topVia().branch)
        #expect(second.headers.splitValues(.via).count == 1)
        let now = peer.now
        let verdict = server.verify(second, at: now) { user, _ in user == "as" ? .password("secret") : nil }
        guard case .accepted(let identity) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(identity.username == "as")
        peer.receive(Peer.response(.ok, to: second))
        guard case .response(let answered, _, let dialog?)? = peer.take().events.first else {
            Issue.record("no answer")
            return
        }
        #expect(answered == id)
        // §22.1: the ACK repeats the credentials.
        peer.acknowledge(dialog)
        let ack = try #require(peer.take().requests.first)
        #expect(ack.headers.first(.proxyAuthorization) == second.headers.first(.proxyAuthorization))
        #expect(try ack.headers.cSeq().number == 2)
        peer.settle()
        #expect(peer.endpoint.counts.clientTransactions == 0)
    }

    @Test(
        "The challenge that comes again is acknowledged again, and answered once", arguments: [TransportKind.udp, .tcp])
    func repeatedChallenge(_ transport: TransportKind) throws {
        var peer = peer(transport: transport)
        _ = peer.send(Peer.outgoing())
        let first = try #require(peer.take().requests.first)
        peer.receive(challenge(to: first))
        #expect(peer.take().methods == ["ACK", "INVITE"])
        peer.receive(challenge(to: first))
        #expect(peer.take().methods == (transport == .udp ? ["ACK"] : []))
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("Wrong credentials: the second challenge is the final response, and the next request begins without")
    func wrongPassword() throws {
        var peer = peer()
        _ = peer.send(Peer.outgoing())
        let first = try #require(peer.take().requests.first)
        peer.receive(challenge(to: first))
        let second = try #require(peer.take().requests.last)
        peer.receive(challenge(to: second, nonce: "n2"))
        let out = peer.take()
        #expect(out.methods == ["ACK"])
        #expect(out.events.map(\.label) == ["response 407"])
        _ = peer.send(Peer.outgoing(callID: "next@192.0.2.1"))
        #expect(try #require(peer.take().requests.first).headers.contains(.proxyAuthorization) == false)
    }

    @Test("Later requests have credentials from the start, with the next count; a stale nonce is answered once more")
    func nonceCounts() throws {
        var peer = peer()
        _ = peer.send(Peer.outgoing())
        peer.receive(challenge(to: try #require(peer.take().requests.first)))
        let second = try #require(peer.take().requests.last)
        #expect(try count(second) == ("n1", "00000001"))
        peer.receive(Peer.response(.busyHere, to: second))
        _ = peer.take()
        _ = peer.send(Peer.outgoing(callID: "next@192.0.2.1"))
        let third = try #require(peer.take().requests.first)
        #expect(try count(third) == ("n1", "00000002"))
        peer.receive(challenge(to: third, nonce: "n2", stale: true))
        let fourth = try #require(peer.take().requests.last)
        #expect(try count(fourth) == ("n2", "00000001"))
    }

    @Test(
        "The nonce that a 2xx wants next is proved next, from one; that of a refusal is not believed (RFC 7616 §3.5)",
        arguments: [(StatusCode.ok, "n2", "00000001"), (.busyHere, "n1", "00000002")]
    )
    func nextNonce(status: StatusCode, nonce: String, nonceCount: String) throws {
        var peer = peer()
        _ = peer.send(Peer.outgoing())
        peer.receive(challenge(.unauthorized, to: try #require(peer.take().requests.first)))
        var answer = SIPResponse(status, to: try #require(peer.take().requests.last), toTag: "t")
        answer.headers.append(.authenticationInfo, "nextnonce=\"n2\"")
        peer.receive(.response(answer))
        _ = peer.take()
        _ = peer.send(Peer.outgoing(callID: "next@192.0.2.1"))
        let credentials = try #require(try peer.take().requests.first?.headers.authorizations().first)
        #expect(credentials.nonce == nonce)
        #expect(credentials.parameters["nc"] == nonceCount)
    }

    private func count(_ request: SIPRequest) throws -> (String?, String?) {
        let text = try #require(request.headers.first(.proxyAuthorization))
        let credentials = try DigestCredentials(parsing: text, field: .proxyAuthorization)
        return (credentials.nonce, credentials.parameters["nc"])
    }

    @Test("A challenge with the nonce that was just proved, and not stale: nothing is sent again")
    func sameNonce() throws {
        var peer = peer()
        _ = peer.send(Peer.outgoing())
        peer.receive(challenge(to: try #require(peer.take().requests.first)))
        peer.receive(Peer.response(.busyHere, to: try #require(peer.take().requests.last)))
        _ = peer.take()
        _ = peer.send(Peer.outgoing(callID: "next@192.0.2.1"))
        peer.receive(challenge(to: try #require(peer.take().requests.first)))
        #expect(peer.take().events.map(\.label) == ["response 407"])
    }

    @Test("Another realm, and another peer, get no credentials")
    func others() throws {
        var peer = peer()
        _ = peer.send(Peer.outgoing())
        peer.receive(challenge(to: try #require(peer.take().requests.first), realm: "elsewhere"))
        #expect(peer.take().events.map(\.label) == ["response 407"])
        peer.endpoint.setAccounts([], of: "192.0.2.9")
        peer.endpoint.setAccounts([Self.account], of: "192.0.2.77")
        _ = peer.send(Peer.outgoing(callID: "next@192.0.2.1"))
        peer.receive(challenge(to: try #require(peer.take().requests.first)))
        #expect(peer.take().events.map(\.label) == ["response 407"])
    }

    @Test("BYE is challenged: it goes out again with the dialog's next CSeq, and the dialog ends")
    func bye() throws {
        var peer = peer()
        _ = peer.send(Peer.outgoing())
        peer.receive(Peer.response(.ok, to: try #require(peer.take().requests.first)))
        guard case .response(_, _, let dialog?)? = peer.take().events.first else { return }
        peer.acknowledge(dialog)
        _ = peer.take()
        _ = peer.send(.bye, in: dialog)
        let first = try #require(peer.take().requests.first)
        peer.receive(challenge(.unauthorized, to: first, tag: "bob"))
        let second = try #require(peer.take().requests.first)
        #expect(second.method == .bye)
        #expect(try second.headers.cSeq().number == first.headers.cSeq().number + 1)
        #expect(second.headers.contains(.authorization))
        #expect(peer.endpoint.counts.dialogs == 1)
        peer.receive(Peer.response(.ok, to: second))
        #expect(peer.endpoint.counts.dialogs == 0)
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("An INVITE that was given up is not sent again")
    func cancelled() throws {
        var peer = peer()
        let id = peer.send(Peer.outgoing())
        let first = try #require(peer.take().requests.first)
        peer.cancel(id)
        peer.receive(challenge(to: first))
        let out = peer.take()
        #expect(out.methods == ["ACK"])
        #expect(out.events.map(\.label) == ["response 407"])
    }
}
