import SIP
import Testing
import Timing

@Suite("What a failure inside a dialog says of the call (RFC 5057 §5.1)")
struct DialogFailureTests {
    private static let destroying = [404, 410, 416, 483, 484, 485, 502, 604]
    private static let ending = [408, 481]
    private static let failures = (300..<700).filter { !ending.contains($0) && !destroying.contains($0) }

    /// A call of the peer that we refresh by UPDATE after 50 s.
    private func answered(_ peer: inout Peer) throws -> DialogID {
        try peer.answered("Supported: timer\nSession-Expires: 100;refresher=uas\nAllow: INVITE, BYE, UPDATE").dialog
    }

    private func status(_ code: Int) throws -> StatusCode { try #require(StatusCode(rawValue: code)) }

    /// What comes of a request of ours that is refused so.
    private func refused(_ method: SIPMethod, _ code: Int) throws -> (peer: Peer, labels: [String], methods: [String]) {
        var peer = Peer()
        let dialog = try answered(&peer)
        _ = peer.send(method, in: dialog)
        peer.receive(Peer.response(try status(code), to: try #require(peer.take().requests.first)))
        let out = peer.take()
        return (peer, out.events.map(\.label), out.methods.filter { $0 != "ACK" })
    }

    @Test(
        "To an INVITE or UPDATE of ours it ends the call, with a BYE unless the peer knows of no dialog",
        arguments: destroying + ending)
    func session(_ code: Int) throws {
        for method in [SIPMethod.invite, .update] {
            var (peer, labels, methods) = try refused(method, code)
            #expect(labels == ["response \(code)", "lost"])
            #expect(methods == (code == 481 ? [] : ["BYE"]))
            peer.settle()
            #expect(peer.endpoint.counts == Peer.empty)
        }
    }

    @Test("A refresh of the session timer ends the call if nobody is where the peer was", arguments: destroying)
    func refresh(_ code: Int) throws {
        var peer = Peer()
        _ = try answered(&peer)
        peer.advance(by: .seconds(50))
        let update = try #require(peer.take().requests.first)
        #expect(update.method == .update)
        peer.receive(Peer.response(try status(code), to: update))
        let out = peer.take()
        #expect(out.events.map(\.label) == ["lost"])
        #expect(out.methods == ["BYE"])
        peer.settle()
        #expect(!peer.take().methods.contains("UPDATE"))
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("No other failure ends it: the session goes on (RFC 3261 §14.1)", arguments: [SIPMethod.invite, .update])
    func refusal(_ method: SIPMethod) throws {
        for code in Self.failures {
            let (peer, labels, methods) = try refused(method, code)
            #expect(labels == ["response \(code)"])
            #expect(methods.isEmpty)
            #expect(peer.endpoint.counts.dialogs == 1, "\(code)")
        }
    }

    @Test(
        "INFO and REFER may fail because of what they are about: only 481 and 408 end it",
        arguments: [SIPMethod.info, .refer])
    func others(_ method: SIPMethod) throws {
        for code in Self.failures + Self.destroying + Self.ending {
            let (peer, labels, _) = try refused(method, code)
            #expect(labels == ["response \(code)"] + (Self.ending.contains(code) ? ["lost"] : []))
            if !Self.ending.contains(code) { #expect(peer.endpoint.counts.dialogs == 1, "\(code)") }
        }
    }

    @Test("PRACK, NOTIFY and SUBSCRIBE tell of something else", arguments: [SIPMethod.prack, .notify, .subscribe])
    func subscriptions(_ method: SIPMethod) throws {
        for code in 300..<700 { #expect(try !status(code).endsCall(of: method)) }
    }

    @Test("482 may be about a request that was merged, and destroys nothing")
    func merged() throws {
        let destroying = try (100..<700).filter { try status($0).destroysDialog }
        #expect(destroying == Self.destroying)
        #expect(try (100..<700).filter { try status($0).endsUsage } == Self.ending)
    }
}
