import Codecs
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing
import VoiceEngine

@testable import EngineTransport

/// One conversation in each dialect over a real WebSocket: the handshake, audio both ways, and the end.
@Suite("Dialects over a WebSocket", .timeLimit(.minutes(1)))
struct DialectConnectionTests {
    /// A message of the client as the server got it.
    enum Received: Sendable, Hashable {
        case text(String)
        case binary([UInt8])
    }

    final class Handler: WebSocketServerHandler, Sendable {
        let opened: @Sendable (WebSocketConnection) -> Void
        let reaction: @Sendable (WebSocketConnection, Received) -> Void

        init(
            opened: @escaping @Sendable (WebSocketConnection) -> Void,
            reaction: @escaping @Sendable (WebSocketConnection, Received) -> Void
        ) {
            self.opened = opened
            self.reaction = reaction
        }

        func webSocketDidOpen(_ connection: WebSocketConnection) { opened(connection) }

        func webSocket(_ connection: WebSocketConnection, didReceive text: Span<UInt8>) {
            reaction(connection, .text(text.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }))
        }

        func webSocket(_ connection: WebSocketConnection, didReceiveBinary data: Span<UInt8>) {
            reaction(connection, .binary(data.withUnsafeBufferPointer(Array.init)))
        }

        func webSocket(_ connection: WebSocketConnection, didClose reason: EngineCloseReason) {}
    }

    /// Hears what a connection reports, and sends a piece of audio as soon as the session is ready.
    final class Caller: EngineConnectionHandler {
        let events = NIOLockedValueBox<[EngineEvent]>([])
        let formats = NIOLockedValueBox<[AudioFormat]>([])
        let audio = NIOLockedValueBox<[UInt8]>([])
        /// From how many waiting bytes on audio is thrown away.
        let bound = NIOLockedValueBox(0)
        let ended: EventLoopPromise<Void>

        init(_ ended: EventLoopPromise<Void>) {
            self.ended = ended
        }

        func engine(_ connection: EngineConnection, didSend audio: Span<UInt8>, of turn: EngineTurnID) {
            self.audio.withLockedValue { $0 += audio.withUnsafeBufferPointer(Array.init) }
        }

        func engine(_ connection: EngineConnection, takes format: AudioFormat) {
            formats.withLockedValue { $0.append(format) }
        }

        func engine(_ connection: EngineConnection, sends format: AudioFormat) {
            formats.withLockedValue { $0.append(format) }
        }

        func engine(_ connection: EngineConnection, didEmit event: EngineEvent) {
            events.withLockedValue { $0.append(event) }
            switch event {
            case .ready:
                let mark = try? connection.socket?.channel.syncOptions?.getOption(.writeBufferWaterMark)
                bound.withLockedValue { $0 = mark?.high ?? 0 }
                connection.eventLoop.execute { connection.sendAudio([1, 2, 3].span) }
            case .turnEnded: connection.close()
            case .closed: ended.succeed()
            default: break
            }
        }
    }

    struct Outcome {
        var request: WebSocketServer.Request?
        var received: [Received]
        var events: [EngineEvent]
        var formats: [AudioFormat]
        var audio: [UInt8]
        var bound: Int
    }

    /// Leads one conversation, up to the end of the engine's first turn.
    private static func converse(
        _ dialect: EngineDialect,
        path: String,
        options: [String: String] = [:],
        opened: @escaping @Sendable (WebSocketConnection) -> Void = { _ in },
        reaction: @escaping @Sendable (WebSocketConnection, Received) -> Void
    ) async throws -> Outcome {
        let request = NIOLockedValueBox<WebSocketServer.Request?>(nil)
        let received = NIOLockedValueBox<[Received]>([])
        let server = try await WebSocketServer.bind(
            host: "127.0.0.1", port: 0, group: MultiThreadedEventLoopGroup.singleton,
            decide: { asked in
                request.withLockedValue { $0 = asked }
                return .accept
            },
            open: { _ in
                Handler(opened: opened) { connection, message in
                    received.withLockedValue { $0.append(message) }
                    reaction(connection, message)
                }
            })
        let eventLoop = loop()
        let caller = Caller(eventLoop.makePromise())
        _ = try await EngineConnection.connect(
            to: EngineEndpoint(
                name: "test", dialect: dialect, url: "ws://127.0.0.1:\(server.port)\(path)", apiKey: "secret",
                options: options),
            with: EngineSessionConfiguration(audioFormat: .pcmu), within: .seconds(30), on: eventLoop, logger: quiet,
            handler: caller
        ).get()
        try await caller.ended.futureResult.get()
        await server.close()
        return Outcome(
            request: request.withLockedValue { $0 }, received: received.withLockedValue { $0 },
            events: caller.events.withLockedValue { $0 }, formats: caller.formats.withLockedValue { $0 },
            audio: caller.audio.withLockedValue { $0 }, bound: caller.bound.withLockedValue { $0 })
    }

    private static let turn = EngineTurnID("turn-1")
    private static let conversation: [EngineEvent] = [
        .ready, .turnStarted(turn), .turnEnded(turn, .completed), .closed(.local),
    ]

    @Test("Deepgram: audio in binary messages both ways")
    func deepgram() async throws {
        let outcome = try await Self.converse(.deepgramAgent, path: "/v1/agent/converse") { connection in
            connection.send(#"{"type":"Welcome","request_id":"r"}"#)
        } reaction: { connection, message in
            switch message {
            case .text(let text) where text.contains(#""type":"Settings""#):
                connection.send(#"{"type":"SettingsApplied"}"#)
            case .binary:
                for piece: [UInt8] in [[4, 5], [6], [7, 8]] { connection.send(binary: piece.span) }
                connection.send(#"{"type":"AgentAudioDone"}"#)
            default: break
            }
        }
        #expect(outcome.request?.target == "/v1/agent/converse")
        #expect(outcome.request?.authorization == "Token secret")
        #expect(outcome.received.last == .binary([1, 2, 3]))
        #expect(outcome.received.count == 2)
        #expect(outcome.audio == [4, 5, 6, 7, 8])
        #expect(outcome.events == Self.conversation)
        #expect(outcome.formats.isEmpty)
    }

    @Test("Gemini: JSON in binary messages of the server, in text messages of the client")
    func gemini() async throws {
        let piece =
            #"{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"BAUG"}}]}}}"#
        let outcome = try await Self.converse(.geminiLive, path: "/ws/live", options: ["model": "m"]) {
            connection, message in
            guard case .text(let text) = message else { return }
            let answers =
                text.hasPrefix(#"{"setup""#)
                ? [#"{"setupComplete":{}}"#] : [piece, piece, #"{"serverContent":{"turnComplete":true}}"#]
            for answer in answers { connection.send(binary: Array(answer.utf8).span) }
        }
        #expect(outcome.request?.target == "/ws/live")
        #expect(outcome.request?.header("x-goog-api-key") == "secret")
        #expect(
            outcome.received.last
                == .text(#"{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"AQID"}}}"#))
        #expect(outcome.audio == [4, 5, 6, 4, 5, 6])
        #expect(outcome.events == Self.conversation)
        #expect(outcome.formats == [.pcm16(rate: 16_000), .pcm16(rate: 24_000)])
        // 400 ms of what is really sent, and not of the format that the configuration names.
        #expect(outcome.bound > 400 * 32 * 4 / 3)
    }

    @Test("ElevenLabs: the turn ends in quiet, by the driver's timer")
    func elevenLabs() async throws {
        let outcome = try await Self.converse(
            .elevenLabsAgents, path: "/v1/convai/conversation", options: ["agent": "a"]
        ) { connection, message in
            guard case .text(let text) = message else { return }
            if text.contains("conversation_initiation_client_data") {
                connection.send(
                    #"{"type":"conversation_initiation_metadata","conversation_initiation_metadata_event":"#
                        + #"{"agent_output_audio_format":"pcm_24000","user_input_audio_format":"ulaw_8000"}}"#)
            } else {
                for number in 1...2 {
                    connection.send(
                        #"{"type":"audio","audio_event":{"audio_base_64":"BAUG","event_id":\#(number)}}"#)
                }
            }
        }
        #expect(outcome.request?.target == "/v1/convai/conversation?agent_id=a")
        #expect(outcome.request?.header("xi-api-key") == "secret")
        #expect(outcome.received.last == .text(#"{"user_audio_chunk":"AQID"}"#))
        #expect(outcome.audio == [4, 5, 6, 4, 5, 6])
        #expect(outcome.events == Self.conversation)
        #expect(outcome.formats == [.pcmu, .pcm16(rate: 24_000)])
    }
}
