import EngineTransport
import NIOCore
import NIOPosix
import Testing
import VoiceEngine

/// Says something to whoever connects.
private final class Greeter: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let greeting: String

    init(_ greeting: String) {
        self.greeting = greeting
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: greeting)), promise: nil)
    }
}

@Suite("Connecting to an engine", .timeLimit(.minutes(1)))
struct EngineConnectTests {
    @Test("It succeeds when the session is set up")
    func ready() async throws {
        let engine = try await TestEngine()
        let recorder = Recorder()
        let connection = try await connect(to: engine.url, handler: recorder)
        try await connection.eventLoop.submit {
            #expect(connection.isOpen)
            connection.close()
            connection.close()
        }.get()
        #expect(await recorder.all() == [.event(.ready), .event(.closed(.local))])
        await engine.server.close()
    }

    @Test("A handshake answered with another status than 101 says which", arguments: [401, 404, 426, 500, 503])
    func refused(_ status: Int) async throws {
        let engine = try await TestEngine(decision: .refuse(status: status))
        let recorder = Recorder()
        await #expect(throws: EngineConnectError.refused(status: status)) {
            try await connect(to: engine.url, handler: recorder)
        }
        await engine.server.close()
    }

    @Test("A handshake without an answer ends with the time allowed")
    func noAnswer() async throws {
        let engine = try await TestEngine(decision: .ignore)
        await #expect(throws: EngineConnectError.timedOut(after: .milliseconds(100))) {
            try await connect(to: engine.url, within: .milliseconds(100))
        }
        await engine.server.close()
    }

    @Test("An engine that accepts and stays silent ends with the time allowed, and loses the socket")
    func stalled() async throws {
        let engine = try await TestEngine(opened: { _ in })
        await #expect(throws: EngineConnectError.timedOut(after: .milliseconds(100))) {
            try await connect(to: engine.url, within: .milliseconds(100))
        }
        var closed = engine.closed.makeAsyncIterator()
        #expect(await closed.next() != nil)
        await engine.server.close()
    }

    @Test("A connection that nobody wants any more is given up before its time is over", .timeLimit(.minutes(1)))
    func abandoned() async throws {
        let (opened, continuation) = AsyncStream.makeStream(of: Void.self)
        let engine = try await TestEngine(opened: { _ in continuation.yield() })
        let connecting = EngineConnection.begin(
            to: EngineEndpoint(name: "test", url: engine.url),
            with: EngineSessionConfiguration(audioFormat: .pcmu),
            within: .seconds(600),
            on: loop(),
            logger: quiet,
            handler: Recorder()
        )
        var handshakes = opened.makeAsyncIterator()
        await handshakes.next()
        connecting.abandon()
        await #expect(throws: EngineConnectError.sessionReleased) { try await connecting.connection.get() }
        var closed = engine.closed.makeAsyncIterator()
        #expect(await closed.next() != nil)
        await engine.server.close()
    }

    @Test("A port that nobody listens on is told with advice")
    func nobodyThere() async throws {
        let engine = try await TestEngine()
        let url = engine.url
        await engine.server.close()
        let error = await #expect(throws: EngineConnectError.self) { try await connect(to: url) }
        guard case .unreachable(let advice)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(advice.contains("is the engine running"))
    }

    @Test("A URL that cannot be used needs no network", arguments: ["http://127.0.0.1/", "ws://", "ws://h:99999"])
    func invalidURL(_ url: String) async throws {
        let error = await #expect(throws: EngineConnectError.self) { try await connect(to: url) }
        guard case .invalidURL? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("A session that the engine refuses is a violation with its words")
    func sessionRefused() async throws {
        let engine = try await TestEngine(reaction: { connection, _ in
            connection.send(#"{"type":"error","error":{"code":"invalid_value","message":"no such voice"}}"#)
        })
        await #expect(throws: EngineConnectError.protocolViolation("invalid_value: no such voice")) {
            try await connect(to: engine.url)
        }
        await engine.server.close()
    }

    @Test("A close frame before the session is set up gives its code")
    func closedEarly() async throws {
        let engine = try await TestEngine(opened: { $0.close(code: .policyViolation) })
        await #expect(
            throws: EngineConnectError.protocolViolation(
                "closed by the engine with code 1008 before the session was set up")
        ) {
            try await connect(to: engine.url)
        }
        await engine.server.close()
    }

    @Test(
        "A peer that is no WebSocket server is a violation", arguments: ["SSH-2.0-x\r\n", "HTTP/1.1 101 Yes\r\n\r\n"])
    func notWebSocket(_ greeting: String) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.pipeline.addHandler(Greeter(greeting))
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let error = await #expect(throws: EngineConnectError.self) {
            try await connect(to: "ws://127.0.0.1:\(server.localAddress?.port ?? 0)/")
        }
        guard case .protocolViolation? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        try await server.close()
    }
}
