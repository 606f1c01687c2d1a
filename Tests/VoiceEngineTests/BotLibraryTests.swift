import Codecs
import Foundation
import Testing
import VoiceEngine

/// Conversations with the serializers of a bot library that many bots are built on: it reads what we send as the platform,
/// and we take what it answers.
@Suite("A bot library reads what we send, and we take what it answers", .timeLimit(.minutes(5)))
struct BotLibraryTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The Python that has the library: that of `SIDETONE_PYTHON`, or the one in the build folder.
    private static let python =
        ProcessInfo.processInfo.environment["SIDETONE_PYTHON"] ?? root.appending(path: ".build/python/bin/python3").path

    static let hasLibrary =
        FileManager.default.isExecutableFile(atPath: python)
        && (try? run(["-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('pipecat') is None)"]).status)
            == 0

    private static let dialects: [EngineDialect] = [
        .twilioMediaStreams, .telnyxMediaStreams, .plivoAudioStreams, .exotelVoicebot, .vonageAudioConnector,
        .genesysAudioHook,
    ]

    private static let configuration = EngineSessionConfiguration(
        audioFormat: .pcm16(rate: 8_000),
        call: EngineCallContext(
            callID: "call-1", caller: "+4930123456", callee: "+49800555", variables: ["tier": "gold"]))

    private static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, said)
    }

    /// What one session sends, and hears.
    private struct Conversation {
        let dialect: EngineDialect
        var session: any EngineSession
        var sent: [String] = []
        var events: [EngineEvent] = []
        var heard: [UInt8] = []
        var output = BotLibraryTests.configuration.audioFormat
        var input = BotLibraryTests.configuration.audioFormat
        var violation: String?

        init(_ dialect: EngineDialect) {
            self.dialect = dialect
            session = dialect.makeSession(BotLibraryTests.configuration)
            _ = session.handshake(PlatformRig.context)
            perform { session, out in session.start(into: &out) }
        }

        mutating func perform(_ step: (inout any EngineSession, inout [EngineSessionOutput]) -> Void) {
            var out: [EngineSessionOutput] = []
            step(&session, &out)
            for output in out {
                switch output {
                case .send(let bytes): write(text: bytes)
                case .sendBinary(let bytes): write(binary: bytes)
                case .audio(_, let bytes): heard += bytes
                case .inputFormat(let format): input = format
                case .outputFormat(let format): self.output = format
                case .event(let event): events.append(event)
                case .violation(let reason): violation = reason
                case .mark: break
                }
            }
        }

        /// What the caller does: he makes a tone and presses two keys. A second passes.
        mutating func call() {
            speak()
            for digit in "5#" { perform { session, out in session.handle(.digit(digit), into: &out) } }
            for _ in 0..<10 { perform { session, out in session.timerFired(into: &out) } }
        }

        /// Sends a tone of 440 Hz for half a second, as long as the session takes audio.
        mutating func speak() {
            let rate = input.sampleRate
            for frame in 0..<25 {
                let samples = (0..<rate / 50).map { index in
                    Int16(8_000 * sin(2 * Double.pi * 440 * Double(frame * rate / 50 + index) / Double(rate)))
                }
                var audio: [UInt8] = []
                input.encode(samples.span, into: &audio)
                var message: [UInt8] = []
                guard session.appendAudio(audio.span, into: &message) else { return }
                if session.sendsBinaryAudio { write(binary: message) } else { write(text: message) }
            }
        }

        mutating func take(_ line: NSDictionary) throws {
            if let text = line["text"] as? String {
                let bytes = Array(text.utf8)
                var audio: [UInt8] = []
                if session.receiveAudio(text: bytes.span, into: &audio) != nil {
                    heard += audio
                } else {
                    perform { session, out in session.receive(text: bytes.span, into: &out) }
                }
            } else {
                let bytes = Array(try #require((line["binary"] as? String).flatMap { Data(base64Encoded: $0) }))
                if session.turn(ofAudio: bytes.span) != nil {
                    heard += bytes
                } else {
                    perform { session, out in session.receive(binary: bytes.span, into: &out) }
                }
            }
        }

        private mutating func write(text: [UInt8]) { write("text", String(decoding: text, as: UTF8.self)) }

        private mutating func write(binary: [UInt8]) { write("binary", base64(binary)) }

        private mutating func write(_ name: String, _ value: String) {
            let line = JSONWriter.object { json in
                json.member("dialect", dialect.rawValue)
                json.member(name, value)
            }
            sent.append(String(decoding: line, as: UTF8.self))
        }

        /// How often a second the tone passes through zero upwards, and its level.
        var tone: (frequency: Double, level: Double) {
            var samples: [Int16] = []
            output.decode(heard.span, into: &samples)
            let middle = samples.dropFirst(samples.count / 5).dropLast(samples.count / 5)
            guard !middle.isEmpty else { return (0, 0) }
            let passes = zip(middle, middle.dropFirst()).count { $0 < 0 && $1 >= 0 }
            let energy = middle.reduce(0) { $0 + Double($1) * Double($1) } / Double(middle.count)
            return (Double(passes * output.sampleRate) / Double(middle.count), energy.squareRoot())
        }
    }

    /// One JSON object a line.
    private static func samples() -> [String] {
        dialects.flatMap { dialect in
            var conversation = Conversation(dialect)
            if dialect == .genesysAudioHook {
                let opened = Array(
                    (#"{"version":"2","id":"\#(GenesysAudioHookTests.session)","type":"opened","seq":1,"clientseq":1,"#
                        + #""parameters":{"media":[{"format":"PCMU"}]}}"#).utf8)
                conversation.perform { session, out in session.receive(text: opened.span, into: &out) }
            }
            conversation.call()
            return conversation.sent
        }
    }

    @Test("Samples are there in every dialect, and written to the file of SIDETONE_PLATFORM_SAMPLES if it is set")
    func written() throws {
        let samples = Self.samples()
        for dialect in Self.dialects {
            #expect(samples.count { $0.contains(#""dialect":"\#(dialect.rawValue)""#) } > 27)
        }
        guard let file = ProcessInfo.processInfo.environment["SIDETONE_PLATFORM_SAMPLES"] else { return }
        try Data(samples.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: file))
    }

    @Test(
        "Conversations with pipecat",
        .enabled(if: hasLibrary, "pip install pipecat-ai into .build/python, or set SIDETONE_PYTHON"))
    func pipecat() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sidetone-platforms-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (samples, replies) = (folder.appending(path: "samples"), folder.appending(path: "replies"))
        try Data(Self.samples().joined(separator: "\n").utf8).write(to: samples)
        let script = Self.root.appending(path: "Scripts/check-platforms.py").path
        let (status, output) = try Self.run([script, samples.path, replies.path])
        print(output)
        #expect(status == 0, "\(output)")

        let lines = try String(contentsOf: replies, encoding: .utf8).split(separator: "\n").map { String($0).json }
        for dialect in Self.dialects {
            var conversation = Conversation(dialect)
            let own = lines.filter { $0["dialect"] as? String == dialect.rawValue }
            // Of an AudioHook server the first message makes the session ready for what it got.
            let opening = dialect == .genesysAudioHook ? 1 : 0
            for line in own.prefix(opening) { try conversation.take(line) }
            conversation.call()
            for line in own.dropFirst(opening) { try conversation.take(line) }
            #expect(conversation.violation == nil, "\(dialect)")
            #expect(!conversation.events.contains { if case .error = $0 { true } else { false } }, "\(dialect)")
            #expect(conversation.events.contains(.ready), "\(dialect)")
            #expect(conversation.events.contains(.interrupted), "\(dialect)")
            let seconds = Double(conversation.heard.count) / Double(conversation.output.bytesPerMillisecond * 1_000)
            #expect(0.9...1.1 ~= seconds, "\(dialect): \(seconds) s")
            #expect(650...670 ~= conversation.tone.frequency, "\(dialect): \(conversation.tone)")
            #expect(4_000...7_500 ~= conversation.tone.level, "\(dialect): \(conversation.tone)")
            if dialect == .genesysAudioHook {
                let variables = ["action": "transfer", "intent": "billing"]
                let request = EngineTransferRequest(target: nil, variables: variables)
                #expect(conversation.events.suffix(2) == [.variables(variables), .transferRequested(request)])
            }
        }
    }
}
