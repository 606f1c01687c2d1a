import SIP
import Testing
import Timing

@Suite("Session timers (RFC 4028)")
struct SessionTimerTests {
    @Test("An interval below Min-SE gets 422 with ours, if the peer knows what that is (§9)")
    func tooSmall() throws {
        var peer = Peer()
        try peer.receive(Peer.invite(extra: "Supported: timer\nSession-Expires: 60"))
        let out = peer.take()
        #expect(out.statuses == [422])
        #expect(out.responses.first?.headers.first(.minSE) == "90")
        #expect(out.events.isEmpty)
        try peer.receive(Peer.invite(branch: "z9hG4bKb", cSeq: 2, extra: "Session-Expires: 60"))
        #expect(peer.take().events.map(\.label) == ["request INVITE"])
    }

    @Test(
        "The 2xx names interval and refresher (§9, table 2)",
        arguments: [
            ("Supported: timer\nSession-Expires: 600;refresher=uas", "600;refresher=uas", false),
            ("Supported: timer\nSession-Expires: 600;refresher=uac", "600;refresher=uac", true),
            ("Supported: timer\nSession-Expires: 600", "600;refresher=uac", true),
            ("Supported: timer\nSession-Expires: 9000", "1800;refresher=uac", true),
            ("Supported: timer\nSession-Expires: 9000\nMin-SE: 4000", "4000;refresher=uac", true),
            ("Supported: timer", "1800;refresher=uac", true),
            ("Session-Expires: 600", "600;refresher=uas", false),
        ]
    )
    func agreed(_ fields: String, _ expected: String, _ requiresTimer: Bool) throws {
        var peer = Peer()
        let response = try peer.answered(fields).response
        #expect(response.headers.first(.sessionExpires) == expected)
        #expect(response.headers.lists("timer", in: .require) == requiresTimer)
    }

    @Test("Nobody asked: no timer")
    func none() throws {
        var peer = Peer()
        let response = try peer.answered("Subject: x").response
        #expect(!response.headers.contains(.sessionExpires))
        peer.advance(by: .seconds(10_000))
        #expect(peer.take().isEmpty)
    }

    @Test("As refresher: UPDATE after half of the interval, and its 2xx starts the next one (§7.4)")
    func refresh() throws {
        var peer = Peer()
        _ = try peer.answered("Supported: timer\nSession-Expires: 100;refresher=uas\nAllow: INVITE, BYE, UPDATE")
        for _ in 0..<3 {
            peer.advance(by: .seconds(50))
            let out = peer.take()
            #expect(out.methods == ["UPDATE"])
            #expect(out.events.isEmpty)
            let update = try #require(out.requests.first)
            #expect(update.headers.first(.sessionExpires) == "100;refresher=uac")
            guard case .response(var response) = Peer.response(.ok, to: update) else { return }
            response.headers.append(.sessionExpires, "100;refresher=uac")
            peer.receive(.response(response))
            #expect(peer.take().isEmpty)
        }
        #expect(peer.endpoint.counts.dialogs == 1)
    }

    @Test("A peer without UPDATE: the user is told; a refresh refused for the moment comes again after 10 s")
    func reinvite() throws {
        var peer = Peer()
        let dialog = try peer.answered("Supported: timer\nSession-Expires: 100;refresher=uas\nAllow: INVITE").dialog
        peer.advance(by: .seconds(50))
        #expect(peer.take().events.map(\.label) == ["refresh due"])
        _ = peer.endpoint.send(.invite, in: dialog, .description, at: peer.now, into: &peer.pending)
        let invite = try #require(peer.take().requests.first)
        peer.receive(Peer.response(.requestPending, to: invite))
        _ = peer.take()
        peer.advance(by: .seconds(10))
        #expect(peer.take().events.map(\.label) == ["refresh due"])
    }

