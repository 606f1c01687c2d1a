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
    ]

    private static let platforms: [EngineDialect] = [
        .twilioMediaStreams, .telnyxMediaStreams, .plivoAudioStreams, .exotelVoicebot, .vonageAudioConnector,
        .jambonzListen, .asteriskWebSocket, .audioCodesBot,
    ]

    @Test("Every beginning of every message", arguments: platforms)
    func beginnings(_ dialect: EngineDialect) {
        for message in Self.messages {
            for count in 0...message.utf8.count {
                var rig = PlatformRig.started(dialect)
                rig.receive(Self.messages[0])
                rig.receive(String(decoding: message.utf8.prefix(count), as: UTF8.self))
                rig.receive(binary: Array(message.utf8.prefix(count)))
                rig.play()
                rig.tick(3)
            }
        }
    }

    @Test("Every bit of every message", arguments: platforms)
    func bits(_ dialect: EngineDialect) {
        for message in Self.messages {
            for index in message.utf8.indices {
                let offset = message.utf8.distance(from: message.utf8.startIndex, to: index)
                for bit in 0..<8 {
                    var bytes = Array(message.utf8)
                    bytes[offset] ^= 1 << UInt8(bit)
                    var session = dialect.makeSession(EngineSessionConfiguration(audioFormat: .pcmu))
                    var out: [EngineSessionOutput] = []
                    session.start(into: &out)
                    for text in Self.messages { session.receive(text: Array(text.utf8).span, into: &out) }
                    var audio: [UInt8] = []
                    if session.receiveAudio(text: bytes.span, into: &audio) == nil { #expect(audio.isEmpty) }
                    session.receive(text: bytes.span, into: &out)
                    session.handle(.markReached(EngineMark("1"), .played), into: &out)
                    session.timerFired(into: &out)
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
