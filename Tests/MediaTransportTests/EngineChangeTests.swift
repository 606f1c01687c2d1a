import Codecs
import EngineTransport
import Media
import NIOCore
import NIOPosix
import SDP
import Testing
import VoiceEngine

@testable import MediaTransport

@Suite("A session's engine takes the place of another one", .serialized)
struct EngineChangeTests {
    /// Speaks one turn of one octet's value, and tells when its connection ends.
    private final class Engine: WebSocketServerHandler, Sendable {
        private let sample: UInt8
        private let samples: Int
        private let closed: AsyncStream<EngineCloseReason>.Continuation

        init(_ sample: UInt8, _ samples: Int, _ closed: AsyncStream<EngineCloseReason>.Continuation) {
            self.sample = sample
            self.samples = samples
            self.closed = closed
        }

        func webSocketDidOpen(_ connection: WebSocketConnection) {
            Self.send(#"{"type":"session.created"}"#, on: connection)
        }

        func webSocket(_ connection: WebSocketConnection, didReceive text: Span<UInt8>) {
            let message = text.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
            guard message.contains("session.update") else { return }
            var audio: [UInt8] = []
            Base64.encode([UInt8](repeating: sample, count: samples).span, into: &audio)
            // Both engines call their turn the same.
            for message in [
                #"{"type":"session.updated"}"#,
                #"{"type":"response.created","response":{"id":"r"}}"#,
                #"{"type":"response.output_audio.delta","response_id":"r","item_id":"i","content_index":0,"delta":""#
                    + String(decoding: audio, as: UTF8.self) + #""}"#,
                #"{"type":"response.done","response":{"id":"r","status":"completed"}}"#,
            ] { Self.send(message, on: connection) }
        }

        func webSocket(_ connection: WebSocketConnection, didClose reason: EngineCloseReason) {
            closed.yield(reason)
            closed.finish()
        }

        private static func send(_ text: String, on connection: WebSocketConnection) {
            connection.send(text: Array(text.utf8).span)
        }
    }

    private struct Server {
        let socket: WebSocketServer
        let closed: AsyncStream<EngineCloseReason>

        init(_ sample: UInt8, samples: Int = 1_600) async throws {
            let (closed, continuation) = AsyncStream.makeStream(of: EngineCloseReason.self)
            self.closed = closed
            socket = try await WebSocketServer.bind(
                host: "127.0.0.1", port: 0, group: MultiThreadedEventLoopGroup.singleton,
                decide: { _ in .accept }, open: { _ in Engine(sample, samples, continuation) }
            )
        }

        var endpoint: EngineEndpoint { EngineEndpoint(name: "test", url: "ws://127.0.0.1:\(socket.port)/") }
    }

    @Test("The former connection ends, both are heard in order, one is left", .timeLimit(.minutes(1)))
    func replaced() async throws {
        let (first, second) = (try await Server(0x21), try await Server(0x22))
        let rig = try await PlaneRig(ports: 22_700...22_719)
        try await rig.connect()
        let settings = EngineSessionConfiguration(audioFormat: .pcma)
        try await rig.near.connectEngine(rig.session, to: first.endpoint, with: settings, within: .seconds(10))
        try await rig.near.connectEngine(rig.session, to: second.endpoint, with: settings, within: .seconds(10))
        var closed = first.closed.makeAsyncIterator()
        #expect(await closed.next() != nil)
        var played = 0
        for await notice in rig.nearEvents where notice.event == .turnPlayed(EngineTurnID("r")) {
            played += 1
            if played == 2 { break }
        }
        #expect(await rig.near.status().engineConnections == 1)
        await rig.near.release(rig.session)
        closed = second.closed.makeAsyncIterator()
        #expect(await closed.next() != nil)
        await first.socket.close()
        await second.socket.close()
        await rig.far.shutdown()
    }

    @Test("A turn that is cancelled is heard no longer, although all of it is here", .timeLimit(.minutes(1)))
    func cancelled() async throws {
        let engine = try await Server(0x21, samples: 80_000)
        let rig = try await PlaneRig(ports: 22_740...22_759)
        try await rig.connect()
        let settings = EngineSessionConfiguration(audioFormat: .pcma)
        try await rig.near.connectEngine(rig.session, to: engine.endpoint, with: settings, within: .seconds(10))
        var end: MediaSessionEvent?
        for await notice in rig.nearEvents {
            if case .turnSent = notice.event { await rig.near.send(.cancelTurn, to: rig.session) }
            switch notice.event {
            case .bargeIn, .turnPlayed: end = notice.event
            default: continue
            }
            break
        }
        guard case .bargeIn(EngineTurnID("r"), let played)? = end else {
            Issue.record("the turn ended by \(String(describing: end))")
            return
        }
        #expect(played < 10_000)
        await rig.near.release(rig.session)
        await engine.socket.close()
        await rig.far.shutdown()
    }

    @Test("One that cannot be reached leaves the session without an engine", .timeLimit(.minutes(1)))
    func unreachable() async throws {
        let first = try await Server(0x21)
        let rig = try await PlaneRig(ports: 22_720...22_739)
        try await rig.connect()
        let settings = EngineSessionConfiguration(audioFormat: .pcma)
        try await rig.near.connectEngine(rig.session, to: first.endpoint, with: settings, within: .seconds(10))
        await #expect(throws: EngineConnectError.self) {
            try await rig.near.connectEngine(
                rig.session, to: EngineEndpoint(name: "none", url: "ws://127.0.0.1:1/"), with: settings,
                within: .seconds(10)
            )
        }
        var closed = first.closed.makeAsyncIterator()
        #expect(await closed.next() != nil)
        #expect(await rig.near.status().engineConnections == 0)
        await rig.near.release(rig.session)
        await first.socket.close()
        await rig.far.shutdown()
    }
}
