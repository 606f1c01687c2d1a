import SIP
import Testing
import Timing

@Suite("Answers to other requests than INVITE (RFC 4320 §4)")
struct SlowAnswerTests {
    @Test(
        "One that takes long gets 100 after 3.5 s, and no other provisional response",
        arguments: [.udp, .tcp] as [TransportKind])
    func slow(_ transport: TransportKind) throws {
        var peer = Peer(transport: transport)
        let tag = try peer.answered().tag
        let info = Peer.invite(branch: "z9hG4bKi", cSeq: 2, toTag: tag, method: "INFO")
        try peer.receive(info)
        let id = try #require(peer.take().dialogRequests.first)
        let rings = peer.respond(id, .ringing)
        #expect(!rings)
        peer.advance(by: .milliseconds(3_499))
        #expect(peer.take().statuses.isEmpty)
        peer.advance(by: .milliseconds(1))
        #expect(peer.take().statuses == [100])
        try peer.receive(info)
        #expect(peer.take().statuses == [100])
        _ = peer.respond(id, .ok)
        peer.settle()
        #expect(peer.take().statuses == [200])
        #expect(peer.endpoint.counts.serverTransactions == 0)
    }
}
