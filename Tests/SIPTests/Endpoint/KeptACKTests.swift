import Testing
import Timing

@testable import SIP

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
        #expect(peer.endpoint.dialogs[dialog]?.sentACK != nil)
        peer.advance(by: .seconds(2))
        #expect(peer.endpoint.dialog(dialog) != nil)
        #expect(peer.endpoint.dialogs[dialog]?.sentACK == nil)
    }
}
