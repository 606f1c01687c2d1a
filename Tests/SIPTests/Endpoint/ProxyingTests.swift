import SIP
import Testing
import Timing

/// Requests that the endpoint forwards as a stateful proxy (RFC 3261 §16): transactions and context together.
@Suite("Endpoint as proxy")
struct ProxyingTests {
    private static let first = "sip:bob@192.0.2.20:5060"
    private static let second = "sip:bob@192.0.2.21:5060"

    private func peer() -> Peer {
        let peer = Peer()
        peer.endpoint.proxySettings = ProxySettings(key: [UInt8](repeating: 9, count: 32))
        return peer
    }

    private func targets(_ groups: [[String]]) throws -> ProxyTargetSet {
        ProxyTargetSet(
            groups: try groups.map { try $0.map { ProxyTarget(uri: try SIPURI(parsing: $0), uriText: $0) } })
    }

    /// An INVITE that is forwarded; what went out.
    private func forwarding(
        _ peer: inout Peer,
        _ groups: [[String]],
        route: String = "Route: <sip:192.0.2.1;lr>\n"
    ) throws -> (ServerTransactionID, [SIPRequest]) {
        try peer.receive(Peer.invite(extra: route + "X-Kept: as it  came"))
        guard case .request(let id, let request, _)? = peer.take().events.first else {
            throw SIPParseError(.malformedStartLine)
        }
        let (now, set) = (peer.now, try targets(groups))
        _ = peer.endpoint.forward(id, request, to: set, at: now, into: &peer.pending)
        return (id, peer.take().requests)
    }

    /// The response of a target, with all the Vias that the request came with.
    private func answer(_ request: SIPRequest, _ status: StatusCode, tag: String) -> SIPMessage {
        var response = SIPResponse(status, to: request, toTag: tag)
        response.headers.append(.contact, "<sip:\(tag)@192.0.2.30>")
        response.headers.copy(.recordRoute, from: request.headers)
        return .response(response)
    }

    @Test("What is forwarded is neither kept alive nor ended by its Expires: that is what the targets do (§13.3.1)")
    func ringing() throws {
        var peer = peer()
        let id = try peer.invited(Peer.invite(extra: "Expires: 100"))
        guard case .request(let request)? = try? SIPMessage(parsing: wire(Peer.invite(extra: "Expires: 100")))
        else { return }
        _ = peer.respond(id, .callIsBeingForwarded)
        let (now, set) = (peer.now, try targets([[Self.first]]))
        _ = peer.endpoint.forward(id, request, to: set, at: now, into: &peer.pending)
        let copy = try #require(peer.take().requests.first)
        peer.receive(answer(copy, .trying, tag: "bob"))
        peer.advance(by: .seconds(80))
        #expect(peer.take().isEmpty)
        peer.receive(answer(copy, .ringing, tag: "bob"))
        #expect(peer.take().statuses == [180])
        peer.advance(by: .seconds(140))
        #expect(peer.take().isEmpty)
    }

