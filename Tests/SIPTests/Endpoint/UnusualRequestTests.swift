import SIP
import Testing
import Timing

/// Where answers to requests go, and what is answered to those that are malformed or old.
@Suite("Endpoint as server: unusual requests")
struct UnusualRequestTests {
    // MARK: Where answers go

    @Test("received and rport are written into the top Via (§18.2.1, RFC 3581 §4)")
    func via() throws {
        var peer = Peer()
        let text = Peer.invite(method: "OPTIONS").replacing(
            "branch=z9hG4bKa", with: "rport;branch=z9hG4bKa,SIP/2.0/UDP p;branch=x")
        try peer.receive(text)
        guard case .request(let id, _, let source)? = peer.take().events.first else { return }
        #expect(source == Peer.source)
        _ = peer.respond(id, .ok)
        let out = peer.take()
        let vias = try #require(out.responses.first).headers.splitValues(.via)
        #expect(vias.count == 2 && vias[1] == "SIP/2.0/UDP p;branch=x")
        let top = try Via(parsing: vias[0])
        #expect(top.parameters["rport"] == "5070" && top.parameters["received"] == "192.0.2.9")
        #expect(out.first?.destination == .reply(Peer.source))
    }

    @Test("Without rport the answer goes to the port of sent-by, and to the sender's address whatever sent-by says")
    func sentBy() throws {
        var peer = Peer()
        try peer.receive(
            Peer.invite(toTag: "x", method: "OPTIONS").replacing("UDP 192.0.2.9:5060", with: "UDP pc.example.com:5080"))
        let out = peer.take()
        var expected = Peer.source
        expected.port = 5_080
        #expect(out.first?.destination == .reply(expected))
        #expect(try out.responses.first?.headers.topVia().parameters["received"] == "192.0.2.9")
    }

    // MARK: Malformed requests

    @Test(
        "Malformed requests get 400 and leave nothing",
        arguments: [
            ("CSeq: 1 OPTIONS", "CSeq: 2147483648 OPTIONS"), ("CSeq: 1 OPTIONS", "CSeq: 1 INVITE"),
            ("CSeq: 1 OPTIONS", "X: y"),
            ("To: <sip:bob@example.com>", "To: \"Bob <sip:bob@example.com>"), ("To: <", "T: <"),
            ("To: <", "To: <sip:x@y>\nTo: <"),
            ("From: <sip:alice@example.com>;tag=alice", "From: Bell, A <sip:a@b>"),
            ("Call-ID: call", "Call-ID: a\ni: call"),
            ("sip:bob@192.0.2.1", "sip:2001:db8::10"), ("sip:bob@192.0.2.1", "<sip:bob@192.0.2.1>"),
            ("Max-Forwards: 70", "Max-Forwards: 300"), ("branch=z9hG4bKa", ";,;,,"),
            ("Call-ID: call@192.0.2.9", "X: y"),
        ]
    )
    func malformed(_ part: String, _ replacement: String) throws {
        var peer = Peer()
        var text = Peer.invite(method: "OPTIONS").replacing(part, with: replacement)
        if part == "To: <", replacement == "T: <" { text = text.replacing("T: <sip:bob@example.com>\n", with: "") }
        try peer.receive(text)
        let out = peer.take()
        #expect(out.statuses == [400])
        #expect(out.events.isEmpty)
        let headers = try #require(out.responses.first).headers
        for name in [HeaderName.from, .to, .callID, .cSeq] { #expect(headers.all(name).count <= 1) }
        #expect(peer.endpoint.counts == Peer.empty)
        try peer.receive(text.replacing("OPTIONS", with: "ACK"))
        #expect(peer.take().isEmpty)
    }

    @Test("Peers before RFC 3261: no branch, no From tag, no Contact; matched by their other fields (§17.2.3)")
    func oldPeer() throws {
        var peer = Peer()
        let old = Peer.invite().replacing(";branch=z9hG4bKa", with: "").replacing(";tag=alice", with: "")
            .replacing("Contact: <sip:alice@192.0.2.9:5060>\n", with: "")
        let id = try peer.invited(old)
        try peer.receive(old)
        #expect(peer.take().events.isEmpty)
        _ = peer.respond(id, .ok)
        let dialog = try #require(peer.endpoint.dialogOfServer(id))
        #expect(peer.endpoint.dialog(dialog)?.remoteTarget == "sip:alice@example.com")
        let ack = old.replacing("INVITE", with: "ACK").replacing(
            "To: <sip:bob@example.com>", with: "To: <sip:bob@example.com>;tag=\(dialog.localTag)")
        _ = peer.take()
        try peer.receive(ack)
        #expect(peer.take().events.map(\.label) == ["acknowledged"])
    }

    @Test("A branch of nothing but the cookie identifies no transaction (RFC 4475 §3.2.1)")
    func bareCookie() throws {
        var peer = Peer()
        _ = try peer.invited(Peer.invite(branch: "z9hG4bK", method: "OPTIONS"))
        _ = try peer.invited(Peer.invite(branch: "z9hG4bK", cSeq: 2, method: "OPTIONS"))
        #expect(peer.endpoint.counts.serverTransactions == 2)
    }

    @Test("Equal to the eye is not equal: identifiers compare octet by octet")
    func exactIdentifiers() throws {
        var peer = Peer()
        let id = try peer.invited(Peer.invite().replacing("call@", with: "\u{E9}@"))
        _ = peer.respond(id, .ok)
        let tag = try #require(peer.endpoint.dialogOfServer(id)).localTag
        _ = peer.take()
        let bye = Peer.invite(branch: "z9hG4bKb", cSeq: 2, toTag: tag, method: "BYE")
        try peer.receive(bye.replacing("call@", with: "e\u{301}@"))
        #expect(peer.take().statuses == [481])
    }
}
