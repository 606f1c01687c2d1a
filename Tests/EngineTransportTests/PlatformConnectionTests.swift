import Codecs
import EngineTransport
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing
import VoiceEngine

/// Conversations with bots that are WebSocket servers, in which we are the platform that dials them.
@Suite("Platforms over a WebSocket", .timeLimit(.minutes(1)))
struct PlatformConnectionTests {
    typealias Received = DialectConnectionTests.Received

    /// The call: sends audio when the session is ready, and plays what comes at once.
    final class Call: EngineConnectionHandler {
        let events = NIOLockedValueBox<[EngineEvent]>([])
        let audio = NIOLockedValueBox<[UInt8]>([])
        let ended: EventLoopPromise<Void>

        init(_ ended: EventLoopPromise<Void>) {
            self.ended = ended
        }

        func engine(_ connection: EngineConnection, didSend audio: Span<UInt8>, of turn: EngineTurnID) {
            self.audio.withLockedValue { $0 += audio.withUnsafeBufferPointer(Array.init) }
        }

        func engine(_ connection: EngineConnection, didSet mark: EngineMark, of turn: EngineTurnID?) {
            connection.send(.markReached(mark, .played))
        }

        func engine(_ connection: EngineConnection, didEmit event: EngineEvent) {
            events.withLockedValue { $0.append(event) }
            switch event {
            case .ready: connection.eventLoop.execute { connection.sendAudio([1, 2, 3, 4].span) }
            case .hangUpRequested: connection.close(.completed)
            case .closed: ended.succeed()
            default: break
            }
        }
    }

    struct Outcome {
        var request: WebSocketServer.Request?
        var received: [Received]
        var events: [EngineEvent]
        var audio: [UInt8]
    }

    /// Leads one conversation to its end.
    private static func converse(
        _ dialect: EngineDialect,
        format: AudioFormat,
        subprotocol: String? = nil,
        bot: @escaping @Sendable (WebSocketConnection, Received) -> Void
    ) async throws -> Outcome {
        let request = NIOLockedValueBox<WebSocketServer.Request?>(nil)
        let received = NIOLockedValueBox<[Received]>([])
        let server = try await WebSocketServer.bind(
            host: "127.0.0.1", port: 0, group: MultiThreadedEventLoopGroup.singleton,
            decide: { asked in
                request.withLockedValue { $0 = asked }
                return subprotocol.map { .acceptSubprotocol($0) } ?? .accept
            },
            open: { _ in
                DialectConnectionTests.Handler(opened: { _ in }) { connection, message in
                    received.withLockedValue { $0.append(message) }
                    bot(connection, message)
                }
            })
        let eventLoop = loop()
        let call = Call(eventLoop.makePromise())
        _ = try await EngineConnection.connect(
            to: EngineEndpoint(
                name: "test", dialect: dialect, url: "ws://127.0.0.1:\(server.port)/bot", apiKey: "key",
                signingSecret: "c2VjcmV0"),
            with: EngineSessionConfiguration(audioFormat: format, call: EngineCallContext(callID: "call-1")),
            within: .seconds(30), on: eventLoop, logger: quiet, handler: call
        ).get()
        try await call.ended.futureResult.get()
        await server.close()
        return Outcome(
            request: request.withLockedValue { $0 }, received: received.withLockedValue { $0 },
            events: call.events.withLockedValue { $0 }, audio: call.audio.withLockedValue { $0 })
    }

    private static let turn = EngineTurnID("turn-1")

