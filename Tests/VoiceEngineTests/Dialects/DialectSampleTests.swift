import Foundation
import Testing
import VoiceEngine

/// What both sides say in the tests' conversations, held against the vendors' own client libraries.
@Suite("Samples of the dialects", .timeLimit(.minutes(5)))
struct DialectSampleTests {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The Python that has the libraries: that of `SIDETONE_PYTHON`, or the one which `Scripts/setup.sh` makes.
    static let python =
        ProcessInfo.processInfo.environment["SIDETONE_PYTHON"] ?? root.appending(path: ".build/python/bin/python3").path

    static let hasPython = FileManager.default.isExecutableFile(atPath: python)

    static let wanted = ProcessInfo.processInfo.environment["SIDETONE_DIALECT_SAMPLES"]

    /// One JSON object a line.
    static func samples() -> [String] {
        lines(.openAIRealtime, path: "/v1/realtime", DialectSamples.openAI())
            + lines(.deepgramAgent, path: "/v1/agent/converse", DialectSamples.deepgram())
            + lines(
                .geminiLive, path: "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
                DialectSamples.gemini())
            + lines(.elevenLabsAgents, path: "/v1/convai/conversation", DialectSamples.elevenLabs())
    }

    private static func lines<Engine>(
        _ dialect: EngineDialect,
        path: String,
        _ dialogue: Dialogue<Engine>
    ) -> [String] {
        var session = dialect.makeSession(DialectSamples.configuration)
        let handshake = session.handshake(
            EngineHandshakeContext(target: path, authority: "engine.example", isSecure: true, apiKey: "secret"))
        var lines = [
            line(dialect, "client") { json in
                json.member("target", handshake.target)
                json.name("headers")
                json.beginArray()
                for header in handshake.headers {
                    json.beginArray()
                    json.string(header.name)
                    json.string(header.value)
                    json.endArray()
                }
                json.endArray()
            }
        ]
        for (side, messages) in [("client", dialogue.fromClient), ("engine", dialogue.fromEngine)] {
            for message in messages {
                let text: String? =
                    switch message {
                    case .text(let text): text
                    case .binary(let bytes): session.readsBinaryAsText ? String(decoding: bytes, as: UTF8.self) : nil
                    }
                if let text { lines.append(line(dialect, side) { $0.member("text", text) }) }
            }
        }
        return lines
    }

    private static func line(_ dialect: EngineDialect, _ side: String, _ content: (inout JSONWriter) -> Void) -> String
    {
        let bytes = JSONWriter.object { json in
            json.member("dialect", dialect.rawValue)
            json.member("from", side)
            content(&json)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("The conversations use every message that their side of a dialect has here")
    func complete() {
        let text = Self.samples().joined(separator: "\n")
        for kind in [
            "session.update", "response.create", "conversation.item.truncate", "response.cancel", "Settings",
            "KeepAlive",
            "FunctionCallResponse", "InjectAgentMessage", "InjectUserMessage", "UpdatePrompt", "setup", "clientContent",
            "realtimeInput", "toolResponse", "conversation_initiation_client_data", "user_audio_chunk", "pong",
            "user_message", "contextual_update", "client_tool_result",
        ] {
            #expect(text.contains(#"\"\#(kind)\""#), "\(kind)")
        }
    }

    @Test(
        "The conversations are written to the file of SIDETONE_DIALECT_SAMPLES",
        .enabled(if: wanted != nil, "SIDETONE_DIALECT_SAMPLES is not set"))
    func written() throws {
        let file = try #require(Self.wanted)
        try Data(Self.samples().joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: file))
    }

    @Test(
        "The vendors' client libraries understand the engines of the tests, and send what the sessions send",
        .enabled(if: hasPython, "no Python with the libraries: pip install into .build/python, or set SIDETONE_PYTHON"))
    func libraries() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "sidetone-dialects-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(Self.samples().joined(separator: "\n").utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.python)
        process.arguments = [Self.root.appending(path: "Scripts/check-dialects.py").path, file.path]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        print(said)
        #expect(process.terminationStatus == 0, "\(said)")
        #expect(said.contains("ok  "))
    }
}
