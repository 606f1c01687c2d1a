import Codecs
import Testing
import VoiceEngine

/// Messages of bots, cut short and with bytes changed: whatever comes, nothing traps, and a session that has found a
/// violation stays silent.
@Suite("Hostile messages of bots")
struct HostilePlatformTests {
    static let messages: [String] = [
        #"{"event":"media","streamSid":"MZ","media":{"payload":"AQIDBAU="}}"#,
        #"{"event":"mark","mark":{"name":"m\u00e9\ud83d"}}"#, #"{"event":"clear"}"#,
        #"{"event":"playAudio","media":{"contentType":"audio/x-l16","sampleRate":16000,"payload":"AQID"}}"#,
        #"{"event":"checkpoint","name":"c"}"#, #"{"event":"clearAudio"}"#,
        #"{"action":"notify","payload":{"a":[1,{"b":null}]}}"#, #"{"action":"clear"}"#,
        #"{"type":"playAudio","data":{"audioContentType":"raw","sampleRate":8000,"audioContent":"AQID","id":"p"}}"#,
        #"{"type":"transfer","data":{"target":"sip:a@b","n":1}}"#, #"{"type":"mark","data":{"name":"m"}}"#,
        #"{"command":"MARK_MEDIA","correlation_id":"m"}"#, #"{"command":"SET_MEDIA_DIRECTION","direction":"in"}"#,
        #"{"command":"REPORT_QUEUE_DRAINED"}"#, #"{"command":"FLUSH_MEDIA"}"#, #"{"command":"GET_STATUS"}"#,
        #"{"type":"session.accepted","mediaFormat":"raw/lpcm16"}"#, #"{"type":"userStream.started"}"#,
        #"{"type":"playStream.start","streamId":"s","mediaFormat":"raw/mulaw"}"#,
        #"{"type":"playStream.chunk","streamId":"s","audioChunk":"AQID"}"#,
        #"{"type":"playStream.mark.set","streamId":"s","m":[1]}"#, #"{"type":"playStream.stop","streamId":"s"}"#,
        #"{"type":"activities","activities":[{"type":"event","name":"transfer","activityParams":{"#
            + #""transferTarget":"tel:1","transferSipHeaders":[{"name":"n","value":"v"}]}},{"type":"message"}]}"#,
        #"{"type":"userStream.speech.recognition","alternatives":[{"text":"t"}]}"#,
        audioHook("opened", 1, #"{"startPaused":true,"media":[{"format":"PCMU"}]}"#),
        audioHook("event", 2, #"{"entities":[{"type":"barge_in"},{"type":"transcript","data":{"isFinal":true}}]}"#),
        audioHook("resume", 2, "{}"), audioHook("reconnect", 2, "{}"),
        audioHook("disconnect", 2, #"{"reason":"completed","outputVariables":{"a":"b"}}"#),
    ]

    /// What brings a session of any dialect to where it takes everything.
    private static let prelude = [
        #"{"type":"session.accepted","mediaFormat":"raw/mulaw"}"#,
        #"{"type":"playStream.start","streamId":"s","mediaFormat":"raw/mulaw"}"#,
        audioHook("opened", 1, #"{"media":[{"format":"PCMU"}]}"#),
    ]

    private static func audioHook(_ type: String, _ sequence: Int, _ parameters: String) -> String {
        #"{"version":"2","id":"00010203-0405-4607-8809-0a0b0c0d0e0f","type":"\#(type)","seq":\#(sequence),"#
            + #""clientseq":1,"parameters":\#(parameters)}"#
    }

    private static let platforms: [EngineDialect] = [
        .twilioMediaStreams, .telnyxMediaStreams, .plivoAudioStreams, .exotelVoicebot, .vonageAudioConnector,
        .jambonzListen, .asteriskWebSocket, .audioCodesBot, .genesysAudioHook,
    ]

    /// A session in the midst of a conversation, which one of the messages makes what it is.
    private static func session(_ dialect: EngineDialect) -> any EngineSession {
        var session = dialect.makeSession(EngineSessionConfiguration(audioFormat: .pcmu))
        _ = session.handshake(PlatformRig.context)
        var out: [EngineSessionOutput] = []
        session.start(into: &out)
        for text in prelude where text.contains("version") == (dialect == .genesysAudioHook) {
            session.receive(text: Array(text.utf8).span, into: &out)
        }
        session.receive(binary: [1, 2].span, into: &out)
        return session
    }

    private static func give(_ bytes: [UInt8], _ session: inout any EngineSession) {
        var audio: [UInt8] = []
        if session.receiveAudio(text: bytes.span, into: &audio) == nil { #expect(audio.isEmpty) }
        var out: [EngineSessionOutput] = []
        session.receive(text: bytes.span, into: &out)
        if session.turn(ofAudio: bytes.span) == nil { session.receive(binary: bytes.span, into: &out) }
        for output in out {
            if case .mark(let mark, _) = output { session.handle(.markReached(mark, .cleared), into: &out) }
        }
        session.timerFired(into: &out)
        if out.violation != nil {
            out.removeAll()
            session.receive(text: bytes.span, into: &out)
            session.receive(binary: bytes.span, into: &out)
            session.handle(.end(.failed), into: &out)
            let isSilent = out.isEmpty
            #expect(isSilent)
        }
    }

    @Test("Every beginning of every message", arguments: platforms)
    func beginnings(_ dialect: EngineDialect) {
        for message in Self.messages {
            let bytes = Array(message.utf8)
            for count in 0...bytes.count {
                var session = Self.session(dialect)
                Self.give(Array(bytes.prefix(count)), &session)
            }
        }
    }

    @Test("Changed octets at every place of every message", arguments: platforms)
    func changes(_ dialect: EngineDialect) {
        for message in Self.messages {
            let original = Array(message.utf8)
            for index in original.indices {
                for change in [0x01, 0x20, 0x80] as [UInt8] {
                    var bytes = original
                    bytes[index] ^= change
                    var session = Self.session(dialect)
                    Self.give(bytes, &session)
                }
            }
        }
    }

    @Test("Every beginning of a WAV file, and every octet changed")
    func waves() {
        let format: [UInt8] = [1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0]
        let file =
            Array("RIFF\u{20}\0\0\0WAVEfmt ".utf8) + [16, 0, 0, 0] + format + Array("data".utf8) + [2, 0, 0, 0, 1, 2]
        for count in 0...file.count {
            for change in [0x01, 0x80, 0xFF] as [UInt8] {
                var bytes = Array(file.prefix(count))
                if !bytes.isEmpty { bytes[count - 1] ^= change }
                let rest = Array(file.dropFirst(count))
                for candidate in [Array(file.prefix(count)), bytes, bytes + rest] {
                    let text =
                        #"{"type":"playAudio","data":{"audioContentType":"wave","audioContent":"\#(base64(candidate))"}}"#
                    var session = Self.session(.jambonzListen)
                    Self.give(Array(text.utf8), &session)
                }
            }
        }
    }

    @Test("Nonsense without end ends the session", arguments: platforms)
    func flood(_ dialect: EngineDialect) {
        var rig = PlatformRig.started(dialect)
        for _ in 0..<100 { rig.receive("{") }
        #expect(rig.violation != nil)
        rig.forget()
        rig.receive("{")
        #expect(rig.events.isEmpty && rig.sent.isEmpty)
    }
}
