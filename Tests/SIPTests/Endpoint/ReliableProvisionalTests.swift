import SIP
import Testing
import Timing

@Suite("Reliable provisional responses (RFC 3262)")
struct ReliableProvisionalTests {
    private func invited(_ peer: inout Peer) throws -> ServerTransactionID {
        try peer.receive(Peer.invite(extra: "Supported: 100rel"))
        guard case .request(let id, _, _)? = peer.take().events.first else { throw SIPParseError(.missing) }
        return id
    }

    private func prack(_ response: SIPResponse, cSeq: Int = 2, branch: String = "z9hG4bKp") throws -> String {
        let rSeq = try #require(try response.headers.rSeq())
        let tag = try #require(try response.headers.address(.to).tag)
        return Peer.invite(
            branch: branch, cSeq: cSeq, toTag: tag, method: "PRACK", extra: "RAck: \(rSeq.number) 1 INVITE")
    }

    @Test("Repeated with doubling intervals until the PRACK; the INVITE gets 504 after 64·T1 without one (§3)")
    func retransmission() throws {
        var peer = Peer()
        let id = try invited(&peer)
        _ = peer.endpoint.respond(id, .ringing, reliably: true, at: peer.now, into: &peer.pending)
        let first = peer.take()
        let response = try #require(first.responses.first)
        #expect(response.headers.lists("100rel", in: .require))
        peer.advance(by: .seconds(31))
        #expect(peer.take().statuses == [180, 180, 180, 180, 180])
        peer.advance(by: .seconds(2))
        let end = peer.take()
        #expect(end.statuses.contains(504))
        #expect(end.events.map(\.label) == ["ended without PRACK"])
        peer.settle()
        #expect(peer.endpoint.counts.dialogs == 0)
    }

    @Test("PRACK reaches the user once and stops the repetition; one for another number gets 481")
    func acknowledged() throws {
        var peer = Peer()
        let id = try invited(&peer)
        _ = peer.endpoint.respond(id, .ringing, reliably: true, at: peer.now, into: &peer.pending)
        let response = try #require(peer.take().responses.first)
        let good = try prack(response)
        let number = try #require(try response.headers.rSeq()).number
        try peer.receive(good.replacing("RAck: \(number) ", with: "RAck: \(number &+ 1) "))
        #expect(peer.take().statuses == [481])
        try peer.receive(try prack(response, cSeq: 3, branch: "z9hG4bKq"))
        let taken = peer.take()
        #expect(taken.events.map(\.label) == ["dialog request PRACK"])
        peer.advance(by: .seconds(3))
        #expect(peer.take().isEmpty)
        try peer.receive(try prack(response, cSeq: 4, branch: "z9hG4bKr"))
        #expect(peer.take().statuses == [481])
    }

