import SIP
import Testing
import Timing

@Suite("A refresh that is refused for its interval (RFC 4028 §7.3, §7.4)")
struct SessionIntervalTests {
    /// A call of the peer that we refresh after 50 s.
    private func answered(_ peer: inout Peer, allow: String = "INVITE, BYE, UPDATE") throws -> DialogID {
        let dialog = try peer.answered("Supported: timer\nSession-Expires: 100;refresher=uas\nAllow: \(allow)").dialog
        peer.advance(by: .seconds(50))
        return dialog
    }

    /// The peer refuses a request of ours.
    private func refuse(_ request: SIPRequest, _ peer: inout Peer, minSE: Int?) {
        guard case .response(var response) = Peer.response(.sessionIntervalTooSmall, to: request) else { return }
        if let minSE { response.headers.append(.minSE, String(minSE)) }
        peer.receive(.response(response))
    }

    @Test("UPDATE comes again at once with the interval of Min-SE, which its 2xx starts")
    func update() throws {
        var peer = Peer()
        _ = try answered(&peer)
        let first = try #require(peer.take().requests.first)
        refuse(first, &peer, minSE: 600)
        let out = peer.take()
        #expect(out.methods == ["UPDATE"])
        #expect(out.events.isEmpty)
        let second = try #require(out.requests.first)
        #expect(second.headers.first(.sessionExpires) == "600;refresher=uac")
        #expect(second.headers.splitValues(.minSE) == ["600"])
        #expect(second.headers.splitValues(.via).count == 1)
        #expect(try second.headers.cSeq().number == first.headers.cSeq().number + 1)
        #expect(try second.headers.topVia().branch != first.headers.topVia().branch)
        guard case .response(var response) = Peer.response(.ok, to: second) else { return }
        response.headers.append(.sessionExpires, "600;refresher=uac")
        peer.receive(.response(response))
        peer.advance(by: .seconds(299))
        #expect(peer.take().isEmpty)
        peer.advance(by: .seconds(2))
        #expect(peer.take().methods.first == "UPDATE")
    }

    @Test("A re-INVITE as well, behind its ACK; its user sees one transaction")
    func reinvite() throws {
        var peer = Peer()
        let dialog = try answered(&peer, allow: "INVITE")
        _ = peer.take()
        let id = peer.endpoint.send(.invite, in: dialog, .description, at: peer.now, into: &peer.pending)
        let first = try #require(peer.take().requests.first)
        refuse(first, &peer, minSE: 200)
        let out = peer.take()
        #expect(out.methods == ["ACK", "INVITE"])
        #expect(out.events.isEmpty)
        let second = try #require(out.requests.last)
        #expect(second.body == first.body)
        #expect(second.headers.first(.sessionExpires) == "200;refresher=uac")
        peer.receive(Peer.response(.ok, to: second))
        guard case .response(let answered, _, dialog)? = peer.take().events.first else { throw SIPParseError(.missing) }
        #expect(answered == id)
        peer.acknowledge(dialog)
        #expect(try peer.take().requests.first?.headers.cSeq().number == second.headers.cSeq().number)
    }

    @Test("The interval grows four times at most; the refusal stands then, and 10 s later it is tried anew")
    func bounded() throws {
        var peer = Peer()
        _ = try answered(&peer)
        var request = try #require(peer.take().requests.first)
        for interval in [200, 300, 400, 500] {
            refuse(request, &peer, minSE: interval)
            request = try #require(peer.take().requests.first)
            #expect(request.headers.first(.sessionExpires) == "\(interval);refresher=uac")
        }
        refuse(request, &peer, minSE: 600)
        #expect(peer.take().isEmpty)
        peer.advance(by: .seconds(11))
        request = try #require(peer.take().requests.first)
        #expect(request.headers.first(.sessionExpires) == "100;refresher=uac")
    }

    @Test("422 that asks for no more than it was given is a refusal as any other", arguments: [nil, 0, 90, 100])
    func pointless(_ minSE: Int?) throws {
        var peer = Peer()
        _ = try answered(&peer)
        refuse(try #require(peer.take().requests.first), &peer, minSE: minSE)
        #expect(peer.take().isEmpty)
        peer.advance(by: .seconds(11))
        #expect(peer.take().methods.first == "UPDATE")
    }

    @Test("Where the timer goes through us, the 422 does too")
    func carried() throws {
        var peer = Peer()
        let dialog = try answered(&peer, allow: "INVITE")
        _ = peer.take()
        var content = MessageContent(sessionTimer: .carried)
        content.headers.append(.sessionExpires, "100")
        _ = peer.endpoint.send(.update, in: dialog, content, at: peer.now, into: &peer.pending)
        refuse(try #require(peer.take().requests.first), &peer, minSE: 600)
        let out = peer.take()
        #expect(out.events.map(\.label) == ["response 422"])
        #expect(out.requests.isEmpty)
    }

    @Test("No refresh asks for less than the Min-SE that it names, whatever the peer's 2xx said")
    func ownMinimum() throws {
        var peer = Peer()
        peer.endpoint.configuration.sessionTimers = SessionTimerPolicy(minimum: .seconds(300))
        _ = peer.endpoint.send(Peer.outgoing(), to: Peer.hop, sessionTimer: .own, at: peer.now, into: &peer.pending)
        let invite = try #require(peer.take().requests.first)
        guard case .response(var response) = Peer.response(.ok, to: invite) else { return }
        response.headers.append(.allow, "INVITE, UPDATE")
        response.headers.append(.sessionExpires, "100;refresher=uac")
        peer.receive(.response(response))
        guard case .response(_, _, let dialog?)? = peer.take().events.first else { throw SIPParseError(.missing) }
        peer.acknowledge(dialog)
        _ = peer.take()
        peer.advance(by: .seconds(50))
        let update = try #require(peer.take().requests.first)
        #expect(update.headers.first(.sessionExpires) == "300;refresher=uac")
        #expect(update.headers.first(.minSE) == "300")
    }
}
