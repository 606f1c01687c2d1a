import SIP
import Testing
import Timing

/// What the peer asks of us.
@Suite("Endpoint as server")
struct ServerRoleTests {
    @Test("100 comes by itself after 200 ms, repetitions are absorbed, the 2xx is repeated until its ACK")
    func basicCall() throws {
        var peer = Peer()
        let id = try peer.invited()
        peer.advance(by: .milliseconds(200))
        #expect(peer.take().statuses == [100])
        try peer.receive(Peer.invite())
        #expect(peer.take().statuses == [100])
        let accepted = peer.respond(id, .ringing)
        #expect(accepted)
        let ringing = try #require(peer.take().responses.first)
        #expect(try ringing.headers.address(.to).tag != nil)
        let secondAccepted = peer.respond(id, .ok)
        #expect(secondAccepted)
        let thirdAccepted = peer.respond(id, .busyHere)
        #expect(!thirdAccepted)
        peer.advance(by: .seconds(4))
        let answers = peer.take()
        #expect(answers.statuses == [200, 200, 200, 200])
        #expect(
            Set(try answers.responses.map { try $0.headers.address(.to).tag }) == [try ringing.headers.address(.to).tag]
        )
        try peer.receive(Peer.invite())
        #expect(peer.take().isEmpty)
        let tag = try #require(peer.endpoint.dialogOfServer(id)).localTag
        let ack = Peer.invite(branch: "z9hG4bKb", toTag: tag, method: "ACK")
        try peer.receive(ack)
        try peer.receive(ack)
        #expect(peer.take().events.map(\.label) == ["acknowledged"])
        try peer.receive(Peer.invite(branch: "z9hG4bKc", cSeq: 2, toTag: tag, method: "BYE"))
        let end = peer.take()
        #expect(end.statuses == [200])
        #expect(end.events.map(\.label) == ["ended by BYE"])
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
        #expect(peer.endpoint.nextTimeout == nil)
    }

    @Test("No ACK: the user is told once after 64·T1, and its BYE takes the dialog along")
    func noACK() throws {
        var peer = Peer()
        _ = peer.respond(try peer.invited(), .ok)
        _ = peer.take()
        peer.advance(by: .seconds(40))
        let out = peer.take()
        #expect(out.statuses.count == 10)
        #expect(out.events.map(\.label) == ["ended without ACK"])
        guard case .dialogEnded(let dialog, _)? = out.events.first else { return }
        let transaction = peer.send(.bye, in: dialog)
        #expect(transaction != nil)
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("BYE before the ACK ends the call and the repetition of the 2xx (§15.1.2)")
    func byeBeforeACK() throws {
        var peer = Peer()
        let id = try peer.invited()
        _ = peer.respond(id, .ok)
        let tag = try #require(peer.endpoint.dialogOfServer(id)).localTag
        _ = peer.take()
        try peer.receive(Peer.invite(branch: "z9hG4bKb", cSeq: 2, toTag: tag, method: "BYE"))
        #expect(peer.take().statuses == [200])
        peer.settle()
        #expect(peer.take().isEmpty)
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("BYE in an early dialog ends the INVITE with 487")
    func earlyBye() throws {
        var peer = Peer()
        let id = try peer.invited()
        _ = peer.respond(id, .ringing)
        let tag = try #require(peer.endpoint.dialogOfServer(id)).localTag
        _ = peer.take()
        try peer.receive(Peer.invite(branch: "z9hG4bKb", cSeq: 2, toTag: tag, method: "BYE"))
        #expect(peer.take().statuses.sorted() == [200, 487])
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("CANCEL before the answer: 200 with the INVITE's To tag, then 487 (§9.2)")
    func cancel() throws {
        var peer = Peer()
        let id = try peer.invited()
        _ = peer.respond(id, .ringing)
        let tag = try #require(peer.endpoint.dialogOfServer(id)).localTag
        _ = peer.take()
        let cancel = Peer.invite(method: "CANCEL")
        try peer.receive(cancel)
        let out = peer.take()
        #expect(out.statuses == [200, 487])
        #expect(try out.responses.allSatisfy { try $0.headers.address(.to).tag == tag })
        #expect(out.events.map(\.label) == ["cancelled"])
        #expect(peer.endpoint.counts.dialogs == 0)
        let accepted = peer.respond(id, .ok)
        #expect(!accepted)
        try peer.receive(cancel)
        #expect(peer.take().statuses == [200])
        try peer.receive(Peer.invite(toTag: tag, method: "ACK"))
        peer.settle()
        #expect(peer.take().isEmpty)
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("CANCEL that crosses the answer changes nothing; CANCEL of nothing gets 481")
    func lateCancel() throws {
        var peer = Peer()
        _ = peer.respond(try peer.invited(), .ok)
        _ = peer.take()
        try peer.receive(Peer.invite(method: "CANCEL"))
        let out = peer.take()
        #expect(out.statuses == [200])
        #expect(out.events.isEmpty)
        #expect(peer.endpoint.counts.dialogs == 1)
        try peer.receive(Peer.invite(branch: "z9hG4bKother", method: "CANCEL"))
        #expect(peer.take().statuses == [481])
    }

    @Test("A refusal is repeated until its ACK, which the user does not see")
    func refusal() throws {
        var peer = Peer()
        let id = try peer.invited()
        _ = peer.respond(id, .busyHere)
        peer.advance(by: .seconds(1))
        let out = peer.take()
        #expect(out.statuses == [486, 486])
        let tag = try #require(try out.responses[0].headers.address(.to).tag)
        try peer.receive(Peer.invite(toTag: tag, method: "ACK"))
        peer.settle()
        #expect(peer.take().isEmpty)
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("The same request on another way gets 482 while the first one is under way or taken (§8.2.2.2)")
    func merged() throws {
        var peer = Peer()
        let first = try peer.invited()
        try peer.receive(Peer.invite(branch: "z9hG4bKsecond"))
        #expect(peer.take().statuses == [482])
        _ = peer.respond(first, .ok)
        _ = peer.take()
        try peer.receive(Peer.invite(branch: "z9hG4bKthird"))
        #expect(peer.take().statuses == [482])
        #expect(peer.endpoint.counts.dialogs == 1)
    }

    @Test("A request that was refused may come again with another branch, for the next criterion of an S-CSCF")
    func sentAgain() throws {
        var peer = Peer()
        let first = try peer.invited()
        _ = peer.respond(first, .serviceUnavailable)
        _ = peer.take()
        let second = try peer.invited(Peer.invite(branch: "z9hG4bKsecond"))
        #expect(first != second)
        _ = peer.respond(second, .ok)
        #expect(peer.endpoint.counts.dialogs == 1)
    }

    @Test("Second INVITE while the first is unanswered: 500 with Retry-After, and the dialog stays (§14.2)")
    func secondInvite() throws {
        var peer = Peer()
        let id = try peer.invited()
        _ = peer.respond(id, .ringing)
        let tag = try #require(peer.endpoint.dialogOfServer(id)).localTag
        _ = peer.take()
        for (number, branch) in [(2, "z9hG4bKb"), (3, "z9hG4bKc")] {
            try peer.receive(Peer.invite(branch: branch, cSeq: number, toTag: tag))
            let out = peer.take()
            #expect(out.statuses == [500])
            #expect(out.responses.first?.headers.contains(.retryAfter) == true)
            #expect(out.events.isEmpty)
        }
        #expect(peer.endpoint.counts.dialogs == 1)
        let accepted = peer.respond(id, .ok)
        #expect(accepted)
        // The ACK has the number of the INVITE that was answered, whatever came in between.
        try peer.receive(Peer.invite(branch: "z9hG4bKd", toTag: tag, method: "ACK"))
        #expect(peer.take().events.map(\.label) == ["acknowledged"])
    }

    @Test("Re-INVITE while ours is pending: 491 (§14.2)")
    func glare() throws {
        var peer = Peer()
        let (_, dialog, tag) = try peer.answered()
        let transaction = peer.send(.invite, in: dialog)
        #expect(transaction != nil)
        let secondTransaction = peer.send(.invite, in: dialog)
        #expect(secondTransaction == nil)
        _ = peer.take()
        try peer.receive(Peer.invite(branch: "z9hG4bKr", cSeq: 2, toTag: tag))
        #expect(peer.take().statuses == [491])
    }

    @Test("The ACK of a re-INVITE's 2xx counts although other requests came before it")
    func reinviteACK() throws {
        var peer = Peer()
        let tag = try peer.answered().tag
        try peer.receive(Peer.invite(branch: "z9hG4bKr", cSeq: 2, toTag: tag))
        guard case .dialogRequest(let id, _, _)? = peer.take().events.first else {
            Issue.record("not delivered")
            return
        }
        try peer.receive(Peer.invite(branch: "z9hG4bKi", cSeq: 3, toTag: tag, method: "INFO"))
        _ = peer.respond(id, .ok)
        _ = peer.take()
        try peer.receive(Peer.invite(branch: "z9hG4bKa2", cSeq: 2, toTag: tag, method: "ACK"))
        #expect(peer.take().events.map(\.label) == ["acknowledged"])
        peer.settle()
        // To the INFO.
        #expect(peer.take().statuses == [100])
    }

    @Test("Requests out of order get 500, outside a known dialog 481 (§12.2.2)")
    func order() throws {
        var peer = Peer()
        let tag = try peer.answered().tag
        for (number, status) in [(5, nil), (4, 500), (5, 500)] as [(Int, Int?)] {
            try peer.receive(
                Peer.invite(branch: "z9hG4bKn\(number)\(status ?? 0)", cSeq: number, toTag: tag, method: "INFO"))
            #expect(peer.take().statuses == (status.map { [$0] } ?? []))
        }
        try peer.receive(Peer.invite(branch: "z9hG4bKx", toTag: "unknown", method: "BYE"))
        #expect(peer.take().statuses == [481])
        try peer.receive(Peer.invite(branch: "z9hG4bKy", toTag: "unknown", method: "ACK"))
        #expect(peer.take().isEmpty)
    }

    @Test("A request that the user never answers gets 100 and is forgotten after 64·T1 (RFC 4320)")
    func unanswered() throws {
        var peer = Peer()
        try peer.receive(Peer.invite(method: "OPTIONS"))
        peer.settle()
        #expect(peer.take().statuses == [100])
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("A re-INVITE that waits when the dialog ends gets 487")
    func pendingReinvite() throws {
        var peer = Peer()
        let (_, dialog, tag) = try peer.answered()
        try peer.receive(Peer.invite(branch: "z9hG4bKr", cSeq: 2, toTag: tag))
        _ = peer.take()
        _ = peer.send(.bye, in: dialog)
        let bye = try #require(peer.take().requests.first)
        peer.receive(Peer.response(.ok, to: bye))
        #expect(peer.take().statuses == [487])
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("A dialog whose peer cannot be reached ends with our BYE all the same")
    func unreachable() throws {
        var peer = Peer()
        let id = try peer.invited(
            Peer.invite().replacing("Contact: <sip:alice@192.0.2.9:5060>", with: "Contact: <tel:+1>"))
        _ = peer.respond(id, .ok)
        let dialog = try #require(peer.endpoint.dialogOfServer(id))
        let transaction = peer.send(.bye, in: dialog)
        #expect(transaction == nil)
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    // MARK: What the user wants too early or too late

    @Test("Our BYE waits for the ACK of our 2xx, at most 64·T1 (§15)", arguments: [true, false])
    func byeBeforeOurACK(_ isAcknowledged: Bool) throws {
        var peer = Peer()
        let id = try peer.invited()
        _ = peer.respond(id, .ok)
        let dialog = try #require(peer.endpoint.dialogOfServer(id))
        _ = peer.take()
        let bye = peer.endpoint.send(
            .bye, in: dialog, MessageContent(headers: Self.reason), at: peer.now, into: &peer.pending)
        #expect(bye == nil)
        peer.advance(by: .seconds(3))
        #expect(peer.take().methods.isEmpty)
        if isAcknowledged {
            try peer.receive(Peer.invite(branch: "z9hG4bKack", toTag: dialog.localTag, method: "ACK"))
        } else {
            peer.advance(by: .seconds(30))
        }
        let out = peer.take()
        #expect(out.methods.first == "BYE")
        #expect(out.requests.first?.headers.first(.reason) == "SIP;cause=500")
        #expect(out.events.isEmpty, "the user has done with it")
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("The peer's BYE comes while ours waits: one is enough")
    func byesBeforeACK() throws {
        var peer = Peer()
        let id = try peer.invited()
        _ = peer.respond(id, .ok)
        let dialog = try #require(peer.endpoint.dialogOfServer(id))
        _ = peer.send(.bye, in: dialog)
        _ = peer.take()
        try peer.receive(Peer.invite(branch: "z9hG4bKb", cSeq: 2, toTag: dialog.localTag, method: "BYE"))
        peer.settle()
        let out = peer.take()
        #expect(out.statuses == [200])
        #expect(out.methods.isEmpty)
        #expect(peer.endpoint.counts == Peer.empty)
    }

    private static let reason: SIPHeaders = {
        var headers = SIPHeaders()
        headers.append(.reason, "SIP;cause=500")
        return headers
    }()

    @Test("An offer that the user never answers is forgotten with its transaction, and the next one is taken")
    func unansweredOffer() throws {
        var peer = Peer()
        let tag = try peer.answered().tag
        func update(_ cSeq: Int) -> String {
            Peer.invite(
                branch: "z9hG4bKu\(cSeq)", cSeq: cSeq, toTag: tag, method: "UPDATE",
                extra: "Content-Type: application/sdp"
            ).replacing("Content-Length: 0\n\n", with: "Content-Length: 3\n\nv=0")
        }
        try peer.receive(update(2))
        try peer.receive(update(3))
        #expect(peer.take().statuses == [500])
        peer.advance(by: .seconds(33))
        #expect(peer.take().statuses == [100])
        try peer.receive(update(4))
        let out = peer.take()
        #expect(out.statuses.isEmpty)
        #expect(out.events.map(\.label) == ["dialog request UPDATE"])
    }

    @Test("No 408 to a request that is no INVITE: it would come when nobody waits any more (RFC 4320 §4.2)")
    func noTimeout() throws {
        var peer = Peer()
        let tag = try peer.answered().tag
        try peer.receive(Peer.invite(branch: "z9hG4bKi", cSeq: 2, toTag: tag, method: "INFO"))
        guard case .dialogRequest(let id, _, _)? = peer.take().events.first else { throw SIPParseError(.missing) }
        let isSent = peer.respond(id, .requestTimeout)
        #expect(!isSent)
        #expect(peer.take().isEmpty)
        let answersInvite = peer.respond(try peer.invited(Peer.invite(branch: "z9hG4bKj", cSeq: 7)), .requestTimeout)
        #expect(answersInvite)
    }

    @Test(
        "Over a stream rport says nothing of where we can connect to: that is the port of sent-by (RFC 3581 §4)",
        arguments: [("192.0.2.9:5080;rport", 5_080), ("192.0.2.9;rport", 5_060), ("192.0.2.9:5080", 5_080)])
    func replyOverStream(_ via: String, _ port: UInt16) throws {
        var peer = Peer(transport: .tcp)
        try peer.receive(
            Peer.invite(toTag: "x", method: "OPTIONS").replacing("UDP 192.0.2.9:5060", with: "TCP \(via)"))
        var expected = peer.source
        expected.port = port
        #expect(peer.take().first?.destination == .reply(expected))
    }
}

extension Peer {
    /// Sends an INVITE and gives its transaction.
    mutating func invited(_ text: String = Peer.invite()) throws -> ServerTransactionID {
        try receive(text)
        guard case .request(let id, _, _)? = take().events.first else {
            throw SIPParseError(.missing)
        }
        return id
    }

    /// A confirmed call of the peer: our 200, its dialog and our tag.
    ///
    /// - Parameter fields: Of its INVITE.
    mutating func answered(_ fields: String = "") throws -> (response: SIPResponse, dialog: DialogID, tag: String) {
        let id = try invited(Peer.invite(extra: fields))
        _ = respond(id, .ok)
        let response = try #require(take().responses.first)
        let dialog = try #require(endpoint.dialogOfServer(id))
        try receive(Peer.invite(branch: "z9hG4bKack", toTag: dialog.localTag, method: "ACK"))
        #expect(take().events.map(\.label) == ["acknowledged"])
        return (response, dialog, dialog.localTag)
    }
}