    @Test("The peer does not refresh: BYE before the interval is over (§10)")
    func expiry() throws {
        var peer = Peer()
        _ = try peer.answered("Supported: timer\nSession-Expires: 90;refresher=uac")
        peer.advance(by: .seconds(59))
        #expect(peer.take().isEmpty)
        peer.advance(by: .seconds(2))
        let out = peer.take()
        #expect(Set(out.methods) == ["BYE"])
        #expect(out.events.map(\.label) == ["session expired"])
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("The peer's UPDATE keeps the session")
    func refreshedByPeer() throws {
        var peer = Peer()
        let dialog = try peer.answered("Supported: timer\nSession-Expires: 90;refresher=uac").dialog
        peer.advance(by: .seconds(45))
        try peer.receive(
            Peer.invite(
                branch: "z9hG4bKu", cSeq: 2, toTag: dialog.localTag, method: "UPDATE",
                extra: "Supported: timer\nSession-Expires: 90;refresher=uac"))
        guard case .dialogRequest(let id, _, _)? = peer.take().events.first else { throw SIPParseError(.missing) }
        _ = peer.respond(id, .ok)
        #expect(peer.take().responses.first?.headers.first(.sessionExpires) == "90;refresher=uac")
        peer.advance(by: .seconds(50))
        #expect(peer.take().isEmpty)
    }

    @Test("As caller: asks for a timer, refreshes unless the peer does, and also a peer that knows no timers (§7.2)")
    func client() throws {
        var peer = Peer()
        _ = peer.endpoint.send(
            Peer.outgoing(), to: Peer.hop, sessionTimer: .own, at: peer.now, into: &peer.pending)
        let invite = try #require(peer.take().requests.first)
        #expect(invite.headers.first(.sessionExpires) == "1800")
        #expect(invite.headers.lists("timer", in: .supported))
        guard case .response(var response) = Peer.response(.ok, to: invite) else { return }
        response.headers.append(.allow, "INVITE, UPDATE")
        peer.receive(.response(response))
        guard case .response(_, _, let dialog?)? = peer.take().events.first else { throw SIPParseError(.missing) }
        peer.acknowledge(dialog)
        _ = peer.take()
        peer.advance(by: .seconds(901))
        #expect(peer.take().methods.first == "UPDATE")
    }

    @Test("Calls that end long before their timer leave no deadlines behind")
    func deadlines() throws {
        var peer = Peer()
        for call in 0..<2_000 {
            let text = Peer.invite(branch: "z9hG4bK\(call)", extra: "Supported: timer")
                .replacing("call@", with: "call\(call)@")
            try peer.receive(text)
            guard case .request(let id, _, _)? = peer.take().events.first else { throw SIPParseError(.missing) }
            _ = peer.respond(id, .ok)
            let dialog = try #require(peer.endpoint.dialogOfServer(id))
            let ack = Peer.invite(
                branch: "z9hG4bKack\(call)", toTag: dialog.localTag, method: "ACK", cSeqMethod: "ACK")
            try peer.receive(ack.replacing("call@", with: "call\(call)@"))
            // Nothing but the session timer is due in the dialog now.
            peer.advance(by: .seconds(1))
            #expect(peer.endpoint.dialog(dialog) != nil)
            peer.endpoint.discard(dialog, at: peer.now, into: &peer.pending)
            _ = peer.take()
        }
        #expect(peer.endpoint.deadlineCount < 1_000)
    }

    @Test("A carried timer wakes nobody to refresh, and ends the call when refreshes stop")
    func carried() throws {
        var peer = Peer()
        try peer.receive(Peer.invite(extra: "Supported: timer\nSession-Expires: 90"))
        guard case .request(let id, _, _)? = peer.take().events.first else { throw SIPParseError(.missing) }
        var content = MessageContent(sessionTimer: .carried)
        content.headers.append(.sessionExpires, "90;refresher=uas")
        _ = peer.endpoint.respond(id, .ok, content, at: peer.now, into: &peer.pending)
        let dialog = try #require(peer.endpoint.dialogOfServer(id))
        try peer.receive(Peer.invite(branch: "z9hG4bKack", toTag: dialog.localTag, method: "ACK"))
        _ = peer.take()
        peer.advance(by: .seconds(55))
        #expect(peer.take().isEmpty)
        peer.advance(by: .seconds(10))
        #expect(peer.take().events.map(\.label) == ["session expired"])
    }

    @Test(
        "An interval below 90 s in a 2xx counts as 90 s (§4, §5): as refresher, watching, and carried",
        arguments: ["0", "1;refresher=uac", "1;refresher=uas", "89"], [SessionTimerHandling.own, .carried])
    func tooShortAgreed(_ agreed: String, _ handling: SessionTimerHandling) throws {
        var peer = Peer()
        _ = peer.endpoint.send(Peer.outgoing(), to: Peer.hop, sessionTimer: handling, at: peer.now, into: &peer.pending)
        guard case .response(var response) = Peer.response(.ok, to: try #require(peer.take().requests.first)) else {
            return
        }
        response.headers.append(.allow, "INVITE, UPDATE")
        response.headers.append(.sessionExpires, agreed)
        peer.receive(.response(response))
        guard case .response(_, _, let dialog?)? = peer.take().events.first else { throw SIPParseError(.missing) }
        peer.acknowledge(dialog)
        _ = peer.take()
        let refreshes = handling == .own && !agreed.hasSuffix("uas")
        peer.advance(by: .seconds(44))
        #expect(peer.take().isEmpty)
        peer.advance(by: .seconds(2))
        #expect(peer.take().methods.first == (refreshes ? "UPDATE" : nil))
        peer.advance(by: .seconds(13))
        #expect(peer.take().events.isEmpty)
        #expect(peer.endpoint.counts.dialogs == 1)
    }

    @Test("The same for a 2xx of ours that another dialog has agreed on")
    func tooShortCarried() throws {
        var peer = Peer()
        try peer.receive(Peer.invite(extra: "Supported: timer"))
        guard case .request(let id, _, _)? = peer.take().events.first else { throw SIPParseError(.missing) }
        var content = MessageContent(sessionTimer: .carried)
        content.headers.append(.sessionExpires, "1;refresher=uac")
        _ = peer.endpoint.respond(id, .ok, content, at: peer.now, into: &peer.pending)
        let dialog = try #require(peer.endpoint.dialogOfServer(id))
        try peer.receive(Peer.invite(branch: "z9hG4bKack", toTag: dialog.localTag, method: "ACK"))
        _ = peer.take()
        peer.advance(by: .seconds(59))
        #expect(peer.take().isEmpty)
        peer.advance(by: .seconds(2))
        #expect(peer.take().events.map(\.label) == ["session expired"])
    }
}
