import SIP
import Testing
import Timing

/// RFC 3261 §12.2.2, RFC 6141 §4, RFC 6665 §4.1.2.2, RFC 5057 §5.4.
@Suite("The target of a dialog that the peer changes")
struct TargetRefreshTests {
    private static let first = "sip:alice@192.0.2.9:5060"
    private static let second = "sip:alice@198.51.100.7:5080"
    private static let third = "sip:alice@203.0.113.4"

    /// Takes a request of the peer inside the dialog that names another target.
    private func move(
        _ peer: inout Peer,
        _ method: String,
        _ cSeq: Int,
        in dialog: DialogID,
        to target: String
    ) throws -> ServerTransactionID {
        try peer.receive(
            Peer.invite(branch: "z9hG4bK\(cSeq)", cSeq: cSeq, toTag: dialog.localTag, method: method)
                .replacing("Contact: <\(Self.first)>", with: "Contact: <\(target)>"))
        return try #require(peer.take().dialogRequests.first)
    }

    /// Where a request of ours goes.
    private func target(_ peer: inout Peer, _ dialog: DialogID) throws -> String {
        _ = peer.take()
        _ = peer.send(.options, in: dialog)
        return try #require(peer.take().requests.first).requestURI
    }

    @Test(
        "It changes with the 2xx; a request that is refused changes nothing",
        arguments: ["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"], [StatusCode.ok, .notAcceptableHere])
    func final(_ method: String, _ status: StatusCode) throws {
        var peer = Peer()
        let dialog = try peer.answered().dialog
        let id = try move(&peer, method, 2, in: dialog, to: Self.second)
        let before = try target(&peer, dialog)
        #expect(before == Self.first)
        _ = peer.respond(id, status)
        let after = try target(&peer, dialog)
        #expect(after == (status.isSuccess ? Self.second : Self.first))
    }

    @Test("A re-INVITE that is answered after a later UPDATE does not bring its own target back")
    func overtaken() throws {
        var peer = Peer()
        let dialog = try peer.answered().dialog
        let invite = try move(&peer, "INVITE", 2, in: dialog, to: Self.second)
        let update = try move(&peer, "UPDATE", 3, in: dialog, to: Self.third)
        _ = peer.respond(update, .ok)
        _ = peer.respond(invite, .ok)
        let after = try target(&peer, dialog)
        #expect(after == Self.third)
    }

    @Test("The 200 to the INVITE does not bring back the target that an UPDATE in the early dialog has changed")
    func early() throws {
        var peer = Peer()
        let id = try peer.invited()
        _ = peer.respond(id, .ringing)
        let dialog = try #require(peer.endpoint.dialogOfServer(id))
        _ = peer.take()
        let update = try move(&peer, "UPDATE", 2, in: dialog, to: Self.second)
        _ = peer.respond(update, .ok)
        _ = peer.respond(id, .ok)
        let after = try target(&peer, dialog)
        #expect(after == Self.second)
    }

    @Test("Requests that refresh no target change nothing", arguments: ["INFO", "OPTIONS", "MESSAGE"])
    func others(_ method: String) throws {
        var peer = Peer()
        let dialog = try peer.answered().dialog
        let id = try move(&peer, method, 2, in: dialog, to: Self.second)
        _ = peer.respond(id, .ok)
        let after = try target(&peer, dialog)
        #expect(after == Self.first)
    }

    @Test("A NOTIFY that is answered after a later REFER does not bring its own target back")
    func overtakenNotification() throws {
        var peer = Peer()
        let dialog = try peer.answered().dialog
        let notify = try move(&peer, "NOTIFY", 2, in: dialog, to: Self.second)
        let refer = try move(&peer, "REFER", 3, in: dialog, to: Self.third)
        _ = peer.respond(refer, .accepted)
        _ = peer.respond(notify, .ok)
        let after = try target(&peer, dialog)
        #expect(after == Self.third)
    }

    @Test("The 2xx to a request of ours names it as well (§12.2.1.2)", arguments: [SIPMethod.refer, .update, .info])
    func answered(_ method: SIPMethod) throws {
        var peer = Peer()
        let dialog = try peer.answered().dialog
        _ = peer.send(method, in: dialog)
        let request = try #require(peer.take().requests.first)
        peer.receive(Peer.response(.accepted, to: request, tag: nil, contact: "<\(Self.second)>"))
        let after = try target(&peer, dialog)
        #expect(after == (method == .info ? Self.first : Self.second))
    }

    @Test("The 2xx to a REFER names ours; other responses to it do not (RFC 3515 §2.2)")
    func ofREFER() throws {
        var peer = Peer()
        let dialog = try peer.answered().dialog
        let taken = try move(&peer, "REFER", 2, in: dialog, to: Self.first)
        _ = peer.respond(taken, .accepted)
        let accepted = try #require(peer.take().responses.first)
        #expect(try accepted.headers.uriText(of: .contact) == "sip:192.0.2.1:5060")
        let declined = try move(&peer, "REFER", 3, in: dialog, to: Self.first)
        _ = peer.respond(declined, .decline)
        let refused = try #require(peer.take().responses.first)
        #expect(!refused.headers.contains(.contact))
    }
}
