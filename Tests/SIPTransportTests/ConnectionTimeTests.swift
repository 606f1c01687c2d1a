import RawPeers
import SIP
import SIPTransport
import Testing

@Suite("What a connection may take its time for")
struct ConnectionTimeTests {
    @Test("A connection that never brings a message is closed, keep-alives or not")
    func neverAMessage() async throws {
        try await TestStack.run(configure: Change { $0.firstMessageTime = .milliseconds(100) }) { test in
            let peer = try await RawPeer.tcp(from: test.loopback.peer, to: test.loopback.server, test.tcpPort)
            let isClosed = await eventually {
                try? await peer.send(Array("\r\n\r\n".utf8))
                return peer.isClosed
            }
            #expect(isClosed)
            #expect(await test.stack.statistics.connectionsTimedOut == 1)
        }
    }

    @Test("A body has its own time, which begins when the header section is complete")
    func body() async throws {
        let change = Change {
            $0.messageTime = .seconds(60)
            $0.bodyTime = .milliseconds(50)
        }
        try await TestStack.run(configure: change) { test in
            let peer = try await RawPeer.tcp(from: test.loopback.peer, to: test.loopback.server, test.tcpPort)
            let text = String(decoding: test.options(from: test.loopback.peer, .tcp), as: UTF8.self)
            try await peer.send(Array((text.replacing("Content-Length: 0", with: "Content-Length: 4") + "abc").utf8))
            #expect(await eventually { peer.isClosed })
            #expect(test.user.requests.isEmpty)
        }
    }

    @Test("The last connections are for trusted peers")
    func reserve() async throws {
        let change = Change {
            $0.policy.allowUntrusted = true
            $0.connections = 3
            $0.connectionsReserved = 2
        }
        try await TestStack.run(configure: change) { test in
            let open = { (address: String) in
                try await RawPeer.tcp(from: address, to: test.loopback.server, test.tcpPort)
            }
            let stranger = try await open(test.loopback.stranger)
            #expect(await eventually { await test.stack.statistics.connectionsAccepted == 1 })
            let second = try? await open(test.loopback.stranger)
            #expect(await eventually { second?.isClosed ?? true })
            #expect(await eventually { await test.stack.statistics.connectionsRefused == 1 })
            let peer = try await open(test.loopback.peer)
            try await peer.send(test.options(from: test.loopback.peer, .tcp))
            #expect(await eventually { peer.count(200) == 1 })
            await stranger.close()
            await peer.close()
        }
    }
}
