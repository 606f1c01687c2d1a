import Codecs
import Testing
import VoiceEngine

/// Messages of a real session with bytes changed, dropped and doubled: whatever comes, nothing traps, and a session
/// that has found a violation stays silent.
@Suite("Hostile messages")
struct HostileMessageTests {
    static let messages = [
        #"{"type":"session.created","session":{"id":"s"}}"#, #"{"type":"session.updated","session":{"audio":{}}}"#,
        #"{"type":"input_audio_buffer.speech_started","audio_start_ms":12,"item_id":"i"}"#,
        #"{"type":"input_audio_buffer.speech_stopped"}"#, #"{"type":"response.created","response":{"id":"r"}}"#,
        #"{"type":"response.output_audio.delta","response_id":"r","item_id":"i","content_index":0,"delta":"AAECAw=="}"#,
        #"{"type":"response.function_call_arguments.done","call_id":"c","name":"n","arguments":"{\"a\":\"\u00e9\"}"}"#,
        #"{"type":"response.done","response":{"id":"r","status":"completed","output":[{"type":"function_call"}]}}"#,
        #"{"type":"error","error":{"type":"t","code":"conversation_already_has_active_response","event_id":"e"}}"#,
        #"{"type":"conversation.item.truncate","item_id":"i","audio_end_ms":99999999999999999999}"#,
        #"{"type":"session.update","session":{"audio":{"input":{"format":{"type":"audio/pcm","rate":-1}}}}}"#,
        #"{"type":"conversation.item.create","item":{"type":"message","content":[{"text":"x"},3,null]}}"#,
    ]

    /// A generator with a known seed, so that a failure can be repeated.
    struct Generator {
        var state: UInt64

        mutating func next(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % max(1, bound)
        }
    }

    @Test("Changed messages", arguments: 1...8)
    func changed(_ seed: Int) {
        var generator = Generator(state: UInt64(seed))
        for _ in 0..<200 {
            var client = OpenAIRealtimeSession(EngineSessionConfiguration(audioFormat: .pcmu))
            var server = OpenAIRealtimeServerSession(identifier: "f")
            var hasFailed = false
            for _ in 0..<20 {
                let message = mutate(Self.messages[generator.next(below: Self.messages.count)], &generator)
                var out: [EngineSessionOutput] = []
                client.receive(text: message.span, into: &out)
                client.handle(.playedUpTo(EngineTurnID("r"), milliseconds: Int.max), into: &out)
                client.handle(.startTurn(instructions: nil), into: &out)
                if hasFailed { #expect(out.isEmpty) }
                hasFailed = hasFailed || out.violation != nil
                var serverOut: [OpenAIRealtimeServerSession.Output] = []
                server.receive(text: message.span, into: &serverOut)
            }
        }
    }

    private func mutate(_ message: String, _ generator: inout Generator) -> [UInt8] {
        var bytes = Array(message.utf8)
        for _ in 0..<generator.next(below: 4) where !bytes.isEmpty {
            let index = generator.next(below: bytes.count)
            switch generator.next(below: 4) {
            case 0: bytes[index] = UInt8(generator.next(below: 256))
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(bytes[index], at: index)
            default: bytes.removeLast(generator.next(below: bytes.count))
            }
        }
        return bytes
    }
}
