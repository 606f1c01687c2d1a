import Codecs
import Testing
import VoiceEngine

/// Messages of a whole conversation, cut short and with bytes changed: whatever comes, nothing traps, what is kept is
/// bounded, and a session that has found a violation stays silent.
@Suite("Hostile messages, every dialect")
struct HostileDialectTests {
    static let dialects: [EngineDialect] = [.deepgramAgent, .geminiLive, .elevenLabsAgents]

    /// Each different message of the engine once, with long audio made short.
    static func messages(of dialect: EngineDialect) -> [[UInt8]] {
        let sent =
            switch dialect {
            case .deepgramAgent: DialectSamples.deepgram().fromEngine
            case .geminiLive: DialectSamples.gemini().fromEngine
            default: DialectSamples.elevenLabs().fromEngine
            }
        var seen: Set<String> = []
        for message in sent {
            let text =
                switch message {
                case .text(let text): text
                case .binary(let bytes): String(decoding: bytes, as: UTF8.self)
                }
            seen.insert(text.replacing("AAAAAAAAAAAAAAAA", with: "").replacing("////////////////", with: ""))
        }
        return seen.sorted().map { Array($0.utf8) }
    }

    /// A session in the middle of a turn, with a function call that waits.
    static func session(_ dialect: EngineDialect) -> any EngineSession {
        var session = dialect.makeSession(EngineSessionConfiguration(audioFormat: .pcmu))
        var out: [EngineSessionOutput] = []
        session.start(into: &out)
        let opening: [String] =
            switch dialect {
            case .deepgramAgent: [DeepgramSessionTests.welcome, DeepgramSessionTests.applied]
            case .geminiLive: [#"{"setupComplete":{}}"#, GeminiSessionTests.audio()]
            default: [ElevenLabsSessionTests.metadata(), ElevenLabsSessionTests.audio(1)]
            }
        for text in opening { session.receive(text: Array(text.utf8).span, into: &out) }
        if dialect == .deepgramAgent { session.receive(binary: [1, 2].span, into: &out) }
        #expect(out.events.contains(.ready))
        return session
    }

    private static func give(_ bytes: [UInt8], _ session: inout any EngineSession) {
        var audio: [UInt8] = []
        var out: [EngineSessionOutput] = []
        if session.receiveAudio(text: bytes.span, into: &audio) == nil {
            #expect(audio.isEmpty)
            session.receive(text: bytes.span, into: &out)
        }
        if session.sendsBinaryAudio, session.turn(ofAudio: bytes.span) == nil {
            session.receive(binary: bytes.span, into: &out)
        }
        guard out.violation != nil else { return }
        out.removeAll()
        session.receive(text: bytes.span, into: &out)
        session.handle(.say("x"), into: &out)
        session.timerFired(into: &out)
        #expect(out.isEmpty)
        #expect(session.receiveAudio(text: bytes.span, into: &audio) == nil)
    }

    @Test("Every prefix of every message", arguments: dialects)
    func prefixes(_ dialect: EngineDialect) {
        for message in Self.messages(of: dialect) {
            for length in 0..<message.count {
                var session = Self.session(dialect)
                Self.give(Array(message.prefix(length)), &session)
            }
        }
    }

    @Test("Every byte of every message changed", arguments: dialects)
    func changedBytes(_ dialect: EngineDialect) {
        for message in Self.messages(of: dialect) {
            for index in message.indices {
                var session = Self.session(dialect)
                for replacement: UInt8 in [0x00, 0x22, 0x2D, 0x39, 0x5B, 0x5C, 0x7D, 0xFF] {
                    var changed = message
                    changed[index] = replacement
                    Self.give(changed, &session)
                }
            }
        }
    }

    @Test("Every number very large, every string and every value of another kind", arguments: dialects)
    func otherValues(_ dialect: EngineDialect) {
        for message in Self.messages(of: dialect) {
            let text = String(decoding: message, as: UTF8.self)
            for replacement in ["99999999999999999999", "-1", "1e400", "null", "[]", "{}", "\"\"", "[[{}]]"] {
                for value in text.matches(of: /:("[^"]*"|[0-9.]+|true|false|\{\}|\[[^\]]*\])/) {
                    var session = Self.session(dialect)
                    let changed = text.replacingCharacters(value.range, with: ":\(replacement)")
                    Self.give(Array(changed.utf8), &session)
                }
            }
        }
    }

    @Test("Very many functions called at once are not all kept", arguments: dialects)
    func manyCalls(_ dialect: EngineDialect) {
        var session = Self.session(dialect)
        for round in 0..<200 {
            var out: [EngineSessionOutput] = []
            let function =
                #"{"id":"i\#(round)","name":"n","arguments":"{}","client_side":true,"args":{},"tool_name":"n","#
                + #""tool_call_id":"i","parameters":{}}"#
            let functions = String(repeating: function + ",", count: 499) + function
            let message: String =
                switch dialect {
                case .deepgramAgent: #"{"type":"FunctionCallRequest","functions":[\#(functions)]}"#
                case .geminiLive: #"{"toolCall":{"functionCalls":[\#(functions)]}}"#
                default: #"{"type":"client_tool_call","client_tool_call":\#(function)}"#
                }
            session.receive(text: Array(message.utf8).span, into: &out)
            #expect(out.events.count <= 64)
            #expect(!out.events.isEmpty)
        }
        var out: [EngineSessionOutput] = []
        session.handle(.toolResult(id: "i0", output: "{}", continueTurn: true), into: &out)
        // Forgotten where the dialect wants more than the identifier.
        #expect(out.isEmpty == (dialect != .elevenLabsAgents))
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<String.Index>, with replacement: String) -> String {
        var changed = self
        changed.replaceSubrange(range, with: replacement)
        return changed
    }
}
