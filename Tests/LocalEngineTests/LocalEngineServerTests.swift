#if LocalEngine
    import Codecs
    import EngineTransport
    import Logging
    import NIOPosix
    import Testing
    import VoiceEngine

    @testable import LocalEngine

    /// Gathers what a session reports.
    private final class Recorder: EngineConnectionHandler {
        enum Report: Sendable {
            case event(EngineEvent)
            case audio(EngineTurnID, Int)
        }

        let reports: AsyncStream<Report>
        private let continuation: AsyncStream<Report>.Continuation

        init() {
            (reports, continuation) = AsyncStream.makeStream()
        }

        func engine(_ connection: EngineConnection, didSend audio: Span<UInt8>, of turn: EngineTurnID) {
            continuation.yield(.audio(turn, audio.count))
        }

        func engine(_ connection: EngineConnection, didEmit event: EngineEvent) {
            continuation.yield(.event(event))
            if case .closed = event { continuation.finish() }
        }
    }

    /// A local engine and a session with it.
    private struct Call {
        let server: LocalEngineServer
        let connection: EngineConnection
        let recorder: Recorder
        let port: Int

        static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

        init(_ behaviour: LocalEngineBehaviour = .normal, format: AudioFormat = .pcma) async throws {
            server = LocalEngineServer(
                configuration: LocalEngineConfiguration(port: 0, behaviour: behaviour),
                group: MultiThreadedEventLoopGroup.singleton,
                logger: Self.quiet
            )
            recorder = Recorder()
            do {
                port = try await server.start()
                connection = try await Self.connect(port, recorder, format)
            } catch {
                await server.stop()
                throw error
            }
        }

        static func connect(_ port: Int, _ recorder: Recorder, _ format: AudioFormat) async throws -> EngineConnection {
            let parameters = #"{"type":"object"}"#
            return try await EngineConnection.connect(
                to: EngineEndpoint(name: "local", url: "ws://127.0.0.1:\(port)/v1/realtime"),
                with: EngineSessionConfiguration(
                    audioFormat: format,
                    tools: ["transfer", "hang_up"].map {
                        EngineTool(name: $0, description: "", parameters: parameters)
                    }),
                within: .seconds(5),
                on: MultiThreadedEventLoopGroup.singleton.next(),
                logger: quiet,
                handler: recorder
            ).get()
        }

        /// Says a phrase, with enough silence after it to end the turn.
        func say(_ phrase: String, in format: AudioFormat = .pcma) throws {
            var samples = try LocalSpeech.synthesize(text: phrase, voice: .rms, rate: format.sampleRate)
            samples += [Int16](repeating: 0, count: format.sampleRate)
            var bytes: [UInt8] = []
            format.encode(samples.span, into: &bytes)
            // In frames, as live audio comes; more slowly than the connection's own bound on what is behind.
            let length = 20 * format.bytesPerMillisecond
            let frames = stride(from: 0, to: bytes.count, by: length).map {
                Array(bytes[$0..<min($0 + length, bytes.count)])
            }
            for (index, frame) in frames.enumerated() {
                connection.eventLoop.scheduleTask(in: .milliseconds(Int64(index))) { connection.sendAudio(frame.span) }
            }
        }

        func send(_ command: EngineCommand) {
            connection.eventLoop.execute { connection.send(command) }
        }

        func end() async {
            connection.eventLoop.execute { connection.close() }
            await server.stop()
        }
    }

    @Suite("The local engine, end to end", .timeLimit(.minutes(2)), .serialized)
    struct LocalEngineServerTests {
        @Test(
            "It greets, understands a phrase, answers with speech and calls the function",
            arguments: [
                AudioFormat.pcma, .pcmu, .pcm16(rate: 24_000),
            ])
        func conversation(_ format: AudioFormat) async throws {
            let call = try await Call(format: format)
            call.send(.startTurn(instructions: "Greet the caller."))
            var heard: [String] = []
            var said: [String] = []
            var audio = 0
            var turnsEnded = 0
            reports: for await report in call.recorder.reports {
                switch report {
                case .audio(_, let count): audio += count
                case .event(.transcript(.caller, let text, true)): heard.append(text)
                case .event(.transcript(.engine, let text, true)): said.append(text)
                case .event(.turnEnded):
                    turnsEnded += 1
                    if turnsEnded == 1 { try call.say("a person please", in: format) }
                case .event(.toolCall(let function)):
                    #expect(function.name == "transfer")
                    #expect(function.arguments == #"{"target":"queue"}"#)
                    break reports
                case .event(.error(let fault)): Issue.record("\(fault)")
                default: break
                }
            }
            #expect(heard == ["a person please"])
            #expect(said == [Dialogue.standard.greeting, "One moment please. I will put you through to a person."])
            #expect(audio > 4_000 * format.bytesPerMillisecond)
            await call.end()
        }

        @Test("Digits of a keypad are read back")
        func keypad() async throws {
            let call = try await Call()
            call.send(.userText("1234"))
            for await report in call.recorder.reports {
                guard case .event(.transcript(.engine, let text, true)) = report else { continue }
                #expect(text == "You said 1 2 3 4. Thank you.")
                break
            }
            await call.end()
        }

        @Test("A function that failed is apologised for")
        func functionFailed() async throws {
            let call = try await Call()
            call.send(.toolResult(id: "c", output: #"{"error":"busy"}"#, continueTurn: true))
            for await report in call.recorder.reports {
                guard case .event(.transcript(.engine, let text, true)) = report else { continue }
                #expect(text == Dialogue.standard.actionFailed)
                break
            }
            await call.end()
        }

        @Test("Speech of the caller is reported and cancels the response that is being made")
        func bargeIn() async throws {
            let call = try await Call(.slow(firstAudio: .seconds(3_600)))
            call.send(.startTurn(instructions: nil))
            var order: [String] = []
            reports: for await report in call.recorder.reports {
                switch report {
                case .audio: Issue.record("audio of a cancelled turn")
                case .event(.turnStarted):
                    order.append("turn started")
                    if order.count == 1 { try call.say("opening hours please") }
                case .event(.userSpeechStarted): order.append("speech started")
                case .event(.turnEnded(_, let outcome)):
                    order.append("turn \(outcome)")
                    break reports
                default: break
                }
            }
            #expect(order == ["turn started", "speech started", "turn cancelled"])
            await call.end()
        }

        @Test("It refuses as it is told")
        func refuse() async throws {
            await #expect(throws: EngineConnectError.refused(status: 503)) { _ = try await Call(.refuse(status: 503)) }
        }

        @Test("Its behaviour can be changed while it runs")
        func behaviour() async throws {
            let call = try await Call()
            let port = call.port
            call.server.setBehaviour(.refuse(status: 500))
            await #expect(throws: EngineConnectError.refused(status: 500)) {
                _ = try await Call.connect(port, Recorder(), .pcmu)
            }
            call.server.setBehaviour(.normal)
            let again = try await Call.connect(port, Recorder(), .pcmu)
            again.eventLoop.execute { again.close() }
            await call.end()
        }

        @Test("It drops a call as it is told")
        func drop() async throws {
            let call = try await Call(.dropMidCall(after: .milliseconds(20)))
            var last: EngineEvent?
            for await report in call.recorder.reports {
                if case .event(let event) = report { last = event }
            }
            guard case .closed(.lost)? = last else {
                Issue.record("\(String(describing: last))")
                return
            }
            await call.end()
        }

        @Test("Stopping ends every session")
        func stop() async throws {
            let call = try await Call()
            await call.server.stop()
            var last: EngineEvent?
            for await report in call.recorder.reports {
                if case .event(let event) = report { last = event }
            }
            #expect(last == .closed(.remote(code: 1001)))
        }
    }
#endif