    @Test("Twilio: a bot answers in texts, is told of its mark, and hangs up by closing")
    func twilio() async throws {
        let outcome = try await Self.converse(.twilioMediaStreams, format: .pcmu) { connection, message in
            guard case .text(let text) = message else { return }
            if text.contains(#""event":"media""#) {
                connection.send(#"{"event":"media","streamSid":"MZ","media":{"payload":"AQID"}}"#)
                connection.send(#"{"event":"media","streamSid":"MZ","media":{"payload":"BAUG"}}"#)
                connection.send(#"{"event":"mark","streamSid":"MZ","mark":{"name":"said"}}"#)
            }
            if text.contains(#""event":"mark""#) { connection.close() }
        }
        #expect(outcome.request?.header("X-Twilio-Signature")?.count == 28)
        let kinds = ["connected", "start", "media", "mark"]
        #expect(outcome.received.count == kinds.count)
        for (message, kind) in zip(outcome.received, kinds) {
            guard case .text(let text) = message else {
                Issue.record("a message that is no text")
                continue
            }
            #expect(text.hasPrefix(#"{"event":"\#(kind)""#))
        }
        #expect(outcome.audio == [1, 2, 3, 4, 5, 6])
        #expect(outcome.events == [.ready, .turnStarted(Self.turn), .closed(.remote(code: 1_000))])
    }

    @Test("jambonz: a bot answers in binary messages, its turn ends when it is quiet, and it disconnects")
    func jambonz() async throws {
        let outcome = try await Self.converse(
            .jambonzListen, format: .pcm16(rate: 16_000), subprotocol: "audio.jambonz.org"
        ) { connection, message in
            switch message {
            case .binary(let audio) where !audio.isEmpty:
                connection.send(binary: [5, 0, 6].span)
                connection.send(binary: [0, 7, 0].span)
                connection.send(#"{"type":"mark","data":{"name":"said"}}"#)
            case .text(let text) where text.contains("playout"):
                connection.send(#"{"type":"disconnect"}"#)
            default:
                break
            }
        }
        #expect(outcome.request?.header("Sec-WebSocket-Protocol") == "audio.jambonz.org")
        #expect(outcome.request?.authorization == "Bearer key")
        #expect(outcome.received.count == 4)
        #expect(outcome.received.dropFirst().first == .binary([1, 2, 3, 4]))
        #expect(outcome.received.last == .binary([]), "the end of the audio is told")
        #expect(outcome.audio == [5, 0, 6, 0, 7, 0])
        #expect(
            outcome.events == [
                .ready, .turnStarted(Self.turn), .hangUpRequested(reason: nil), .closed(.local),
            ])
    }

    @Test("AudioHook: the request is signed, the session opened, and the bot's variables come before the end")
    func audioHook() async throws {
        let outcome = try await Self.converse(.genesysAudioHook, format: .pcmu) { connection, message in
            switch message {
            case .text(let text) where text.contains(#""type":"open""#):
                connection.send(Self.opened(answering: text))
            case .binary:
                connection.send(binary: [9].span)
            case .text(let text) where text.contains(#""type":"ping""#):
                connection.send(
                    Self.message("disconnect", 2, text, #"{"reason":"completed","outputVariables":{"intent":"x"}}"#))
            default:
                break
            }
        }
        #expect(outcome.request?.header("Signature-Input")?.hasPrefix(#"sig1=("@request-target" "@authority""#) == true)
        #expect(outcome.request?.header("X-API-KEY") == "key")
        #expect(outcome.received.dropFirst().first == .binary([1, 2, 3, 4]))
        #expect(outcome.audio == [9])
        #expect(outcome.events.contains(.turnEnded(Self.turn, .completed)))
        #expect(
            outcome.events.suffix(3) == [.variables(["intent": "x"]), .hangUpRequested(reason: nil), .closed(.local)])
    }

    private static func opened(answering text: String) -> String {
        message("opened", 1, text, #"{"media":[{"type":"audio","format":"PCMU","channels":["external"],"rate":8000}]}"#)
    }

    /// A message of the session that `text` belongs to.
    private static func message(_ type: String, _ sequence: Int, _ text: String, _ parameters: String) -> String {
        let identifier = text.split(separator: #""id":""#).dropFirst().first.map { $0.prefix(36) } ?? ""
        return #"{"version":"2","id":"\#(identifier)","type":"\#(type)","seq":\#(sequence),"clientseq":1,"#
            + #""parameters":\#(parameters)}"#
    }
}
