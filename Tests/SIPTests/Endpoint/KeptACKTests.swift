import SIP
import Testing
import Timing

@Suite("The ACK that is kept for a 2xx that comes again (RFC 3261 §13.2.2.4)")
struct KeptACKTests {
    @Test("It is kept for 64·T1, as long as that can come, and no longer")
    func kept() throws {
        var peer = Peer()
        _ = peer.send(Peer.outgoing())
        let sent = try #require(peer.take().requests.first)
        let answer = Peer.response(.ok, to: sent)
        peer.receive(answer)
        guard case .response(_, _, let dialog?)? = peer.take().events.first else { throw SIPParseError(.missing) }
        peer.acknowledge(dialog)
        let ack = try #require(peer.take().requests.first)
        peer.advance(by: .seconds(31))
        peer.receive(answer)
        #expect(peer.take().requests == [ack])
        #expect(peer.endpoint.counts.clientTransactions == 1)
        peer.advance(by: .seconds(2))
        #expect(peer.endpoint.dialog(dialog) != nil)
        #expect(peer.endpoint.counts.clientTransactions == 0)
        peer.receive(answer)
        #expect(peer.take().isEmpty)
    }

    /// Our INVITE, outside any dialog or in one, with the peer's 2xx to it and our ACK.
    private func invited(_ peer: inout Peer, in dialog: DialogID? = nil) throws -> (
        dialog: DialogID, answer: SIPMessage, ack: SIPRequest
    ) {
        if let dialog { _ = peer.send(.invite, in: dialog) } else { _ = peer.send(Peer.outgoing()) }
        let answer = Peer.response(.ok, to: try #require(peer.take().requests.first))
        peer.receive(answer)
        guard case .response(_, _, let dialog?)? = peer.take().events.first else { throw SIPParseError(.missing) }
        peer.acknowledge(dialog)
        return (dialog, answer, try #require(peer.take().requests.first))
    }

    @Test("The 2xx to an INVITE that comes again behind a later INVITE gets the ACK of its own")
    func eachItsOwn() throws {
        var peer = Peer()
        let first = try invited(&peer)
        let second = try invited(&peer, in: first.dialog)
        let third = try invited(&peer, in: first.dialog)
        #expect(try [first, second, third].map { try $0.ack.headers.cSeq().number } == [1, 2, 3])
        for call in [first, third, second, first] {
            peer.receive(call.answer)
            let out = peer.take()
            #expect(out.requests == [call.ack])
            #expect(out.events.isEmpty)
        }
        peer.advance(by: .seconds(33))
        #expect(peer.endpoint.counts.clientTransactions == 0)
        #expect(peer.endpoint.counts.dialogs == 1)
    }

    @Test("It is kept beyond the dialog: a 2xx that crosses the end of the call makes no new one")
    func ended() throws {
        var peer = Peer()
        let call = try invited(&peer)
        _ = peer.send(.bye, in: call.dialog)
        peer.receive(Peer.response(.ok, to: try #require(peer.take().requests.first)))
        #expect(peer.endpoint.counts.dialogs == 0)
        _ = peer.take()
        peer.receive(call.answer)
        #expect(peer.take().requests == [call.ack])
        #expect(peer.endpoint.counts.dialogs == 0)
        peer.settle()
        #expect(peer.endpoint.counts == Peer.empty)
    }

    @Test("No INVITE goes out while the ACK of the one before is due; an ACK that is not due does not go out")
    func due() throws {
        var peer = Peer()
        let call = try invited(&peer)
        peer.acknowledge(call.dialog)
        #expect(peer.take().isEmpty)
        _ = peer.send(.invite, in: call.dialog)
        peer.receive(Peer.response(.ok, to: try #require(peer.take().requests.first)))
        #expect(!peer.endpoint.mayOffer(in: call.dialog))
        #expect(peer.send(.invite, in: call.dialog) == nil)
        _ = peer.take()
        peer.acknowledge(call.dialog)
        #expect(try peer.take().requests.first?.headers.cSeq() == CSeq(number: 2, method: .ack))
        #expect(peer.endpoint.mayOffer(in: call.dialog))
        #expect(peer.send(.invite, in: call.dialog) != nil)
    }
}
