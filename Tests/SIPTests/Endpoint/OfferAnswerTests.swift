import SIP
import Testing
import Timing

@Suite("Offers and answers in their places (RFC 3264, RFC 3311, RFC 6337)")
struct OfferAnswerExchangeTests {
    private typealias Exchange = OfferAnswerExchange
    private static let invite = Exchange.Place.request(.invite)

    @Test("The rows of RFC 6337 table 1 open and close the exchange")
    func table() {
        let reliable = Exchange.Place.reliableResponse(to: .invite, isFinal: false)
        let success = Exchange.Place.reliableResponse(to: .invite, isFinal: true)
        // Offer, answer; both seen from the one who gets the INVITE.
        var exchange = Exchange()
        exchange.received(Self.invite, hasDescription: true)
        #expect(exchange.state == .remoteOffer)
        exchange.sent(success, hasDescription: true)
        #expect(exchange.state == .stable)
        // 2. 2xx, ACK.
        exchange.received(Self.invite, hasDescription: false)
        exchange.sent(success, hasDescription: true)
        #expect(exchange.state == .localOffer)
        exchange.received(.request(.ack), hasDescription: true)
        #expect(exchange.state == .stable)
        // 3. INVITE, reliable 1xx; the 2xx says nothing new.
        exchange.received(Self.invite, hasDescription: true)
        exchange.sent(reliable, hasDescription: true)
        #expect(exchange.state == .stable)
        // What later responses describe is the same once more.
        for place in [reliable, success] {
            exchange.sent(place, hasDescription: true)
            #expect(exchange.state == .stable)
        }
        // 4. Offer in a reliable 1xx, answer in PRACK.
        exchange.received(Self.invite, hasDescription: false)
        exchange.sent(reliable, hasDescription: true)
        #expect(exchange.state == .localOffer)
        exchange.received(.request(.prack), hasDescription: true)
        #expect(exchange.state == .stable)
        exchange.sent(success, hasDescription: true)
        #expect(exchange.state == .stable)
        // 5. PRACK, 2xx of PRACK; 6. UPDATE, 2xx of UPDATE.
        for method in [SIPMethod.prack, .update] {
            exchange.received(.request(method), hasDescription: true)
            #expect(exchange.state == .remoteOffer)
            exchange.sent(.reliableResponse(to: method, isFinal: true), hasDescription: true)
            #expect(exchange.state == .stable)
        }
    }

    @Test("A refusal, and a 2xx without the answer that was due, close it too")
    func closing() {
        var exchange = OfferAnswerExchange()
        exchange.sent(.request(.update), hasDescription: true)
        #expect(exchange.refusalOfOffer == .requestPending)
        exchange.received(.failure(of: .update), hasDescription: false)
        #expect(exchange.state == .stable)
        exchange.received(.request(.invite), hasDescription: true)
        #expect(exchange.refusalOfOffer == .serverInternalError)
        exchange.sent(.reliableResponse(to: .invite, isFinal: true), hasDescription: false)
        #expect(exchange.state == .stable)
        exchange.received(.request(.info), hasDescription: true)
        #expect(exchange.state == .stable)
    }

    private static let allow = "Allow: INVITE, ACK, BYE, UPDATE"

    private func withOffer(_ method: String, _ cSeq: Int, _ tag: String) -> String {
        Peer.invite(branch: "z9hG4bK\(cSeq)", cSeq: cSeq, toTag: tag, method: method)
            .replacing("Content-Length: 0\n\n", with: "Content-Type: application/sdp\nContent-Length: 3\n\nv=0")
            .trimmingTrailingNewlines()
    }

    @Test("UPDATE with an offer while ours is open: 491; while the peer's own is: 500 with Retry-After (RFC 3311 §5.2)")
    func updateGlare() throws {
        var peer = Peer()
        let (_, dialog, tag) = try peer.answered(Self.allow)
        let ours = peer.endpoint.send(.update, in: dialog, .description, at: peer.now, into: &peer.pending)
        #expect(ours != nil)
        let update = try #require(peer.take().requests.first)
        try peer.receive(withOffer("UPDATE", 2, tag))
        #expect(peer.take().statuses == [491])
        #expect(peer.endpoint.send(.update, in: dialog, .description, at: peer.now, into: &peer.pending) == nil)
        peer.receive(Peer.response(.ok, to: update))
        _ = peer.take()
        try peer.receive(withOffer("UPDATE", 3, tag))
        #expect(peer.take().events.map(\.label) == ["dialog request UPDATE"])
        try peer.receive(withOffer("UPDATE", 4, tag))
        let second = peer.take()
        #expect(second.statuses == [500])
        #expect(second.responses.first?.headers.contains(.retryAfter) == true)
        try peer.receive(withOffer("INVITE", 5, tag))
        #expect(peer.take().statuses == [500])
    }

    @Test("UPDATE without an offer is taken at any time")
    func plainUpdate() throws {
        var peer = Peer()
        let (_, dialog, tag) = try peer.answered(Self.allow)
        _ = peer.endpoint.send(.update, in: dialog, .description, at: peer.now, into: &peer.pending)
        _ = peer.take()
        try peer.receive(Peer.invite(branch: "z9hG4bKu", cSeq: 2, toTag: tag, method: "UPDATE"))
        let out = peer.take()
        #expect(out.events.map(\.label) == ["dialog request UPDATE"])
    }
}

extension String {
    fileprivate func trimmingTrailingNewlines() -> String {
        var text = self
        while text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}
