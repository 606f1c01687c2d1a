import SIP
import Testing
import Timing

@Suite("Subscriptions of ours (RFC 6665)")
struct SubscriptionTests {
    private static func subscribe(expires: Int = 3_600) -> SIPRequest {
        var request = SIPRequest(method: .subscribe, requestURI: "sip:alice@example.com")
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<sip:as@example.com>;tag=ours")
        request.headers.append(.to, "<sip:alice@example.com>")
        request.headers.append(.callID, "sub@192.0.2.1")
        request.headers.append(.cSeq, "1 SUBSCRIBE")
        request.headers.append(.contact, "<sip:192.0.2.1:5060>")
        request.headers.append(.event, "reg")
        request.headers.append(.expires, String(expires))
        return request
    }

    private static func notify(_ state: String, cSeq: Int = 1, tag: String = "theirs", event: String = "reg") -> String
    {
        """
        NOTIFY sip:192.0.2.1:5060 SIP/2.0
        Via: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKn\(cSeq)\(tag)
        Max-Forwards: 70
        From: <sip:alice@example.com>;tag=\(tag)
        To: <sip:as@example.com>;tag=ours
        Call-ID: sub@192.0.2.1
        CSeq: \(cSeq) NOTIFY
        Contact: <sip:192.0.2.9:5060>
        Event: \(event)
        Subscription-State: \(state)
        Content-Length: 0


        """
    }

    private func subscribed(_ peer: inout Peer) throws -> (SubscriptionID, SIPRequest) {
        let id = try #require(
            peer.endpoint.subscribe(Self.subscribe(), to: Peer.hop, at: peer.now, into: &peer.pending))
        return (id, try #require(peer.take().requests.first))
    }

    private func accept(_ request: SIPRequest, _ peer: inout Peer, expires: Int = 3_600) {
        guard case .response(var response) = Peer.response(.ok, to: request, tag: "theirs") else { return }
        response.headers.append(.expires, String(expires))
        peer.receive(.response(response))
    }

    @Test("NOTIFYs reach the user, also one that overtakes the 200")
    func notified() throws {
        var peer = Peer()
        let (_, request) = try subscribed(&peer)
        try peer.receive(Self.notify("active;expires=3600"))
        guard case .notified(_, let transaction, _)? = peer.take().events.first else {
            Issue.record("no NOTIFY")
            return
        }
        _ = peer.respond(transaction, .ok)
        accept(request, &peer)
        try peer.receive(Self.notify("active;expires=3500", cSeq: 2))
        #expect(peer.take().events.map(\.label) == ["notified"])
    }

    @Test("Refreshed 600 s before its end, inside the dialog")
    func refreshed() throws {
        var peer = Peer()
        let (_, request) = try subscribed(&peer)
        accept(request, &peer)
        try peer.receive(Self.notify("active;expires=3600"))
        _ = peer.take()
        peer.advance(by: .seconds(2_999))
        #expect(peer.take().methods.isEmpty)
        peer.advance(by: .seconds(2))
        let refresh = try #require(peer.take().requests.first)
        #expect(refresh.method == .subscribe)
        #expect(try refresh.headers.cSeq().number == 2)
        #expect(try refresh.headers.address(.to).tag == "theirs")
        #expect(refresh.headers.first(.event) == "reg")
        accept(refresh, &peer)
        peer.advance(by: .seconds(2_900))
        #expect(peer.take().events.isEmpty)
    }

    @Test("Refreshed at once when its user wants the full state, one time until that has come")
    func refreshedNow() throws {
        var peer = Peer()
        let (id, request) = try subscribed(&peer)
        accept(request, &peer)
        peer.endpoint.refreshSubscription(id, at: peer.now, into: &peer.pending)
        #expect(peer.take().methods.isEmpty)
        try peer.receive(Self.notify("active;expires=3600"))
        _ = peer.take()
        for sent in [["SUBSCRIBE"], []] {
            peer.endpoint.refreshSubscription(id, at: peer.now, into: &peer.pending)
            #expect(peer.take().methods == sent)
        }
    }

    @Test("A refresh that is challenged leaves the dialog with the number it was sent with (RFC 3261 §12.2.1.1)")
    func challengedRefresh() throws {
        var peer = Peer()
        let account = DigestClient.Account(realm: "r", username: "u", password: "p")
        peer.endpoint.setAccounts([account], of: "192.0.2.9")
        let (id, request) = try subscribed(&peer)
        accept(request, &peer)
        try peer.receive(Self.notify("active;expires=3600"))
        _ = peer.take()
        peer.endpoint.refreshSubscription(id, at: peer.now, into: &peer.pending)
        let refresh = try #require(peer.take().requests.first)
        var challenge = SIPResponse(.unauthorized, to: refresh, toTag: nil)
        challenge.headers.append(.wwwAuthenticate, DigestChallenge(realm: "r", nonce: "n", algorithm: "MD5"))
        peer.receive(.response(challenge))
        let again = try #require(peer.take().requests.first)
        #expect(try again.headers.cSeq().number == refresh.headers.cSeq().number + 1)
        accept(again, &peer)
        _ = peer.take()
        peer.endpoint.unsubscribe(id, at: peer.now, into: &peer.pending)
        let last = try #require(peer.take().requests.first)
        #expect(try last.headers.cSeq().number == refresh.headers.cSeq().number + 2)
    }

