import ArgumentParser
import EngineTransport
import Foundation
import NIOPosix

#if LocalEngine
    import LocalEngine
#endif

/// `sidetone bot`: the local voice engine as a WebSocket server.
struct BotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bot",
        abstract: "Run the local voice engine, a WebSocket server that speaks the OpenAI Realtime dialect.",
        discussion: "Stops on SIGTERM and SIGINT."
    )

    enum RecognizerName: String, ExpressibleByArgument, CaseIterable {
        case grammar, whisper
    }

    @Option(help: "Address as ws://HOST:PORT/PATH. Port 0 lets the system choose.")
    var listen = "ws://127.0.0.1:8765/v1/realtime"

    @Option(help: "YAML file that describes the dialogue.")
    var dialogue: String?

    @Option(help: "What turns speech into words: grammar (PocketSphinx) or whisper (a Python process).")
    var recognizer = RecognizerName.grammar

    @Option(help: "Name or folder of the whisper model.")
    var whisperModel = "tiny.en"

    @Option(help: "The Python that has faster-whisper installed.")
    var python = "python3"

    @Flag(name: .customLong("answer-503"), help: "Answer every handshake with 503.")
    var answer503 = false

    @Flag(help: "Accept connections and then say nothing.")
    var stall = false

    @Flag(help: "Set up sessions and never respond.")
    var mute = false

    @Option(help: "Reset each connection this many seconds after its session was set up.")
    var dropAfter: Double?

    @Option(help: "Wait this many seconds before the first audio of each response.")
    var slow: Double?

    @Flag(help: "Print the built-in dialogue as YAML and exit.")
    var printDialogue = false

    @Flag(help: "Say the demonstration phrases through G.711, print how many are understood, and exit.")
    var selfTest = false

    func validate() throws {
        let chosen = [answer503, stall, mute, dropAfter != nil, slow != nil].count { $0 }
        guard chosen <= 1 else {
            throw ValidationError("--answer-503, --stall, --mute, --drop-after and --slow exclude each other.")
        }
        guard (dropAfter ?? 0) >= 0, (slow ?? 0) >= 0, (dropAfter ?? 0) < 86_400, (slow ?? 0) < 86_400 else {
            throw ValidationError("Seconds must lie between 0 and 86400.")
        }
    }

    func run() async throws {
        #if LocalEngine
            if printDialogue {
                print(Dialogue.standardText, terminator: "")
                return
            }
            if selfTest { return try runSelfTest() }
            let configuration = try makeConfiguration()
            let logger = Output.logger("sidetone.bot", level: .info)
            let stop = BotStopSignal()
            let server = LocalEngineServer(
                configuration: configuration, group: MultiThreadedEventLoopGroup.singleton, logger: logger)
            do {
                let port = try await server.start()
                let place = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
                Output.line("ws://\(place):\(port)\(configuration.path)")
            } catch {
                Output.note("\(error)")
                throw ExitCode(1)
            }
            await stop.wait()
            await server.stop()
        #else
            Output.note("this build has no local engine; build with --traits LocalEngine")
            throw ExitCode(1)
        #endif
    }
}

#if LocalEngine
    extension BotCommand {
        private var chosenRecognizer: LocalEngineConfiguration.Recognizer {
            switch recognizer {
            case .grammar: .grammar
            case .whisper: .whisper(python: python, model: whisperModel)
            }
        }

        private func makeConfiguration() throws -> LocalEngineConfiguration {
            // Port 0 is no port to connect to, but one to bind.
            let isAnyPort = listen.contains(":0/") || listen.hasSuffix(":0")
            let text = isAnyPort ? listen.replacing(":0", with: ":1") : listen
            guard let url = try? WebSocketURL(parsing: text), !url.isSecure else {
                throw ValidationError("--listen: ws://HOST:PORT/PATH expected")
            }
            var configuration = LocalEngineConfiguration(
                host: url.host,
                port: isAnyPort ? 0 : url.port,
                path: String(url.target.prefix { $0 != "?" }),
                recognizer: chosenRecognizer,
                behaviour: behaviour
            )
            if let dialogue {
                guard let yaml = try? String(contentsOfFile: dialogue, encoding: .utf8) else {
                    Output.note("\(dialogue): cannot be read")
                    throw ExitCode(66)
                }
                do {
                    configuration.dialogue = try Dialogue(parsing: yaml)
                } catch {
                    Output.note("\(dialogue): \(error)")
                    throw ExitCode(1)
                }
            }
            return configuration
        }

        private var behaviour: LocalEngineBehaviour {
            if answer503 { return .refuse(status: 503) }
            if stall { return .stall }
            if mute { return .mute }
            if let dropAfter { return .dropMidCall(after: .seconds(dropAfter)) }
            if let slow { return .slow(firstAudio: .seconds(slow)) }
            return .normal
        }

        private func runSelfTest() throws {
            let test: LocalEngineSelfTest
            do {
                test = try LocalEngineSelfTest(recognizer: chosenRecognizer)
            } catch {
                Output.note("\(error)")
                throw ExitCode(1)
            }
            defer { test.stop() }
            var isEnough = true
            for voice in LocalVoice.allCases {
                let results = try test.run(voice: voice)
                for result in results where !result.isRight {
                    let expected = result.expected ?? "nothing"
                    let understood = result.understood ?? "nothing"
                    print("\(voice): \"\(result.phrase)\" heard as \"\(result.heard)\": \(understood), not \(expected)")
                }
                let phrases = results.filter { $0.expected != nil }
                let strangers = results.filter { $0.expected == nil }
                let right = phrases.count { $0.isRight }
                print(
                    "\(voice): \(right) of \(phrases.count) phrases understood, "
                        + "\(strangers.count { $0.isRight }) of \(strangers.count) other sentences not taken for one")
                // The caller of the demonstrations; its own voice is not one the engine has to understand.
                if voice == .rms { isEnough = Double(right) >= 0.95 * Double(phrases.count) }
            }
            guard isEnough else { throw ExitCode(1) }
        }
    }

    /// Waits for SIGTERM or SIGINT.
    private struct BotStopSignal {
        private let signals: AsyncStream<Void>
        private let sources: [any DispatchSourceSignal]

        init() {
            let (signals, continuation) = AsyncStream.makeStream(of: Void.self)
            self.signals = signals
            sources = [SIGTERM, SIGINT].map { number in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number)
                source.setEventHandler { continuation.yield() }
                source.resume()
                return source
            }
        }

        func wait() async {
            for await _ in signals { break }
            for source in sources { source.cancel() }
        }
    }
#endif
