import RawPeers
import SIP
import SIPTransport
import Testing

@Suite("Overload control of untrusted peers")
struct OverloadOfStrangersTests {
    @Test("A challenge by UDP is no more than three times as long as what it answers")
    func amplification() async throws {
        let change = Change {
            $0.policy = PeerPolicy(trusted: [])
            let everybody = IPNetwork("0.0.0.0/0")
            $0.authentication = AuthenticationSettings(
                realm: "ims.example", networks: [everybody].compactMap { $0 }, passwords: ["bob": "secret"])
        }
        try await TestStack.run(configure: change) { test in
            let peer = try await RawPeer.udp(from: test.loopback.peer, to: test.loopback.server, test.udpPort)
            let tiny =
                "OPTIONS sip:a SIP/2.0\r\nv:SIP/2.0/UDP a;branch=z9hG4bKt\r\nf:<sip:a>;tag=1\r\nt:<sip:a>\r\n"
                + "i:tiny\r\nCSeq:1 OPTIONS\r\nl:0\r\n\r\n"
            try await peer.send(Array(tiny.utf8))
            try await peer.send(test.options(from: test.loopback.peer, .udp))
            #expect(await eventually { peer.count(401) == 1 })
            #expect(!peer.text.contains("tiny"))
            #expect(await test.stack.statistics.challenges == 2)
            await peer.close()
        }
    }

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
