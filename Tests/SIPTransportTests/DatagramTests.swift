import RawPeers
import SIP
import SIPTransport
import Testing

@Suite("SIP over UDP")
struct DatagramTests {
    @Test("A request of a trusted peer is answered")
    func trusted() async throws {
        try await TestStack.run { test in
            let peer = try await RawPeer.udp(from: test.loopback.peer, to: test.loopback.server, test.udpPort)
            try await peer.send(test.options(from: test.loopback.peer, .udp))
            #expect(await eventually { peer.count(200) == 1 })
            await peer.close()
        }
    }

    @Test("A stranger gets not one octet, not even a 400")
    func untrusted() async throws {
        try await TestStack.run { test in
            let stranger = try await RawPeer.udp(from: test.loopback.stranger, to: test.loopback.server, test.udpPort)
            let peer = try await RawPeer.udp(from: test.loopback.peer, to: test.loopback.server, test.udpPort)
            let good = test.options(from: test.loopback.stranger, .udp)
            try await stranger.send(good)
            try await stranger.send(Self.broken(good))
            #expect(await eventually { await test.stack.statistics.droppedUntrusted == 2 })
            // One socket, one queue: what is answered now was read after the stranger's datagrams.
            try await peer.send(test.options(from: test.loopback.peer, .udp))
            #expect(await eventually { peer.count(200) == 1 })
            #expect(stranger.text.isEmpty)
            #expect(test.user.requests.count == 1)
            let statistics = await test.stack.statistics
            #expect(statistics.messagesReceived == 1)
            #expect(statistics.messagesSent == 1)
            #expect(statistics.malformed == 0, "a stranger's datagram is not even parsed")
            await stranger.close()
            await peer.close()
        }
    }

    @Test("With `allowUntrusted` the stranger is answered")
    func allowed() async throws {
        try await TestStack.run(configure: Change { $0.policy.allowUntrusted = true }) { test in
            let stranger = try await RawPeer.udp(from: test.loopback.stranger, to: test.loopback.server, test.udpPort)
            try await stranger.send(test.options(from: test.loopback.stranger, .udp))
            #expect(await eventually { stranger.count(200) == 1 })
            await stranger.close()
        }
    }

    @Test("A malformed request that can be answered gets 400, and a good one is answered after it")
    func malformed() async throws {
        try await TestStack.run { test in
            let peer = try await RawPeer.udp(from: test.loopback.peer, to: test.loopback.server, test.udpPort)
            try await peer.send(Self.broken(test.options(from: test.loopback.peer, .udp)))
            #expect(await eventually { peer.count(400) == 1 })
            try await peer.send(test.options(from: test.loopback.peer, .udp, sequence: 2))
            #expect(await eventually { peer.count(200) == 1 })
            #expect(await test.stack.statistics.malformed == 1)
            #expect(test.user.requests.count == 1)
            await peer.close()
        }
    }

    @Test(
        "What cannot be answered is passed over in silence",
        arguments: [
            "no SIP at all, only some noise",
            "OPTIONS sip:a@b SIP/2.0\r\n",
            "SIP/2.0 2000 OK\r\nVia: SIP/2.0/UDP 127.0.0.1\r\n\r\n",
            "ACK sip:bob@ims.example SIP/7.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKa\r\n\r\n",
            "\r\n\r\n",
            "\0\0\0\0",
        ]
    )
    func silence(_ text: String) async throws {
        try await TestStack.run { test in
            let peer = try await RawPeer.udp(from: test.loopback.peer, to: test.loopback.server, test.udpPort)
            try await peer.send(Array(text.utf8))
            try await peer.send(test.options(from: test.loopback.peer, .udp))
            #expect(await eventually { peer.count(200) == 1 })
            #expect(peer.text.hasPrefix("SIP/2.0 200 "))
            #expect(await test.stack.statistics.messagesSent == 1)
            await peer.close()
        }
    }

    @Test("A retransmission gets the same answer, and reaches nobody twice")
    func retransmission() async throws {
        try await TestStack.run { test in
            let peer = try await RawPeer.udp(from: test.loopback.peer, to: test.loopback.server, test.udpPort)
            let request = test.options(from: test.loopback.peer, .udp)
            try await peer.send(request)
            try await peer.send(request)
            #expect(await eventually { peer.count(200) == 2 })
            #expect(test.user.requests.count == 1)
            let answers = peer.text.split(separator: "SIP/2.0 200 ")
            #expect(answers.count == 2 && answers[0] == answers[1])
            await peer.close()
        }
    }

    /// The same request with a line that is no header field.
    private static func broken(_ request: [UInt8]) -> [UInt8] {
        Array(String(decoding: request, as: UTF8.self).replacing("Max-Forwards: 70", with: "Max-Forwards 70").utf8)
    }
}