    @Test("INVITE, 180, 200, ACK, BYE pass by; nothing of the dialog is kept")
    func call() throws {
        var peer = peer()
        let (_, sent) = try forwarding(&peer, [[Self.first]])
        let copy = try #require(sent.first)
        #expect(copy.requestURI == Self.first)
        #expect(copy.headers.splitValues(.via).count == 2)
        #expect(try copy.headers.maxForwards() == 69)
        #expect(copy.headers.first("X-Kept") == "as it  came")
        #expect(!copy.headers.contains(.route))
        let recorded = try #require(copy.headers.firstValue(.recordRoute))
        peer.receive(answer(copy, .ringing, tag: "bob"))
        peer.receive(answer(copy, .ok, tag: "bob"))
        let out = peer.take()
        #expect(out.statuses == [180, 200])
        #expect(out.events.map(\.label) == ["forwarded 200"])
        let ok = try #require(out.responses.last)
        #expect(ok.headers.splitValues(.via).count == 1)
        #expect(try ok.headers.address(.to).tag == "bob")
        #expect(peer.endpoint.counts.dialogs == 0)
        // RFC 6026: a repeated 2xx goes up again though the context has ended.
        peer.receive(answer(copy, .ok, tag: "bob"))
        #expect(peer.take().statuses == [200])

        func inDialog(_ method: String, _ cSeq: Int) -> String {
            Peer.invite(
                branch: "z9hG4bK\(method)", cSeq: cSeq, toTag: "bob", method: method, extra: "Route: \(recorded)"
            )
            .replacing("sip:bob@192.0.2.1 ", with: "sip:bob@192.0.2.30 ")
        }
        try peer.receive(inDialog("ACK", 1))
        let ack = try #require(peer.take().requests.first)
        #expect(ack.method == .ack)
        #expect(ack.requestURI == "sip:bob@192.0.2.30")
        #expect(!ack.headers.contains(.route))
        #expect(ack.headers.splitValues(.via).count == 2)
        try peer.receive(inDialog("BYE", 2))
        let bye = try #require(peer.take().requests.first)
        #expect(bye.method == .bye)
        peer.receive(answer(bye, .ok, tag: "bob"))
        #expect(peer.take().statuses == [200])
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test(
        "Without the token of a call that was forwarded, a request in an unknown dialog is 481 and its ACK is dropped")
    func stranger() throws {
        var peer = peer()
        let route = "Route: <sip:p0123456789abcdef@192.0.2.1;lr>"
        try peer.receive(Peer.invite(branch: "z9hG4bKx", cSeq: 2, toTag: "bob", method: "BYE", extra: route))
        #expect(peer.take().statuses == [481])
        try peer.receive(Peer.invite(branch: "z9hG4bKy", toTag: "bob", method: "ACK", extra: route))
        #expect(peer.take().isEmpty)
    }

    @Test("Two targets together: one answers, the other gets CANCEL")
    func parallel() throws {
        var peer = peer()
        let (_, sent) = try forwarding(&peer, [[Self.first, Self.second]])
        #expect(sent.count == 2)
        for request in sent { peer.receive(answer(request, .ringing, tag: request.requestURI)) }
        #expect(peer.take().statuses == [180, 180])
        peer.receive(answer(sent[1], .ok, tag: "b"))
        let out = peer.take()
        #expect(out.statuses == [200])
        #expect(out.methods == ["CANCEL"])
        #expect(out.requests.first?.requestURI == Self.first)
        #expect(try out.requests.first?.headers.topVia().branch == sent[0].headers.topVia().branch)
        // RFC 3326 §2: or the telephone shows a missed call.
        #expect(try out.requests.first?.headers.reasons().map(\.cause) == [200])
        peer.receive(answer(sent[0], .requestTerminated, tag: "a"))
        let end = peer.take()
        #expect(end.methods == ["ACK"])
        #expect(end.statuses.isEmpty)
        #expect(end.events.map(\.label) == ["forwarded 200"])
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("One after another: 486 of the first goes no further, the second answers")
    func serial() throws {
        var peer = peer()
        let (_, sent) = try forwarding(&peer, [[Self.first], [Self.second]])
        #expect(sent.map(\.requestURI) == [Self.first])
        peer.receive(answer(sent[0], .busyHere, tag: "a"))
        let out = peer.take()
        #expect(out.methods == ["ACK", "INVITE"])
        #expect(out.statuses.isEmpty)
        let next = try #require(out.requests.last)
        #expect(next.requestURI == Self.second)
        peer.receive(answer(next, .ok, tag: "b"))
        #expect(peer.take().statuses == [200])
    }

    @Test("A target that is silent, or cannot be reached, makes way for the next one")
    func silent() throws {
        var peer = peer()
        let (_, sent) = try forwarding(&peer, [[Self.first], [Self.second]])
        #expect(sent.count == 1)
        peer.advance(by: .seconds(33))
        let next = peer.take().requests.filter { $0.requestURI == Self.second }
        #expect(next.isEmpty == false)
        peer.advance(by: .seconds(40))
        #expect(peer.take().statuses.last == 408)
    }

    @Test("CANCEL: 200 for it, CANCEL to the target, whose 487 goes up; the user is not asked")
    func cancel() throws {
        var peer = peer()
        let (_, sent) = try forwarding(&peer, [[Self.first]])
        peer.receive(answer(sent[0], .ringing, tag: "a"))
        _ = peer.take()
        let reason = "SIP;cause=200;text=\"Call completed elsewhere\""
        try peer.receive(Peer.invite(method: "CANCEL", extra: "Reason: \(reason)"))
        let out = peer.take()
        #expect(out.statuses == [200])
        #expect(out.methods == ["CANCEL"])
        #expect(out.requests.first?.headers.splitValues(.reason) == [reason])
        peer.receive(answer(sent[0], .requestTerminated, tag: "a"))
        let end = peer.take()
        #expect(end.statuses == [487])
        #expect(end.methods == ["ACK"])
        #expect(end.events.map(\.label) == ["forwarded 487"])
    }

    @Test(
        "A request of ours that comes straight back is 482; one that was retargeted meanwhile is a spiral and goes on")
    func loop() throws {
        var peer = peer()
        let (_, sent) = try forwarding(&peer, [["sip:bob@192.0.2.1"]], route: "")
        var back = try #require(sent.first)
        peer.receive(.request(back))
        guard case .request(let id, let request, _)? = peer.take().events.first else {
            Issue.record("refused as merged")
            return
        }
        let (now, set) = (peer.now, try targets([[Self.first]]))
        _ = peer.endpoint.forward(id, request, to: set, at: now, into: &peer.pending)
        let out = peer.take()
        #expect(out.statuses == [482])
        #expect(out.events.map(\.label) == ["forwarded 482"])
        back.requestURI = "sip:carol@192.0.2.1"
        back.headers.replaceTopValue(.via, with: "SIP/2.0/UDP 192.0.2.40;branch=z9hG4bKspiral")
        back.headers.prepend(.via, try #require(sent.first?.headers.firstValue(.via)))
        back.headers.prepend(.via, "SIP/2.0/UDP 192.0.2.41;branch=z9hG4bKback")
        peer.receive(.request(back))
        guard case .request(let spiral, let turned, _)? = peer.take().events.first else {
            Issue.record("refused as merged")
            return
        }
        _ = peer.endpoint.forward(spiral, turned, to: set, at: now, into: &peer.pending)
        #expect(peer.take().methods == ["INVITE"])
    }

    @Test("No hop is left: 483, and nobody hears of it")
    func tooManyHops() throws {
        var peer = peer()
        try peer.receive(Peer.invite().replacing("Max-Forwards: 70", with: "Max-Forwards: 0"))
        guard case .request(let id, let request, _)? = peer.take().events.first else { return }
        let (now, set) = (peer.now, try targets([[Self.first]]))
        _ = peer.endpoint.forward(id, request, to: set, at: now, into: &peer.pending)
        let out = peer.take()
        #expect(out.statuses == [483])
        #expect(out.methods.isEmpty)
    }

    @Test("Timer C: a target that rings for ever is cancelled, and the INVITE is 408")
    func timerC() throws {
        var peer = peer()
        let (_, sent) = try forwarding(&peer, [[Self.first]])
        peer.receive(answer(sent[0], .ringing, tag: "a"))
        _ = peer.take()
        peer.advance(by: .seconds(199))
        #expect(peer.take().isEmpty)
        peer.advance(by: .seconds(2))
        #expect(peer.take().methods.first == "CANCEL")
        peer.receive(answer(sent[0], .requestTerminated, tag: "a"))
        #expect(peer.take().statuses == [408])
    }

    @Test("A response with our Via alone is nobody's")
    func onlyOurVia() throws {
        var peer = peer()
        let (_, sent) = try forwarding(&peer, [[Self.first]])
        guard var response = answer(sent[0], .ok, tag: "a").asResponse else { return }
        let top = try #require(response.headers.firstValue(.via))
        response.headers.set(.via, top)
        peer.receive(.response(response))
        #expect(peer.take().isEmpty)
    }

    @Test("503 or nothing from one server of a name: the copy goes to another, and nobody hears of it (RFC 3263 §4.3)")
    func failover() throws {
        var peer = peer()
        peer.otherServers = 2
        let (_, sent) = try forwarding(&peer, [[Self.first]])
        peer.receive(answer(sent[0], .serviceUnavailable, tag: "a"))
        let out = peer.take()
        #expect(out.methods == ["ACK", "INVITE"])
        #expect(out.statuses.isEmpty)
        let second = try #require(out.requests.last)
        #expect(second.requestURI == Self.first)
        #expect(second.headers.splitValues(.via).count == 2)
        let branches = try [sent[0], second].map { try #require(try $0.headers.topVia().branch) }
        #expect(branches[0] != branches[1])
        // What finds loops is in both.
        #expect(branches[0].suffix(17) == branches[1].suffix(17))
        peer.advance(by: .seconds(33))
        let third = try #require(peer.take().requests.last)
        #expect(try third.headers.topVia().branch != branches[1])
        peer.receive(answer(third, .ok, tag: "b"))
        #expect(peer.take().statuses == [200])
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("No other server: what the caller gets says nothing of us (§16.7 step 6)")
    func noOtherServer() throws {
        var peer = peer()
        let (_, sent) = try forwarding(&peer, [[Self.first]])
        peer.receive(answer(sent[0], .serviceUnavailable, tag: "a"))
        let out = peer.take()
        #expect(out.methods == ["ACK"])
        #expect(out.statuses == [500])
    }

    @Test("A server that says no has served the call: it goes to no other one")
    func refused() throws {
        var peer = peer()
        peer.otherServers = 1
        let (_, sent) = try forwarding(&peer, [[Self.first]])
        peer.receive(answer(sent[0], .busyHere, tag: "a"))
        let out = peer.take()
        #expect(out.methods == ["ACK"])
        #expect(out.statuses == [486])
    }

    @Test("A request other than INVITE that met silence goes nowhere else: its sender has given it up")
    func silentMessage() throws {
        var peer = peer()
        peer.otherServers = 1
        let id = try peer.invited(Peer.invite(method: "MESSAGE", extra: "Route: <sip:192.0.2.1;lr>"))
        guard case .request(let request)? = try? SIPMessage(parsing: wire(Peer.invite(method: "MESSAGE"))) else {
            return
        }
        let (now, set) = (peer.now, try targets([[Self.first]]))
        _ = peer.endpoint.forward(id, request, to: set, at: now, into: &peer.pending)
        let branch = try #require(try peer.take().requests.first?.headers.topVia().branch)
        peer.advance(by: .seconds(70))
        let branches = try peer.take().requests.map { try $0.headers.topVia().branch }
        #expect(!branches.isEmpty && branches.allSatisfy { $0 == branch })
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("What rings on behind the answer, since the caller wants it so, goes to no other server")
    func answeredFailover() throws {
        var peer = peer()
        peer.otherServers = 1
        let wish = "Route: <sip:192.0.2.1;lr>\nRequest-Disposition: no-cancel\n"
        let (_, sent) = try forwarding(&peer, [[Self.first, Self.second]], route: wish)
        peer.receive(answer(sent[0], .ok, tag: "a"))
        _ = peer.take()
        peer.receive(answer(sent[1], .serviceUnavailable, tag: "b"))
        #expect(peer.take().methods == ["ACK"])
    }

    @Test("A call that was given up goes to no other server")
    func cancelledFailover() throws {
        var peer = peer()
        peer.otherServers = 1
        let (_, sent) = try forwarding(&peer, [[Self.first]])
        peer.receive(answer(sent[0], .ringing, tag: "a"))
        try peer.receive(Peer.invite(method: "CANCEL"))
        _ = peer.take()
        peer.receive(answer(sent[0], .serviceUnavailable, tag: "a"))
        let out = peer.take()
        #expect(out.methods == ["ACK"])
        #expect(out.statuses == [500])
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("CANCEL goes to the server that has the call now")
    func cancelBehindFailover() throws {
        var peer = peer()
        peer.otherServers = 1
        let (_, sent) = try forwarding(&peer, [[Self.first]])
        peer.receive(answer(sent[0], .serviceUnavailable, tag: "a"))
        let second = try #require(peer.take().requests.last)
        peer.receive(answer(second, .ringing, tag: "b"))
        _ = peer.take()
        try peer.receive(Peer.invite(method: "CANCEL"))
        let out = peer.take()
        #expect(out.methods == ["CANCEL"])
        #expect(try out.requests.first?.headers.topVia().branch == second.headers.topVia().branch)
    }
}