    @Test("CANCEL while a 2xx waits for a PRACK: the INVITE gets 487, and the user hears that its call has ended")
    func cancelledWhileHeld() throws {
        var peer = Peer()
        let id = try invited(&peer)
        _ = peer.endpoint.respond(id, .sessionProgress, .description, reliably: true, at: peer.now, into: &peer.pending)
        let isTaken = peer.respond(id, .ok)
        #expect(isTaken)
        _ = peer.take()
        try peer.receive(Peer.invite(method: "CANCEL"))
        let out = peer.take()
        #expect(out.statuses == [200, 487])
        #expect(out.events.map(\.label) == ["cancelled", "lost"])
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("A second one and a 2xx wait for the PRACK of a description, in order, with RSeq one higher")
    func held() throws {
        var peer = Peer()
        let id = try invited(&peer)
        _ = peer.endpoint.respond(id, .sessionProgress, .description, reliably: true, at: peer.now, into: &peer.pending)
        let first = try #require(peer.take().responses.first)
        _ = peer.endpoint.respond(id, .ringing, reliably: true, at: peer.now, into: &peer.pending)
        let accepted = peer.respond(id, .ok)
        #expect(accepted)
        #expect(peer.take().isEmpty)
        try peer.receive(try prack(first))
        guard case .dialogRequest(let firstPRACK, _, _)? = peer.take().events.first else {
            Issue.record("no PRACK")
            return
        }
        _ = peer.respond(firstPRACK, .ok)
        let second = peer.take()
        #expect(second.statuses == [200, 180])
        let ringing = try #require(second.responses.last)
        #expect(try ringing.headers.rSeq()?.number == first.headers.rSeq().map { $0.number + 1 })
        try peer.receive(try prack(ringing, cSeq: 3, branch: "z9hG4bKq"))
        guard case .dialogRequest(let secondPRACK, _, _)? = peer.take().events.first else {
            Issue.record("no second PRACK")
            return
        }
        _ = peer.respond(secondPRACK, .ok)
        #expect(peer.take().responses.map { $0.headers.first(.cSeq) } == ["3 PRACK", "1 INVITE"])
    }

    @Test("A 2xx is kept behind more provisional responses than may wait; nothing is sent after it")
    func manyHeld() throws {
        var peer = Peer()
        let id = try invited(&peer)
        _ = peer.endpoint.respond(id, .sessionProgress, .description, reliably: true, at: peer.now, into: &peer.pending)
        var provisional = try #require(peer.take().responses.first)
        for _ in 0..<17 {
            _ = peer.endpoint.respond(id, .ringing, reliably: true, at: peer.now, into: &peer.pending)
        }
        _ = peer.respond(id, .ok)
        _ = peer.respond(id, .accepted)
        #expect(peer.take().isEmpty)
        var statuses: [Int] = []
        for cSeq in 2..<20 {
            try peer.receive(try prack(provisional, cSeq: cSeq, branch: "z9hG4bK\(cSeq)"))
            guard let request = peer.take().dialogRequests.first else { break }
            _ = peer.respond(request, .ok)
            let out = peer.take().responses.filter { $0.headers.first(.cSeq) == "1 INVITE" }
            statuses += out.map(\.status.rawValue)
            guard let next = out.last, next.isReliableProvisional else { break }
            provisional = next
        }
        #expect(statuses == [Int](repeating: 180, count: 16) + [200])
        peer.advance(by: .seconds(1))
        #expect(Set(peer.take().statuses) == [200])
    }

    @Test("A refusal does not wait, and ends the repetition")
    func refused() throws {
        var peer = Peer()
        let id = try invited(&peer)
        _ = peer.endpoint.respond(id, .sessionProgress, .description, reliably: true, at: peer.now, into: &peer.pending)
        _ = peer.take()
        _ = peer.respond(id, .busyHere)
        #expect(peer.take().statuses == [486])
        peer.advance(by: .seconds(3))
        #expect(Set(peer.take().statuses) == [486])
    }

    @Test("As client: in order once, what is repeated or ahead of its turn is not delivered (§4)")
    func client() throws {
        var peer = Peer()
        _ = peer.send(Peer.outgoing())
        let invite = try #require(peer.take().requests.first)
        func provisional(_ rSeq: Int) -> SIPMessage {
            guard case .response(var response) = Peer.response(.sessionProgress, to: invite) else {
                return Peer.response(.sessionProgress, to: invite)
            }
            response.headers.append(.require, "100rel")
            response.headers.append(.rSeq, String(rSeq))
            return .response(response)
        }
        peer.receive(provisional(7))
        let delivered = peer.take().events
        #expect(delivered.map(\.label) == ["response 183"])
        peer.receive(provisional(7))
        peer.receive(provisional(9))
        #expect(peer.take().events.isEmpty)
        peer.receive(provisional(8))
        #expect(peer.take().events.map(\.label) == ["response 183"])
        guard case .response(_, let response, let dialog?)? = delivered.first else { return }
        let id = peer.endpoint.acknowledgeProvisional(response, in: dialog, at: peer.now, into: &peer.pending)
        #expect(id != nil)
        let prack = try #require(peer.take().requests.first)
        #expect(prack.method == .prack)
        #expect(prack.headers.first(.rAck) == "7 1 INVITE")
        // 481 is about the provisional response, not about the dialog.
        peer.receive(Peer.response(.callDoesNotExist, to: prack))
        #expect(peer.take().events.map(\.label) == ["response 481"])
        #expect(peer.endpoint.counts.dialogs == 1)
    }

    @Test("A PRACK that crosses the 2xx is taken, once; one for another response is not (§3)")
    func crossing() throws {
        var peer = Peer()
        let id = try invited(&peer)
        _ = peer.endpoint.respond(id, .ringing, reliably: true, at: peer.now, into: &peer.pending)
        let ringing = try #require(peer.take().responses.first)
        _ = peer.respond(id, .ok)
        #expect(peer.take().statuses == [200])
        let number = try #require(try ringing.headers.rSeq()).number
        let good = try prack(ringing)
        try peer.receive(good.replacing("RAck: \(number) ", with: "RAck: \(number &+ 1) "))
        #expect(peer.take().statuses == [481])
        try peer.receive(try prack(ringing, cSeq: 3, branch: "z9hG4bKq"))
        let out = peer.take()
        #expect(out.statuses == [200])
        #expect(out.events.isEmpty)
        try peer.receive(try prack(ringing, cSeq: 4, branch: "z9hG4bKr"))
        #expect(peer.take().statuses == [481])
        #expect(peer.endpoint.counts.dialogs == 1)
    }

    @Test("A PRACK that the user does not answer holds the 2xx for 64·T1 and not for ever")
    func unanswered() throws {
        var peer = Peer()
        let id = try invited(&peer)
        _ = peer.endpoint.respond(id, .sessionProgress, .description, reliably: true, at: peer.now, into: &peer.pending)
        let progress = try #require(peer.take().responses.first)
        try peer.receive(try prack(progress))
        _ = peer.respond(id, .ok)
        #expect(peer.take().statuses.isEmpty)
        peer.advance(by: .seconds(33))
        #expect(peer.take().statuses.prefix(2) == [100, 200])
    }

    @Test("A PRACK that nobody answers leaves our offer open: an offer of the peer still gets 491 (RFC 3311 §5.2)")
    func silentPRACK() throws {
        var peer = Peer()
        var request = Peer.outgoing()
        request.headers.append(.contentType, "application/sdp")
        request.body = MessageContent.description.body
        _ = peer.send(request)
        let invite = try #require(peer.take().requests.first)
        guard case .response(var progress) = Peer.response(.sessionProgress, to: invite) else { return }
        progress.headers.append(.require, "100rel")
        progress.headers.append(.rSeq, "7")
        peer.receive(.response(progress))
        guard case .response(_, let response, let dialog?)? = peer.take().events.first else { return }
        _ = peer.endpoint.acknowledgeProvisional(response, in: dialog, at: peer.now, into: &peer.pending)
        peer.advance(by: .seconds(33))
        #expect(peer.take().events.map(\.label) == ["failed timeout"])
        let update = """
            UPDATE sip:alice@192.0.2.1 SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKu
            Max-Forwards: 70
            From: <sip:bob@example.com>;tag=bob
            To: <sip:alice@example.com>;tag=ours
            Call-ID: ours@192.0.2.1
            CSeq: 1 UPDATE
            Contact: <sip:bob@192.0.2.9:5060>
            Content-Type: application/sdp
            Content-Length: 3

            v=0
            """
        try peer.receive(update)
        #expect(peer.take().statuses == [491])
    }
}
