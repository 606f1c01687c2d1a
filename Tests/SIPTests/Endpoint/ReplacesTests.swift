import SIP
import Testing
import Timing

/// Which dialog an INVITE with Replaces takes the place of (RFC 3891 §3).
@Suite("Replaces")
struct ReplacesTests {
    /// A call of ours that the peer has answered.
    private func called(_ peer: inout Peer, _ status: StatusCode = .ok) throws -> DialogID {
        _ = peer.send(Peer.outgoing())
        let sent = try #require(peer.take().requests.first)
        peer.receive(Peer.response(status, to: sent))
        for case .response(_, _, let dialog?) in peer.take().events {
            if status.isSuccess { peer.acknowledge(dialog) }
            return dialog
        }
        throw NoDialog()
    }

    private struct NoDialog: Error {}

    private func value(_ id: DialogID, _ more: String = "") -> String {
        "Replaces: \(id.callID);to-tag=\(id.localTag);from-tag=\(id.remoteTag)\(more)"
    }

    private func outcome(_ peer: inout Peer, _ extra: String, method: String = "INVITE") throws
        -> Result<Replacement?, ReplacesRefusal>
    {
        let text = Peer.invite(branch: "z9hG4bKnew", method: method, extra: extra)
        let request = try #require(try SIPMessage(parsing: wire(text)).asRequest)
        let now = peer.now
        return Result { () throws(ReplacesRefusal) in try peer.endpoint.replacement(for: request, at: now) }
    }

    @Test("No Replaces: nothing is replaced")
    func none() throws {
        var peer = Peer()
        #expect(try outcome(&peer, "") == .success(nil))
    }

    @Test("A confirmed dialog; with early-only it is 486")
    func confirmed() throws {
        var peer = Peer()
        let dialog = try called(&peer)
        let expected = Replacement(dialog: dialog, isConfirmed: true)
        #expect(try outcome(&peer, value(dialog)) == .success(expected))
        #expect(try outcome(&peer, value(dialog, ";early-only")) == .failure(.confirmed))
        #expect(ReplacesRefusal.confirmed.status == .busyHere)
    }

    @Test("An early dialog that we have begun; one that the peer has begun is 481")
    func early() throws {
        var peer = Peer()
        let ours = try called(&peer, .ringing)
        let expected = Replacement(dialog: ours, isConfirmed: false)
        #expect(try outcome(&peer, value(ours, ";early-only")) == .success(expected))
        try peer.receive(Peer.invite())
        let id = try #require(peer.take().events.requestID)
        _ = peer.respond(id, .ringing)
        let theirs = try #require(peer.endpoint.dialogOfServer(id))
        #expect(try outcome(&peer, value(theirs)) == .failure(.noDialog))
        #expect(ReplacesRefusal.noDialog.status == .callDoesNotExist)
    }

    @Test("Tags are compared from our side: the two swapped are no match")
    func swapped() throws {
        var peer = Peer()
        let dialog = try called(&peer)
        let other = DialogID(callID: dialog.callID, localTag: dialog.remoteTag, remoteTag: dialog.localTag)
        #expect(try outcome(&peer, value(other)) == .failure(.noDialog))
    }

    @Test("A dialog that has ended is 603 for 32 s at least, and forgotten after 64 s")
    func ended() throws {
        var peer = Peer()
        let dialog = try called(&peer)
        peer.endpoint.discard(dialog, at: peer.now, into: &peer.pending)
        #expect(try outcome(&peer, value(dialog)) == .failure(.ended))
        #expect(ReplacesRefusal.ended.status == .decline)
        peer.advance(by: .seconds(32))
        #expect(try outcome(&peer, value(dialog)) == .failure(.ended))
        peer.advance(by: .seconds(64))
        #expect(try outcome(&peer, value(dialog)) == .failure(.noDialog))
    }

    @Test("A dialog whose BYE is under way has ended")
    func ending() throws {
        var peer = Peer()
        let dialog = try called(&peer)
        _ = peer.send(.bye, in: dialog)
        #expect(try outcome(&peer, value(dialog)) == .failure(.ended))
    }

    @Test(
        "400",
        arguments: [
            "Replaces: a;to-tag=b;from-tag=c\nReplaces: d;to-tag=e;from-tag=f",
            "Replaces: a;to-tag=b;from-tag=c, d;to-tag=e;from-tag=f",
            "Replaces: a;to-tag=b;from-tag=c\nJoin: a;to-tag=b;from-tag=c",
            "Replaces: a;to-tag=b", "Replaces:",
        ])
    func malformed(_ fields: String) throws {
        var peer = Peer()
        guard case .failure(let refusal) = try outcome(&peer, fields) else {
            Issue.record("taken")
            return
        }
        #expect(refusal.status == .badRequest)
    }

    @Test("400 in another request than INVITE")
    func otherMethod() throws {
        var peer = Peer()
        let dialog = try called(&peer)
        let result = try outcome(&peer, value(dialog), method: "OPTIONS")
        #expect(result == .failure(.malformed("Replaces in OPTIONS")))
    }

    @Test("A from-tag of 0 is also that of a peer without tags")
    func withoutTag() throws {
        var peer = Peer()
        let text = Peer.invite().replacing(";tag=alice", with: "")
        try peer.receive(text)
        let id = try #require(peer.take().events.requestID)
        _ = peer.respond(id, .ok)
        let dialog = try #require(peer.endpoint.dialogOfServer(id))
        #expect(dialog.remoteTag.isEmpty)
        let named = DialogID(callID: dialog.callID, localTag: dialog.localTag, remoteTag: "0")
        #expect(try outcome(&peer, value(named)) == .success(Replacement(dialog: dialog, isConfirmed: true)))
    }
}

extension [SIPEndpointEvent] {
    fileprivate var requestID: ServerTransactionID? {
        for case .request(let id, _, _) in self { return id }
        return nil
    }
}
