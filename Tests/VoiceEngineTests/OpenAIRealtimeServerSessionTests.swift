import Codecs
import Testing
import VoiceEngine

@Suite("OpenAI Realtime, server")
struct OpenAIRealtimeServerSessionTests {
    /// A client and a server that are joined by their messages.
    struct Pair {
        var client: OpenAIRealtimeSession
        var server = OpenAIRealtimeServerSession(identifier: "t")
        var atClient: [EngineSessionOutput] = []
        var atServer: [OpenAIRealtimeServerSession.Output] = []

        init(_ configuration: EngineSessionConfiguration) {
            client = OpenAIRealtimeSession(configuration)
            run { $0.start(into: &$1) }
        }

        /// Runs a step of the server and carries messages until both are silent.
        mutating func run(
            _ step: (inout OpenAIRealtimeServerSession, inout [OpenAIRealtimeServerSession.Output]) -> Void
        ) {
            var outputs: [OpenAIRealtimeServerSession.Output] = []
            step(&server, &outputs)
            deliver(outputs)
        }

        mutating func command(_ command: EngineCommand) {
            var outputs: [EngineSessionOutput] = []
            client.handle(command, into: &outputs)
            deliver(outputs)
        }

        private mutating func deliver(_ outputs: [OpenAIRealtimeServerSession.Output]) {
            for output in outputs {
                guard case .send(let message) = output else {
                    atServer.append(output)
                    continue
                }
                var made: [EngineSessionOutput] = []
                client.receive(text: message.span, into: &made)
                deliver(made)
            }
        }

        private mutating func deliver(_ outputs: [EngineSessionOutput]) {
            for output in outputs {
                guard case .send(let message) = output else {
                    atClient.append(output)
                    continue
                }
                var made: [OpenAIRealtimeServerSession.Output] = []
                server.receive(text: message.span, into: &made)
                deliver(made)
            }
        }
    }

    static let configuration = EngineSessionConfiguration(
        instructions: "Be brief.",
        audioFormat: .pcma,
        tools: [EngineTool(name: "transfer", description: "", parameters: #"{"type":"object"}"#)],
        endOfTurnSilence: 700
    )

    @Test("The session object is read as the client wrote it")
    func configured() {
        let pair = Pair(Self.configuration)
        #expect(pair.atClient == [.event(.ready)])
        #expect(pair.server.configuration.inputFormat == .pcma)
        #expect(pair.server.configuration.outputFormat == .pcma)
        #expect(pair.server.configuration.instructions == "Be brief.")
        #expect(pair.server.configuration.tools == ["transfer"])
        #expect(pair.server.configuration.turnDetection?.silence == 700)
        #expect(pair.server.configuration.transcribesInput)
    }

    @Test("A response with speech and a call arrives whole")
    func response() {
        var pair = Pair(Self.configuration)
        pair.atClient.removeAll()
        var id = ""
        pair.run { server, out in
            id = server.beginResponse(into: &out)
            server.transcript("One moment.", into: &out)
            server.audio([1, 2, 3].span, into: &out)
            server.functionCall("transfer", arguments: #"{"target":"queue"}"#, into: &out)
            server.finishResponse(into: &out)
        }
        let turn = EngineTurnID(id)
        #expect(pair.atClient.audio == ["\(id):3"])
        #expect(pair.atClient.events.first == .turnStarted(turn))
        #expect(pair.atClient.events.contains(.transcript(.engine, text: "One moment.", isFinal: true)))
        #expect(pair.atClient.events.contains(.turnEnded(turn, .completed)))
        guard case .toolCall(let call)? = pair.atClient.events.last else {
            Issue.record("no call")
            return
        }
        #expect(call.name == "transfer")
        pair.command(.toolResult(id: call.id, output: "{}", continueTurn: true))
        #expect(
            pair.atServer.suffix(2) == [.functionOutput(callID: call.id, output: "{}"), .respond(instructions: nil)])
    }

    @Test("Speech of the caller cancels the running response")
    func cancelled() {
        var pair = Pair(Self.configuration)
        var id = ""
        pair.run { server, out in
            id = server.beginResponse(into: &out)
            server.audio([UInt8](repeating: 0, count: 80).span, into: &out)
            _ = server.speechStarted(at: 40, into: &out)
            server.cancelResponse(.turnDetected, into: &out)
        }
        #expect(pair.atClient.events.suffix(2) == [.userSpeechStarted, .turnEnded(EngineTurnID(id), .cancelled)])
        pair.command(.playedUpTo(EngineTurnID(id), milliseconds: 4))
        guard case .truncated(_, let milliseconds)? = pair.atServer.last else {
            Issue.record("not cut")
            return
        }
        #expect(milliseconds == 4)
    }

    @Test(
        "What is wrong gets an error that names the event, and the session goes on",
        arguments: [
            (#"{"type":"response.cancel","event_id":"x"}"#, "response_cancel_not_active"),
            (#"{"type":"nonsense","event_id":"x"}"#, "unknown_event"),
            (#"{"type":"input_audio_buffer.append","audio":"!","event_id":"x"}"#, "invalid_value"),
            (#"{"type":"session.update","event_id":"x"}"#, "missing_required_parameter"),
            (
                #"{"type":"session.update","event_id":"x","session":{"audio":{"input":{"format":{"type":"opus"}}}}}"#,
                "invalid_value"
            ),
            (#"{"type":"conversation.item.truncate","item_id":"i","audio_end_ms":-1,"event_id":"x"}"#, "invalid_value"),
        ])
    func errors(_ message: String, _ code: String) {
        var server = OpenAIRealtimeServerSession(identifier: "t")
        var out: [OpenAIRealtimeServerSession.Output] = []
        server.receive(text: Array(message.utf8).span, into: &out)
        guard case .send(let answer)? = out.first, out.count == 1 else {
            Issue.record("\(out)")
            return
        }
        let text = String(decoding: answer, as: UTF8.self)
        #expect(text.contains(#""code":"\#(code)""#))
        #expect(text.contains(#""event_id":"x"}"#))
    }
}
