import NIOCore
import NIOPosix
import SIP
import SIPTransport
import Synchronization
import Testing

/// Pings on connections of ours (RFC 5626 §4.4.1).
@Suite("Keep-alive as client")
struct KeepAliveTests {
    private static func pings(pongTime: Duration) -> Change {
        Change {
            $0.policy.allowUntrusted = true
            $0.keepAlive = .milliseconds(40)
            $0.pongTime = pongTime
        }
    }

    @Test("A peer that answers keeps its connection, and gets more than one ping")
    func answered() async throws {
        try await TestStack.run(configure: Self.pings(pongTime: .seconds(60))) { test in
            let peer = try await StreamPeer(at: test.loopback.peer, answersPings: true)
            await peer.begin(test)
            #expect(await eventually { peer.pings >= 3 })
            #expect(!peer.isClosed)
            #expect(await test.stack.statistics.connectionsTimedOut == 0)
            await peer.close()
        }
    }

    @Test("A peer that does not answer loses its connection after one ping")
    func silent() async throws {
        try await TestStack.run(configure: Self.pings(pongTime: .milliseconds(200))) { test in
            let peer = try await StreamPeer(at: test.loopback.peer, answersPings: false)
            await peer.begin(test)
            #expect(await eventually { peer.isClosed })
            #expect(peer.pings == 1)
            #expect(await test.stack.statistics.connectionsTimedOut == 1)
            await peer.close()
        }
    }
}

/// A peer that a stack connects to.
private final class StreamPeer: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private struct State {
        var pings = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let answersPings: Bool
    private let listener = Mutex<(any Channel)?>(nil)

    var pings: Int { state.withLock { $0.pings } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    init(at address: String, answersPings: Bool) async throws {
        self.answersPings = answersPings
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(self) }
            }
            .bind(host: address, port: 0).get()
        listener.withLock { $0 = channel }
    }

    /// Has the stack connect: by an INVITE that nobody answers.
    func begin(_ test: TestStack) async {
        let port = listener.withLock { $0?.localAddress?.port ?? 0 }
        var request = SIPRequest(method: .invite, requestURI: "sip:peer@\(test.loopback.peer)")
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<sip:us@ims.example>")
        request.headers.append(.to, "<sip:peer@ims.example>")
        let hop = Hop(transport: .tcp, host: test.loopback.peer, port: UInt16(truncatingIfNeeded: port))
        _ = await test.stack.invite(request, to: hop)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard String(buffer: buffer).hasSuffix("\r\n\r\n\r\n\r\n") || String(buffer: buffer) == "\r\n\r\n" else {
            return
        }
        state.withLock { $0.pings += 1 }
        if answersPings { context.writeAndFlush(NIOAny(ByteBuffer(string: "\r\n")), promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { state.withLock { $0.isClosed = true } }

    func close() async {
        let channel = listener.withLock { $0 }
        try? await channel?.close()
    }
}
