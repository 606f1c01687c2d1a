import Codecs
import EngineTransport
import Media
import NIOCore
import NIOPosix
import RTP
import SDP
import Synchronization
import Testing
import VoiceEngine

@testable import MediaTransport

@Suite("Barge-in, judged at the caller's socket")
struct BargeInWireTests {
    private static let turns = 12

    /// Says three seconds in one go; the test interrupts. Its connection is used on its event loop only.
    private final class Engine: WebSocketServerHandler, Sendable {
        let connection = Mutex<WebSocketConnection?>(nil)
        let truncations: AsyncStream<Int>.Continuation

        init(_ truncations: AsyncStream<Int>.Continuation) {
            self.truncations = truncations
        }

        func webSocketDidOpen(_ connection: WebSocketConnection) {
            self.connection.withLock { $0 = connection }
            Self.send(#"{"type":"session.created"}"#, on: connection)
        }

        func webSocket(_ connection: WebSocketConnection, didReceive text: Span<UInt8>) {
            let message = text.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
            if message.contains("session.update") { Self.send(#"{"type":"session.updated"}"#, on: connection) }
            guard message.contains("conversation.item.truncate") else { return }
            let value = message.split(separator: "\"audio_end_ms\":").last ?? ""
            truncations.yield(Int(value.prefix { $0.isNumber }) ?? -1)
        }

        func webSocket(_ connection: WebSocketConnection, didClose reason: EngineCloseReason) {
            truncations.finish()
        }

        func send(_ messages: [String]) {
            guard let connection = connection.withLock({ $0 }) else { return }
            connection.eventLoop.execute { for message in messages { Self.send(message, on: connection) } }
        }

        private static func send(_ text: String, on connection: WebSocketConnection) {
            connection.send(text: Array(text.utf8).span)
        }
    }

    @Test(
        "What is reported as played is what was on the wire, and nothing of the turn follows", .timeLimit(.minutes(2)))
    func reported() async throws {
        let (truncations, continuation) = AsyncStream.makeStream(of: Int.self)
        let engine = Engine(continuation)
        let server = try await WebSocketServer.bind(
            host: "127.0.0.1", port: 0, group: MultiThreadedEventLoopGroup.singleton,
            decide: { _ in .accept }, open: { _ in engine }
        )
        let caller = try CallerSocket(port: 22_318)
        let plane = try PlaneRig.plane(22_300...22_309)
        let session = MediaSessionID("call")
        var events = await plane.open(session).makeAsyncIterator()
        _ = try await plane.allocateLeg(session)
        let audio = NegotiatedAudio(
            remoteAddress: "127.0.0.1", remotePort: 22_318, remoteRTCPPort: 22_319, codec: .pcma, telephoneEvent: nil
        )
        try await plane.setRemote(session, to: audio)
        try await plane.connectEngine(
            session, to: EngineEndpoint(name: "test", url: "ws://127.0.0.1:\(server.port)/"),
            with: EngineSessionConfiguration(audioFormat: .pcma), within: .seconds(10)
        )
        var told = truncations.makeAsyncIterator()
        var reported: [Int] = []
        for turn in 0..<Self.turns {
            engine.send(Self.speech(turn))
            // Each turn is cut at another length.
            try await caller.receive { $0.runs.count == turn + 1 && $0.runs[turn] > turn }
            engine.send([#"{"type":"input_audio_buffer.speech_started"}"#])
            while let notice = await events.next() {
                guard case .bargeIn(let cut, let milliseconds) = notice.event else { continue }
                #expect(cut == EngineTurnID("r\(turn)"))
                reported.append(milliseconds)
                break
            }
            #expect(await told.next() == reported.last, "the engine is told the same")
            engine.send([
                #"{"type":"input_audio_buffer.speech_stopped"}"#,
                #"{"type":"response.done","response":{"id":"r\#(turn)","status":"cancelled"}}"#,
            ])
            // Silence in between tells the turns apart.
            try await caller.receive { !$0.isInRun }
        }
        await plane.release(session)
        await server.close()
        #expect(caller.runs.count == Self.turns)
        for (milliseconds, packets) in zip(reported, caller.runs) {
            #expect(abs(milliseconds - packets * 20) <= 20, "\(milliseconds) ms reported, \(packets) packets")
        }
    }

    private static func speech(_ turn: Int) -> [String] {
        var audio: [UInt8] = []
        Base64.encode([UInt8](repeating: CallerSocket.sound, count: 24_000).span, into: &audio)
        return [
            #"{"type":"response.created","response":{"id":"r\#(turn)"}}"#,
            #"{"type":"response.output_audio.delta","response_id":"r\#(turn)","item_id":"i\#(turn)","content_index":0,"#
                + #""delta":"\#(String(decoding: audio, as: UTF8.self))"}"#,
        ]
    }
}
