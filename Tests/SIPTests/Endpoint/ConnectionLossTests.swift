import SIP
import Testing

/// Requests of ours whose connection closes.
@Suite("Endpoint: connections that close")
struct ConnectionLossTests {
    private static let flow = FlowID(rawValue: 7)

    @Test("One takes requests with it that have had no response, and no others (RFC 3263 §4.3)")
    func closed() throws {
        var peer = Peer()
        let silent = peer.send(Peer.outgoing())
        peer.endpoint.sent(silent, over: Self.flow)
        _ = peer.take()
        let answered = peer.send(Peer.outgoing(callID: "trying@192.0.2.1"))
        let request = try #require(peer.take().requests.first)
        peer.endpoint.sent(answered, over: Self.flow)
        peer.receive(Peer.response(.trying, to: request))
        let elsewhere = peer.send(Peer.outgoing(callID: "elsewhere@192.0.2.1"))
        peer.endpoint.sent(elsewhere, over: FlowID(rawValue: 8))
        _ = peer.take()
        peer.endpoint.connectionClosed(Self.flow, at: peer.now, into: &peer.pending)
        let events = peer.take().events
        #expect(events.map(\.label) == ["failed transport"])
        guard case .failed(silent, _)? = events.first else {
            Issue.record("another one")
            return
        }
        #expect(peer.endpoint.counts.clientTransactions == 2)
    }

    @Test("A request inside a dialog outlives its connection: the answer may come by another")
    func ofACall() throws {
        var peer = Peer()
        let (_, dialog, _) = try peer.answered()
        let id = peer.endpoint.send(.info, in: dialog, at: peer.now, into: &peer.pending)
        let info = try #require(peer.take().requests.first)
        peer.endpoint.sent(try #require(id), over: Self.flow)
        peer.endpoint.connectionClosed(Self.flow, at: peer.now, into: &peer.pending)
        #expect(peer.take().isEmpty)
        peer.receive(Peer.response(.ok, to: info))
        #expect(peer.take().events.map(\.label) == ["response 200"])
    }
}
