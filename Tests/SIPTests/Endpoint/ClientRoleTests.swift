import SIP
import Testing
import Timing

/// What we ask of the peer.
@Suite("Endpoint as client")
struct ClientRoleTests {
    /// Our INVITE as it left, and its transaction.
    private func inviting(_ peer: inout Peer) throws -> (id: ClientTransactionID, sent: SIPRequest) {
        let id = peer.send(Peer.outgoing())
        return (id, try #require(peer.take().requests.first))
    }

    private func madeDialog(_ out: [SIPEndpoint.Output]) -> DialogID? {
        for case .response(_, _, let dialog?) in out.events { return dialog }
        return nil
    }

    /// A call that the peer has answered and we have acknowledged.
    private func answered(_ peer: inout Peer) throws -> (dialog: DialogID, invite: SIPRequest) {
        let (_, sent) = try inviting(&peer)
        peer.receive(Peer.response(.ok, to: sent))
        let dialog = try #require(self.madeDialog(peer.take()))
        peer.acknowledge(dialog)
        #expect(peer.take().methods == ["ACK"])
        return (dialog, sent)
    }

    @Test("INVITE, 180, 200, ACK, BYE; the 2xx that comes again gets the same ACK and no event")
    func basicCall() throws {
        var peer = Peer()
        let (_, sent) = try inviting(&peer)
        #expect(try sent.headers.topVia().branch?.hasPrefix(Via.magicCookie) == true)
        peer.receive(Peer.response(.ringing, to: sent))
        #expect(peer.take().events.map(\.label) == ["response 180"])
        peer.advance(by: .seconds(60))
        #expect(peer.take().isEmpty)
        var answer = Peer.response(.ok, to: sent, contact: "<sip:bob@192.0.2.8:5066>").asResponse!
        answer.headers.append(.recordRoute, "<sip:192.0.2.7;lr>, <sip:192.0.2.6;lr>")
        peer.receive(.response(answer))
        let dialog = try #require(self.madeDialog(peer.take()))
        peer.receive(.response(answer))
        #expect(peer.take().isEmpty)
        peer.acknowledge(dialog)
        let out = peer.take()
        let ack = try #require(out.requests.first)
        #expect(ack.requestURI == "sip:bob@192.0.2.8:5066")
        #expect(ack.headers.splitValues(.route) == ["<sip:192.0.2.6;lr>", "<sip:192.0.2.7;lr>"])
        #expect(out.first?.destination == .hop(Hop(transport: .udp, host: "192.0.2.6", port: 5_060)))
        #expect(try ack.headers.cSeq() == CSeq(number: 1, method: .ack))
        #expect(try ack.headers.topVia().branch != sent.headers.topVia().branch)
        peer.receive(.response(answer))
        #expect(peer.take().requests == [ack])
        _ = peer.send(.bye, in: dialog)
        let bye = try #require(peer.take().requests.first)
        #expect(try bye.headers.cSeq() == CSeq(number: 2, method: .bye))
        peer.receive(Peer.response(.ok, to: bye))
        #expect(peer.take().events.map(\.label) == ["response 200"])
        #expect(peer.endpoint.counts.dialogs == 0)
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
        #expect(peer.endpoint.nextTimeout == nil)
    }

    @Test("A strict router goes into the Request-URI, the target to the end of the route (§12.2.1.1)")
    func strictRouter() throws {
        var peer = Peer()
        let (_, sent) = try inviting(&peer)
        var answer = Peer.response(.ok, to: sent).asResponse!
        answer.headers.append(.recordRoute, "<sip:192.0.2.7;lr>, <sip:192.0.2.6>")
        peer.receive(.response(answer))
        peer.acknowledge(try #require(self.madeDialog(peer.take())))
        let ack = try #require(peer.take().requests.first)
        #expect(ack.requestURI == "sip:192.0.2.6")
        #expect(ack.headers.splitValues(.route) == ["<sip:192.0.2.7;lr>", "<sip:bob@192.0.2.9:5060>"])
    }

    @Test("A refusal is acknowledged on the INVITE's branch and its early dialogs end at once (§17.1.1.3, §13.2.2.3)")
    func refusal() throws {
        var peer = Peer()
        let (_, sent) = try inviting(&peer)
        for tag in ["a", "b"] { peer.receive(Peer.response(.ringing, to: sent, tag: tag)) }
        #expect(peer.endpoint.counts.dialogs == 2)
        _ = peer.take()
        let busy = Peer.response(.busyHere, to: sent, tag: "c", contact: nil)
        peer.receive(busy)
        peer.receive(busy)
        let out = peer.take()
        #expect(out.methods == ["ACK", "ACK"])
        #expect(out.events.map(\.label) == ["response 486"])
        let ack = try #require(out.requests.first)
        #expect(try ack.headers.topVia() == sent.headers.topVia())
        #expect(try ack.headers.address(.to).tag == "c")
        #expect(ack.requestURI == sent.requestURI)
        #expect(peer.endpoint.counts.dialogs == 0)
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("Timer B: failed, early dialogs and all state gone")
    func timeout() throws {
        var peer = Peer()
        _ = try inviting(&peer)
        peer.settle()
        #expect(peer.take().events.map(\.label) == ["failed timeout"])
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("CANCEL waits for the first provisional, repeats the INVITE's identity, and 487 ends it (§9.1)")
    func cancel() throws {
        var peer = Peer()
        let (id, sent) = try inviting(&peer)
        let reason = "SIP;cause=200;text=\"Call completed elsewhere\""
        peer.endpoint.cancel(id, reasons: [reason], at: peer.now, into: &peer.pending)
        #expect(peer.take().isEmpty)
        peer.receive(Peer.response(.trying, to: sent, tag: nil, contact: nil))
        let cancel = try #require(peer.take().requests.first)
        #expect(cancel.method == .cancel)
        #expect(try cancel.headers.topVia() == sent.headers.topVia())
        #expect(cancel.headers.first(.to) == sent.headers.first(.to))
        #expect(try cancel.headers.cSeq() == CSeq(number: 1, method: .cancel))
        #expect(cancel.headers.splitValues(.reason) == [reason])
        peer.receive(Peer.response(.ringing, to: sent))
        peer.cancel(id)
        #expect(peer.take().requests.isEmpty)
        peer.receive(Peer.response(.ok, to: cancel, contact: nil))
        #expect(peer.take().events.isEmpty)
        peer.receive(Peer.response(.requestTerminated, to: sent, contact: nil))
        #expect(peer.take().events.map(\.label) == ["response 487"])
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("No final response after CANCEL: given up after 64·T1 (§9.1)")
    func cancelUnanswered() throws {
        var peer = Peer()
        let (id, sent) = try inviting(&peer)
        peer.receive(Peer.response(.ringing, to: sent))
        peer.cancel(id)
        peer.settle()
        #expect(peer.take().events.map(\.label) == ["response 180", "failed timeout"])
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("A 200 that crosses the CANCEL is delivered, so that the user hangs up")
    func crossing() throws {
        var peer = Peer()
        let (id, sent) = try inviting(&peer)
        peer.receive(Peer.response(.ringing, to: sent))
        peer.cancel(id)
        _ = peer.take()
        peer.receive(Peer.response(.ok, to: sent))
        let out = peer.take()
        #expect(out.events.map(\.label) == ["response 200"])
        let dialog = try #require(self.madeDialog(out))
        peer.acknowledge(dialog)
        _ = peer.send(.bye, in: dialog)
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("A second fork that answers is acknowledged and hung up; ringing forks end with the transaction (§13.2.2.4)")
    func forks() throws {
        var peer = Peer()
        let (_, sent) = try inviting(&peer)
        for tag in ["a", "b", "c"] { peer.receive(Peer.response(.ringing, to: sent, tag: tag)) }
        peer.receive(Peer.response(.ok, to: sent, tag: "a"))
        let first = try #require(peer.take().events.last)
        #expect(first.label == "response 200")
        peer.receive(Peer.response(.ok, to: sent, tag: "b"))
        let out = peer.take()
        #expect(out.methods == ["ACK", "BYE"])
        #expect(out.events.isEmpty)
        #expect(try out.requests.allSatisfy { try $0.headers.address(.to).tag == "b" })
        peer.receive(Peer.response(.ok, to: sent, tag: "b"))
        #expect(peer.take().methods == ["ACK"])
        peer.settle()
        #expect(peer.endpoint.counts == SIPEndpointCounts(serverTransactions: 0, clientTransactions: 0, dialogs: 1))
    }

    @Test("A peer that invents tags gets 32 dialogs out of one INVITE at most, and that of its first 2xx")
    func manyForks() throws {
        var peer = Peer()
        let (_, sent) = try inviting(&peer)
        for tag in 0..<200 { peer.receive(Peer.response(.ringing, to: sent, tag: "t\(tag)")) }
        #expect(peer.endpoint.counts.dialogs == 32)
        _ = peer.take()
        for tag in 0..<200 { peer.receive(Peer.response(.ok, to: sent, tag: "u\(tag)")) }
        #expect(peer.endpoint.counts.dialogs == 33)
        #expect(peer.take().events.map(\.label) == ["response 200"])
    }

    @Test("Beyond that number each 2xx still gets its ACK and a BYE, of which nothing is kept (§13.2.2.4)")
    func forksBeyondLimit() throws {
        var peer = Peer()
        let (_, sent) = try inviting(&peer)
        for tag in 0..<32 { peer.receive(Peer.response(.ringing, to: sent, tag: "t\(tag)")) }
        _ = peer.take()
        peer.receive(Peer.response(.ok, to: sent, tag: "first"))
        let dialog = try #require(madeDialog(peer.take()))
        #expect(dialog.remoteTag == "first")
        peer.acknowledge(dialog)
        _ = peer.take()
        let kept = peer.endpoint.counts
        for _ in 0..<2 {
            peer.receive(Peer.response(.ok, to: sent, tag: "late", contact: "<sip:late@192.0.2.8>"))
            let out = peer.take()
            #expect(out.methods == ["ACK", "BYE"])
            #expect(out.events.isEmpty)
            #expect(try out.requests.map { try $0.headers.cSeq().number } == [1, 2])
            #expect(try out.requests.allSatisfy { try $0.headers.address(.to).tag == "late" })
            #expect(out.requests.allSatisfy { $0.requestURI == "sip:late@192.0.2.8" })
            #expect(Set(try out.requests.compactMap { try $0.headers.topVia().branch }).count == 2)
            #expect(peer.endpoint.counts == kept)
        }
    }

    @Test("Re-INVITE: the ACK has its number; the target is refreshed")
    func reinvite() throws {
        var peer = Peer()
        let (dialog, _) = try answered(&peer)
        _ = peer.send(.invite, in: dialog)
        let again = try #require(peer.take().requests.first)
        let answer = Peer.response(.ok, to: again, contact: "<sip:bob@192.0.2.8>")
        peer.receive(answer)
        #expect(peer.take().events.map(\.label) == ["response 200"])
        peer.receive(answer)
        #expect(peer.take().isEmpty)
        peer.acknowledge(dialog)
        let ack = try #require(peer.take().requests.first)
        #expect(try ack.headers.cSeq() == CSeq(number: 2, method: .ack))
        #expect(ack.requestURI == "sip:bob@192.0.2.8")
        peer.receive(answer)
        #expect(peer.take().requests == [ack])
    }

    @Test("A refused re-INVITE leaves the call up, 481 and silence end it (§14.1)")
    func failedReinvite() throws {
        var peer = Peer()
        let (dialog, _) = try answered(&peer)
        _ = peer.send(.invite, in: dialog)
        peer.receive(Peer.response(.notAcceptableHere, to: try #require(peer.take().requests.first)))
        #expect(peer.take().events.map(\.label) == ["response 488"])
        #expect(peer.endpoint.counts.dialogs == 1)
        _ = peer.send(.invite, in: dialog)
        peer.receive(Peer.response(.callDoesNotExist, to: try #require(peer.take().requests.first)))
        #expect(peer.take().events.map(\.label) == ["response 481", "lost"])
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("A request that nobody answers ends the dialog, with a BYE (§12.2.1.2)")
    func lost() throws {
        var peer = Peer()
        let (dialog, _) = try answered(&peer)
        _ = peer.send(.info, in: dialog)
        peer.settle()
        let out = peer.take()
        #expect(out.methods.contains("BYE"))
        #expect(out.events.map(\.label).filter { $0 == "lost" }.count == 1)
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("BYEs that cross end the dialog once; both are answered")
    func crossingBye() throws {
        var peer = Peer()
        let (dialog, sent) = try answered(&peer)
        _ = peer.send(.bye, in: dialog)
        let bye = try #require(peer.take().requests.first)
        try peer.receive(
            """
            BYE sip:alice@192.0.2.1 SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKbye
            From: <sip:bob@example.com>;tag=bob
            To: <sip:alice@example.com>;tag=ours
            Call-ID: \(sent.headers.first(.callID) ?? "")
            CSeq: 1 BYE
            Content-Length: 0


            """
        )
        let out = peer.take()
        #expect(out.statuses == [200])
        #expect(out.events.map(\.label) == ["ended by BYE"])
        peer.receive(Peer.response(.callDoesNotExist, to: bye))
        #expect(peer.take().events.map(\.label) == ["response 481"])
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("The driver cannot send: failed at once, nothing left")
    func transport() throws {
        var peer = Peer(transport: .tcp)
        let (id, _) = try inviting(&peer)
        peer.transportFailed(id)
        peer.transportFailed(id)
        #expect(peer.take().events.map(\.label) == ["failed transport"])
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("Answers without To tag come from peers before RFC 3261 (§12.1.2)")
    func noToTag() throws {
        var peer = Peer()
        let (_, sent) = try inviting(&peer)
        peer.receive(Peer.response(.ok, to: sent, tag: nil))
        #expect(madeDialog(peer.take())?.remoteTag == "")
    }

    @Test("What looks like a response to us and is none is dropped (§8.1.3.3, §17.1.3)")
    func foreign() throws {
        var peer = Peer()
        let (_, sent) = try inviting(&peer)
        let answer = Peer.response(.ok, to: sent).asResponse!
        var variants: [SIPResponse] = []
        for (name, value) in [
            (HeaderName.via, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKforeign"), (.callID, "other"), (.cSeq, "2 INVITE"),
            (.cSeq, "1 BYE"), (.cSeq, "36893488147419103232 INVITE"), (.to, "\"x <sip:a@b>"),
        ] {
            variants.append(answer)
            variants[variants.count - 1].headers.set(name, value)
        }
        var twoVias = answer
        twoVias.headers.append(.via, "SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKx")
        for response in variants + [twoVias] { peer.receive(.response(response)) }
        #expect(peer.take().isEmpty)
        peer.receive(.response(answer))
        #expect(peer.take().events.map(\.label) == ["response 200"])
    }

    @Test("Provisionals without end do not pile up deadlines")
    func provisionalFlood() throws {
        var peer = Peer()
        var options = Peer.outgoing()
        options.method = .options
        options.headers.set(.cSeq, "1 OPTIONS")
        _ = peer.send(options)
        let sent = try #require(peer.take().requests.first)
        for _ in 0..<1_000 { peer.receive(Peer.response(.trying, to: sent, tag: nil, contact: nil)) }
        _ = peer.take()
        var wakes = 0
        while let due = peer.endpoint.nextTimeout {
            wakes += 1
            peer.advance(by: due - peer.now)
        }
        #expect(wakes < 30)
        #expect(peer.take().requests.count < 12)
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test(
        "481 and 408 to a NOTIFY are about its subscription and not about the call (RFC 5057 §5.1)",
        arguments: [StatusCode.callDoesNotExist, .requestTimeout])
    func refusedNotification(_ status: StatusCode) throws {
        var peer = Peer()
        let (dialog, _) = try answered(&peer)
        _ = peer.send(.notify, in: dialog)
        peer.receive(Peer.response(status, to: try #require(peer.take().requests.first)))
        #expect(peer.take().events.map(\.label) == ["response \(status)"])
        #expect(peer.endpoint.counts.dialogs == 1)
        _ = peer.send(.notify, in: dialog)
        peer.settle()
        let out = peer.take()
        #expect(out.events.map(\.label) == ["failed timeout"])
        #expect(!out.methods.contains("BYE"))
        #expect(peer.endpoint.counts.dialogs == 1)
    }

    @Test("Whoever hangs up on a 2xx without an ACK: the ACK goes first (§13.2.2.4)", arguments: [false, true])
    func byeInPlaceOfACK(_ isReinvite: Bool) throws {
        var peer = Peer()
        let dialog: DialogID
        if isReinvite {
            dialog = try answered(&peer).dialog
            _ = peer.send(.invite, in: dialog)
            peer.receive(Peer.response(.ok, to: try #require(peer.take().requests.first)))
            _ = peer.take()
        } else {
            let (_, sent) = try inviting(&peer)
            peer.receive(Peer.response(.ok, to: sent))
            dialog = try #require(self.madeDialog(peer.take()))
        }
        _ = peer.send(.bye, in: dialog)
        let out = peer.take()
        #expect(out.methods == ["ACK", "BYE"])
        #expect(try out.requests.first?.headers.cSeq().number == (isReinvite ? 2 : 1))
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }
}
