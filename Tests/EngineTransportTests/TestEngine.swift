import EngineTransport
import Foundation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import VoiceEngine

/// A server of which the test says what it does.
final class TestEngine: Sendable {
    /// What the server does when it gets a text message.
    typealias Reaction = @Sendable (WebSocketConnection, String) -> Void

    /// A server that sets up every session.
    static let settingUp: Reaction = { connection, text in
        if text.contains("session.update") { connection.send(#"{"type":"session.updated"}"#) }
    }

    final class Handler: WebSocketServerHandler, Sendable {
        let opened: @Sendable (WebSocketConnection) -> Void
        let reaction: Reaction
        let closed: AsyncStream<EngineCloseReason>.Continuation

        init(
            opened: @escaping @Sendable (WebSocketConnection) -> Void,
            reaction: @escaping Reaction,
            closed: AsyncStream<EngineCloseReason>.Continuation
        ) {
            self.opened = opened
            self.reaction = reaction
            self.closed = closed
        }

        func webSocketDidOpen(_ connection: WebSocketConnection) {
            opened(connection)
        }

        func webSocket(_ connection: WebSocketConnection, didReceive text: Span<UInt8>) {
            reaction(connection, text.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
        }

        func webSocket(_ connection: WebSocketConnection, didClose reason: EngineCloseReason) {
            closed.yield(reason)
        }
    }

    let server: WebSocketServer
    /// How each connection ended, as the server saw it.
    let closed: AsyncStream<EngineCloseReason>

    init(
        host: String = "127.0.0.1",
        tls: NIOSSLContext? = nil,
        decision: WebSocketServer.Decision = .accept,
        opened: @escaping @Sendable (WebSocketConnection) -> Void = { $0.send(#"{"type":"session.created"}"#) },
        reaction: @escaping Reaction = TestEngine.settingUp
    ) async throws {
        let (closed, continuation) = AsyncStream.makeStream(of: EngineCloseReason.self)
        self.closed = closed
        server = try await WebSocketServer.bind(
            host: host, port: 0, group: MultiThreadedEventLoopGroup.singleton, tls: tls, decide: { _ in decision },
            open: { _ in Handler(opened: opened, reaction: reaction, closed: continuation) })
    }

    var url: String { "ws://127.0.0.1:\(server.port)/v1/realtime" }
}

extension WebSocketConnection {
    func send(_ text: String) {
        send(text: Array(text.utf8).span)
    }
}

/// Gathers what a connection reports.
final class Recorder: EngineConnectionHandler {
    enum Report: Sendable, Hashable {
        case event(EngineEvent)
        case audio(EngineTurnID, [UInt8])
    }

    let reports: AsyncStream<Report>
    private let continuation: AsyncStream<Report>.Continuation

    init() {
        (reports, continuation) = AsyncStream.makeStream()
    }

    func engine(_ connection: EngineConnection, didSend audio: Span<UInt8>, of turn: EngineTurnID) {
        continuation.yield(.audio(turn, audio.withUnsafeBufferPointer(Array.init)))
    }

    func engine(_ connection: EngineConnection, didEmit event: EngineEvent) {
        continuation.yield(.event(event))
        if case .closed = event { continuation.finish() }
    }

    /// Everything up to the end of the connection.
    func all() async -> [Report] {
        var all: [Report] = []
        for await report in reports { all.append(report) }
        return all
    }

    func closeReason() async -> EngineCloseReason? {
        guard case .event(.closed(let reason))? = await all().last else { return nil }
        return reason
    }
}

func loop() -> any EventLoop { MultiThreadedEventLoopGroup.singleton.next() }

let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

func connect(
    to url: String,
    trustRoots: String? = nil,
    within: Duration = .seconds(10),
    configuration: EngineSessionConfiguration = EngineSessionConfiguration(audioFormat: .pcmu),
    handler: Recorder = Recorder()
) async throws -> EngineConnection {
    try await EngineConnection.connect(
        to: EngineEndpoint(name: "test", url: url, trustRootsFile: trustRoots),
        with: configuration,
        within: within,
        on: loop(),
        logger: quiet,
        handler: handler
    ).get()
}
