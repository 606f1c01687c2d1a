import RawPeers
import SIP
import SIPTransport
import Testing

@Suite("Overload control of untrusted peers")
struct OverloadOfStrangersTests {
    @Test("`oc` of a peer that is not trusted keeps nothing from it: it is shed here (RFC 7339)")
    func untrusted() async throws {
        let change = Change {
            // No latency is below this target.
            $0.overload = OverloadControl.Targets(latency: .nanoseconds(1), processor: 0.000_001)
            $0.policy = PeerPolicy(trusted: [], allowUntrusted: true)
        }
        try await TestStack.run(configure: change) { test in
            let peer = try await RawPeer.udp(from: test.loopback.peer, to: test.loopback.server, test.udpPort)
            var sequence = 0
            let isShed = await eventually {
                for _ in 0..<20 {
                    sequence += 1
                    try? await peer.send(test.options(from: test.loopback.peer, .udp, sequence: sequence))
                }
                let text = String(
                    decoding: test.options(from: test.loopback.peer, .udp, sequence: sequence + 100_000), as: UTF8.self)
                let invite = text.replacing("OPTIONS", with: "INVITE")
                    .replacing(";rport", with: ";rport;oc;oc-algo=\"loss\"")
                    .replacing("Content-Length", with: "Contact: <sip:peer@\(test.loopback.peer)>\r\nContent-Length")
                try? await peer.send(Array(invite.utf8))
                return peer.count(503) > 0
            }
            #expect(isShed)
            #expect(await test.stack.statistics.shedOverload > 0)
            await peer.close()
        }
    }
}
