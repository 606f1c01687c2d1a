import RawPeers
import SIP
import SIPTransport
import Testing

@Suite("SIP over TCP")
struct StreamTests {
    @Test("A request that comes octet by octet")
    func octetByOctet() async throws {
        try await TestStack.run { test in
            let peer = try await RawPeer.tcp(from: test.loopback.peer, to: test.loopback.server, test.tcpPort)
            for octet in test.options(from: test.loopback.peer, .tcp) { try await peer.send([octet]) }
            #expect(await eventually { peer.count(200) == 1 })
            #expect(test.user.requests.count == 1)
            await peer.close()
        }
    }

    @Test("Requests that come in one write are answered in their order")
    func pipelined() async throws {
        try await TestStack.run { test in
            let peer = try await RawPeer.tcp(from: test.loopback.peer, to: test.loopback.server, test.tcpPort)
            let count = 50
            let requests = (1...count).flatMap { test.options(from: test.loopback.peer, .tcp, sequence: $0) }
            try await peer.send(requests)
            #expect(await eventually { peer.count(200) == count })
            let sequence = peer.text.split(separator: "\r\n").filter { $0.hasPrefix("CSeq: ") }
            #expect(sequence == (1...count).map { "CSeq: \($0) OPTIONS" })
            await peer.close()
        }
    }

    @Test("A body that comes after its headers belongs to its request")
    func bodyLater() async throws {
        try await TestStack.run { test in
            let peer = try await RawPeer.tcp(from: test.loopback.peer, to: test.loopback.server, test.tcpPort)
            let text = String(decoding: test.options(from: test.loopback.peer, .tcp), as: UTF8.self)
            try await peer.send(Array(text.replacing("Content-Length: 0", with: "Content-Length: 4").utf8))
            try await peer.send(Array("ab".utf8))
            try await peer.send(Array("cd".utf8) + test.options(from: test.loopback.peer, .tcp, sequence: 2))
            #expect(await eventually { peer.count(200) == 2 })
            #expect(test.user.requests.map(\.body) == [Array("abcd".utf8), []])
            await peer.close()
        }
    }

    @Test("A keep-alive is answered")
    func keepAlive() async throws {
        try await TestStack.run { test in
            let peer = try await RawPeer.tcp(from: test.loopback.peer, to: test.loopback.server, test.tcpPort)
            try await peer.send(Array("\r\n\r\n".utf8))
            #expect(await eventually { peer.text == "\r\n" })
            // Each of several that come together.
            try await peer.send(Array(String(repeating: "\r\n\r\n", count: 100).utf8))
            #expect(await eventually { peer.text == String(repeating: "\r\n", count: 101) })
            await peer.close()
        }
    }

    @Test("A connection whose message never comes to its end is closed")
    func neverComplete() async throws {
        try await TestStack.run(configure: Change { $0.messageTime = .milliseconds(100) }) { test in
            let peer = try await RawPeer.tcp(from: test.loopback.peer, to: test.loopback.server, test.tcpPort)
            try await peer.send(Array("OPTIONS sip:bob@ims.example SIP/2.0\r\nVia: ".utf8))
            #expect(await eventually { peer.isClosed })
            #expect(peer.text.isEmpty)
        }
    }

    @Test("An idle connection is not")
    func idle() async throws {
        try await TestStack.run(configure: Change { $0.messageTime = .milliseconds(20) }) { test in
            let idle = try await RawPeer.tcp(from: test.loopback.peer, to: test.loopback.server, test.tcpPort)
            try await idle.send(test.options(from: test.loopback.peer, .tcp))
            #expect(await eventually { idle.count(200) == 1 })
            // Closed for its age, another one shows that the time has passed.
            let slow = try await RawPeer.tcp(from: test.loopback.peer, to: test.loopback.server, test.tcpPort)
            try await slow.send([0x4F])
            #expect(await eventually { slow.isClosed })
            #expect(!idle.isClosed)
            try await idle.send(test.options(from: test.loopback.peer, .tcp, sequence: 2))
            #expect(await eventually { idle.count(200) == 2 })
            await idle.close()
        }
    }

    @Test("A stream that cannot be cut any more is answered where possible, and closed")
    func unframable() async throws {
        try await TestStack.run { test in
            let peer = try await RawPeer.tcp(from: test.loopback.peer, to: test.loopback.server, test.tcpPort)
            let text = String(decoding: test.options(from: test.loopback.peer, .tcp), as: UTF8.self)
            try await peer.send(Array(text.replacing("Content-Length: 0", with: "Content-Length: -1").utf8))
            #expect(await eventually { peer.isClosed })
            #expect(peer.count(400) == 1)
            #expect(test.user.requests.isEmpty)
        }
    }

    @Test("A stranger's connection is closed without an octet")
    func stranger() async throws {
        try await TestStack.run { test in
            let stranger = try? await RawPeer.tcp(from: test.loopback.stranger, to: test.loopback.server, test.tcpPort)
            if let stranger {
                try? await stranger.send(test.options(from: test.loopback.stranger, .tcp))
                #expect(await eventually { stranger.isClosed })
                #expect(stranger.text.isEmpty)
            }
            #expect(await eventually { await test.stack.statistics.connectionsRefused == 1 })
            #expect(test.user.requests.isEmpty)
            let peer = try await RawPeer.tcp(from: test.loopback.peer, to: test.loopback.server, test.tcpPort)
            try await peer.send(test.options(from: test.loopback.peer, .tcp))
            #expect(await eventually { peer.count(200) == 1 })
            await peer.close()
        }
    }

    @Test("One peer has only so many connections; closing one makes room")
    func connectionLimit() async throws {
        try await TestStack.run(configure: Change { $0.connectionsPerPeer = 2 }) { test in
            let open = { try await RawPeer.tcp(from: test.loopback.peer, to: test.loopback.server, test.tcpPort) }
            let first = try await open()
            let second = try await open()
            #expect(await eventually { await test.stack.statistics.connectionsAccepted == 2 })
            let third = try? await open()
            #expect(await eventually { third?.isClosed ?? true })
            #expect(await eventually { await test.stack.statistics.connectionsRefused == 1 })
            await first.close()
            var sequence = 0
            // The stack hears of the end a little later than we do.
            let hasRoom = await eventually {
                sequence += 1
                guard let peer = try? await open() else { return false }
                try? await peer.send(test.options(from: test.loopback.peer, .tcp, sequence: sequence))
                _ = await eventually { peer.isClosed || peer.count(200) == 1 }
                let wasAnswered = peer.count(200) == 1
                await peer.close()
                return wasAnswered
            }
            #expect(hasRoom)
            await second.close()
        }
    }
}
