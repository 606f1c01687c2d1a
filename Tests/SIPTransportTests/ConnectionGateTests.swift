import CThreads
import NIOCore
import NIOPosix
import RawPeers
import SIP
import Testing

@testable import SIPTransport

@Suite("Connections of peers, away from signalling")
struct ConnectionGateTests {
    @Test("Signalling hears of a connection with its first whole message, and of its end")
    func firstMessage() async throws {
        try await TestStack.run { test in
            let open = { try await RawPeer.tcp(from: test.loopback.peer, to: test.loopback.server, test.tcpPort) }
            let known = { await test.stack.transports.connections.count }
            var slow: [RawPeer] = []
            for _ in 0..<10 { slow.append(try await open()) }
            let message = test.options(from: test.loopback.peer, .tcp)
            for peer in slow { try await peer.send(Array(message.dropLast())) }
            let peer = try await open()
            try await peer.send(message)
            #expect(await eventually { peer.count(200) == 1 })
            #expect(await test.stack.statistics.connectionsAccepted == 11)
            #expect(await known() == 1)
            try await slow[0].send(Array(message.suffix(1)))
            #expect(await eventually { slow[0].count(200) == 1 })
            #expect(await known() == 2)
            await peer.close()
            #expect(await eventually { await known() == 1 })
            for peer in slow { await peer.close() }
            #expect(await eventually { await known() == 0 })
        }
    }

    @Test("Their thread takes longer turns than others, where the kernel has turns of a length")
    func turns() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let usual = try await group.any().submit { cthreads_turn() }.get()
        ConnectionGate.takeLongTurns(on: group.any())
        let turn = try await group.any().submit { cthreads_turn() }.get()
        #expect(turn == (usual > 0 ? ConnectionGate.turn : 0))
        try await group.shutdownGracefully()
    }

    @Test("When the stack stops, connections end that never brought a message")
    func stop() async throws {
        var peer: RawPeer?
        try await TestStack.run { test in
            peer = try await RawPeer.tcp(from: test.loopback.peer, to: test.loopback.server, test.tcpPort)
            #expect(await eventually { await test.stack.statistics.connectionsAccepted == 1 })
        }
        #expect(await eventually { peer?.isClosed == true })
    }
}
