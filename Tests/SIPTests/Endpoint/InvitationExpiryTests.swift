import SIP
import Testing
import Timing

@Suite("Invitations that are valid for a time (Expires, RFC 3261 §13.3.1)")
struct InvitationExpiryTests {
    private func invited(_ peer: inout Peer, _ expires: String) throws -> ServerTransactionID {
        try peer.invited(Peer.invite(extra: "Supported: 100rel\nExpires: \(expires)"))
    }

    @Test(
        "Without a final response in time it gets 487, and the user hears what a CANCEL would have told",
        arguments: [0, 90])
    func expired(_ seconds: Int) throws {
        var peer = Peer()
        let id = try invited(&peer, "\(seconds)")
        if seconds > 0 {
            _ = peer.respond(id, .ringing)
            peer.advance(by: .seconds(seconds) - .milliseconds(1))
            #expect(peer.take().statuses == [180, 180])
        }
        peer.advance(by: .milliseconds(1))
        let out = peer.take()
        #expect(out.statuses == [487])
        guard case .cancelled(id, let cancel)? = out.events.first else {
            Issue.record("not cancelled")
            return
        }
        #expect(cancel.method == .cancel)
        #expect(cancel.headers.first(.cSeq) == "1 CANCEL")
        #expect(cancel.headers.first(.callID) == "call@192.0.2.9")
        let isLate = peer.respond(id, .ok)
        #expect(!isLate)
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
        #expect(peer.endpoint.nextTimeout == nil)
    }

    @Test("Answered in time, it is as any other", arguments: [StatusCode.ok, .busyHere])
    func answered(_ status: StatusCode) throws {
        var peer = Peer()
        let id = try invited(&peer, "10")
        _ = peer.respond(id, status)
        peer.advance(by: .seconds(20))
        let out = peer.take()
        #expect(Set(out.statuses) == [status.rawValue])
        #expect(out.events.isEmpty)
    }

    @Test("An answer that waits for a PRACK is in time")
    func held() throws {
        var peer = Peer()
        let id = try invited(&peer, "10")
        _ = peer.endpoint.respond(id, .sessionProgress, .description, reliably: true, at: peer.now, into: &peer.pending)
        _ = peer.respond(id, .ok)
        peer.advance(by: .seconds(20))
        let out = peer.take()
        #expect(Set(out.statuses) == [183])
        #expect(out.events.isEmpty)
    }

    @Test("A re-INVITE that expires leaves the call as it is")
    func again() throws {
        var peer = Peer()
        let (_, dialog, tag) = try peer.answered()
        try peer.receive(Peer.invite(branch: "z9hG4bKb", cSeq: 2, toTag: tag, extra: "Expires: 5"))
        _ = peer.take()
        peer.advance(by: .seconds(5))
        let out = peer.take()
        #expect(out.statuses == [100, 487])
        #expect(out.events.map(\.label) == ["cancelled"])
        #expect(peer.endpoint.dialog(dialog)?.isConfirmed == true)
        let mayOffer = peer.endpoint.mayOffer(in: dialog)
        #expect(mayOffer)
    }

    @Test(
        "A value that is none, or further ahead than a day, ends nothing; nor does that of another method",
        arguments: ["x", "-1", "86401", "99999999999999999999", ""])
    func none(_ value: String) throws {
        var peer = Peer()
        _ = try invited(&peer, value)
        try peer.receive(
            Peer.invite(branch: "z9hG4bKb", method: "MESSAGE", extra: "Expires: 5")
                .replacing("call@", with: "message@"))
        peer.advance(by: .seconds(90_000))
        #expect(Set(peer.take().statuses) == [100])
    }
}