    @Test("No NOTIFY within 64·T1 ends it (timer N), and so do a refusal and a terminated state")
    func ends() throws {
        var silent = Peer()
        let (_, request) = try subscribed(&silent)
        accept(request, &silent)
        silent.advance(by: .seconds(33))
        #expect(silent.take().events.map(\.label) == ["subscription silent"])

        var refused = Peer()
        let (_, other) = try subscribed(&refused)
        refused.receive(Peer.response(.forbidden, to: other))
        #expect(refused.take().events.map(\.label) == ["subscription failed(403)"])

        var terminated = Peer()
        _ = try subscribed(&terminated)
        try terminated.receive(Self.notify("terminated;reason=deactivated;retry-after=5"))
        let events = terminated.take().events
        #expect(events.map(\.label).first == "notified")
        guard case .subscriptionEnded(_, let end)? = events.last else {
            Issue.record("not ended")
            return
        }
        #expect(end == .terminated(reason: "deactivated", retryAfter: 5))
        #expect(terminated.endpoint.counts.subscriptions == 0)
    }

    @Test("423 is answered with the longer time, once")
    func tooBrief() throws {
        var peer = Peer()
        let (_, request) = try subscribed(&peer)
        guard case .response(var response) = Peer.response(.intervalTooBrief, to: request) else { return }
        response.headers.append("Min-Expires", "7200")
        peer.receive(.response(response))
        let again = try #require(peer.take().requests.last)
        #expect(again.headers.first(.expires) == "7200")
        #expect(try again.headers.cSeq().number == 2)
    }

    @Test("423 that names no longer time than was asked for, or none, is the end", arguments: ["3600", "60", "", "x"])
    func tooBriefForNothing(_ minimum: String) throws {
        var peer = Peer()
        let (_, request) = try subscribed(&peer)
        guard case .response(var response) = Peer.response(.intervalTooBrief, to: request) else { return }
        response.headers.append(.minExpires, minimum)
        peer.receive(.response(response))
        let out = peer.take()
        #expect(out.methods.isEmpty)
        #expect(out.events.map(\.label) == ["subscription failed(423)"])
    }

    @Test("A second notifier and another event package are refused")
    func foreign() throws {
        var peer = Peer()
        _ = try subscribed(&peer)
        try peer.receive(Self.notify("active;expires=3600"))
        _ = peer.take()
        try peer.receive(Self.notify("active;expires=3600", tag: "fork"))
        #expect(peer.take().statuses == [481])
        try peer.receive(Self.notify("active;expires=3600", cSeq: 2, event: "presence"))
        #expect(peer.take().statuses == [489])
    }

    @Test("Unsubscribing sends Expires: 0 and leaves nothing behind")
    func unsubscribed() throws {
        var peer = Peer()
        let (id, request) = try subscribed(&peer)
        accept(request, &peer)
        try peer.receive(Self.notify("active;expires=3600"))
        _ = peer.take()
        peer.endpoint.unsubscribe(id, at: peer.now, into: &peer.pending)
        let last = try #require(peer.take().requests.first)
        #expect(last.headers.first(.expires) == "0")
        accept(last, &peer, expires: 0)
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test(
        "A refresh that is refused ends the subscription where the status says so; otherwise it lasts (§4.1.2.2)",
        arguments: [
            (404, true), (405, true), (410, true), (416, true), (480, true), (481, true), (484, true), (489, true),
            (501, true), (604, true), (403, false), (408, false), (500, false), (503, false),
        ])
    func refusedRefresh(_ status: Int, _ ends: Bool) throws {
        var peer = Peer()
        let refresh = try refreshing(&peer)
        peer.receive(Peer.response(try #require(StatusCode(rawValue: status)), to: refresh, tag: nil))
        let isOver = peer.take().events.contains { $0.label.hasPrefix("subscription failed") }
        #expect(isOver == ends)
        #expect(peer.endpoint.counts.subscriptions == (ends ? 0 : 1))
        guard !ends else { return }
        peer.advance(by: .milliseconds(30_100))
        #expect(peer.take().methods == ["SUBSCRIBE"], "it is asked for again")
    }

    @Test("A refresh without an answer is tried again while the subscription lasts")
    func silentRefresh() throws {
        var peer = Peer()
        _ = try refreshing(&peer)
        peer.advance(by: .seconds(33))
        let out = peer.take()
        #expect(out.events.isEmpty)
        #expect(peer.endpoint.counts.subscriptions == 1)
        peer.advance(by: .seconds(30))
        #expect(try peer.take().requests.contains { try $0.headers.cSeq().number == 3 })
    }

    /// A subscription whose first refresh is under way.
    private func refreshing(_ peer: inout Peer) throws -> SIPRequest {
        let (_, request) = try subscribed(&peer)
        accept(request, &peer)
        try peer.receive(Self.notify("active;expires=3600"))
        _ = peer.take()
        peer.advance(by: .seconds(3_001))
        return try #require(peer.take().requests.first)
    }
}
