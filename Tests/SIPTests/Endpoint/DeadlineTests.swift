import SIP
import Testing
import Timing

@Suite("Deadlines of an endpoint")
struct DeadlineTests {
    @Test("A driver may meet a few at a time, and hears whether there are more")
    func atMost() {
        var peer = Peer()
        for number in 0..<10 { _ = peer.send(Peer.outgoing(callID: "deadline\(number)@192.0.2.1")) }
        _ = peer.take()
        peer.now = peer.now + .milliseconds(500)
        var repeated: [Int] = []
        var areMet = false
        while !areMet, repeated.count < 10 {
            areMet = peer.endpoint.handleTimeout(at: peer.now, atMost: 4, into: &peer.pending)
            repeated.append(peer.take().methods.count)
        }
        #expect(repeated == [4, 4, 2])
        let isDone = peer.endpoint.handleTimeout(at: peer.now, into: &peer.pending)
        #expect(isDone)
        #expect(peer.take().isEmpty)
    }
}
