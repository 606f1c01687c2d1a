import Codecs
import Foundation
import Testing
import VoiceEngine

@Suite("jambonz listen, platform")
struct JambonzListenTests {
    private static func ready() -> PlatformRig {
        var rig = PlatformRig.started(.jambonzListen, format: .pcm16(rate: 16_000))
        rig.forget()
        return rig
    }

    private static func mark(_ name: String) -> String { #"{"type":"mark","data":{"name":"\#(name)"}}"# }

    @Test("The subprotocol is offered, credentials are basic with a user name")
    func handshake() {
        var rig = PlatformRig(.jambonzListen)
        var context = PlatformRig.context
        context.options = ["username": "bot"]
        let handshake = rig.session.handshake(context)
        #expect(handshake.subprotocols == ["audio.jambonz.org"])
        #expect(handshake.headers == [.init(name: "Authorization", value: "Basic Ym90OmtleQ==")])
        rig = PlatformRig(.jambonzListen, options: ["subprotocol": "audio.drachtio.org"])
        #expect(rig.session.handshake(PlatformRig.context).subprotocols == ["audio.drachtio.org"])
    }

    @Test("The first text tells of the call and the audio", arguments: [(16_000, 16_000), (44_100, 8_000)])
    func metadata(_ configured: Int, _ used: Int) throws {
        let rig = PlatformRig.started(
            .jambonzListen, format: .pcm16(rate: configured), options: ["account": "ac", "application": "ap"])
        #expect(
            try rig.messages() == [
                [
                    "callSid": "00010203-0405-4607-8809-0a0b0c0d0e0f", "direction": "inbound", "from": "+15551234567",
                    "to": "+15557654321", "callId": "call-1@as.example", "sipStatus": 200, "callStatus": "in-progress",
                    "accountSid": "ac", "applicationSid": "ap", "sampleRate": used, "mixType": "mono",
                    "customerData": ["customer": "4\"2"],
                ]
            ])
        #expect(rig.formats.isEmpty == (configured == used))
        #expect(rig.events == [.ready])
    }

    @Test("Audio is binary both ways; the end is a message without octets")
    func audio() {
        var rig = Self.ready()
        #expect(rig.audio([1, 0, 2, 0]) == [1, 0, 2, 0])
        rig.receive(binary: [1, 0, 2])
        rig.receive(binary: [0, 3, 0])
        rig.receive(binary: [])
        rig.play()
        #expect(rig.played == [1, 0, 2, 0, 3, 0])
        rig.handle(.digit("5"))
        #expect(rig.sent.last?.json == ["event": "dtmf", "dtmf": "5", "duration": "800"])
        rig.handle(.end(.callerGone))
        #expect(rig.sentBinary == [[]])
    }

    @Test("Marks are told as played or as cleared")
    func marks() throws {
        var rig = Self.ready()
        rig.receive(binary: [1, 0])
        rig.receive(Self.mark("a"))
        rig.play()
        rig.receive(binary: [1, 0])
        rig.receive(Self.mark("b"))
        rig.receive(#"{"type":"killAudio"}"#)
        #expect(rig.events.contains(.interrupted))
        #expect(
            try rig.messages() == [
                ["type": "mark", "data": ["name": "a", "event": "playout"]],
                ["type": "mark", "data": ["name": "b", "event": "cleared"]],
            ])
    }

    @Test("clearMarks gives up what waits; more than 30 are dropped")
    func givenUpMarks() throws {
        var rig = Self.ready()
        rig.receive(binary: [1, 0])
        rig.receive(Self.mark("a"))
        rig.receive(#"{"type":"clearMarks"}"#)
        for index in 0..<40 { rig.receive(Self.mark("\(index)")) }
        rig.play()
        #expect(try rig.messages().map { $0.text("data", "name") } == (0..<30).map { "\($0)" })
    }

    @Test("A prompt in one message is played at its rate and reported when it is done")
    func prompt() throws {
        var rig = Self.ready()
        rig.receive(
            #"{"type":"playAudio","data":{"audioContentType":"raw","sampleRate":8000,"audioContent":"AQIDBA==","id":"p"}}"#
        )
        #expect(rig.formats == [.pcm16(rate: 8_000)])
        rig.play()
        #expect(rig.played == [1, 2, 3, 4])
        #expect(try rig.messages() == [["type": "playDone", "data": ["id": "p"]]])
        rig.receive(#"{"type":"playAudio","data":{"audioContentType":"mp3","audioContent":"AQID"}}"#)
        guard case .error? = rig.events.last else { return #expect(Bool(false), "another type is told") }
        rig.receive(binary: [5, 0])
        #expect(rig.formats == [.pcm16(rate: 8_000), .pcm16(rate: 16_000)], "a stream has the rate of the session")
    }

    private static func wave(_ format: [UInt8], _ data: [UInt8]) -> String {
        let chunks: [UInt8] =
            Array("WAVELIST".utf8) + [3, 0, 0, 0, 1, 2, 3, 0] + Array("fmt ".utf8) + [UInt8(format.count), 0, 0, 0]
            + format
            + Array("data".utf8) + [0xFF, 0xFF, 0xFF, 0xFF] + data
        let file = Array("RIFF".utf8) + [UInt8(chunks.count), 0, 0, 0] + chunks
        return #"{"type":"playAudio","data":{"audioContentType":"wave","audioContent":"\#(base64(file))","id":"w"}}"#
    }

    @Test("A prompt in a WAV file is played at the file's rate, if it is linear and of one channel")
    func waveFile() {
        var rig = Self.ready()
        // 24 000 Hz, 48 000 octets a second, 16 bits.
        let linear: [UInt8] = [1, 0, 1, 0, 0xC0, 0x5D, 0, 0, 0x80, 0xBB, 0, 0, 2, 0, 16, 0]
        rig.receive(Self.wave(linear, [1, 2, 3, 4, 5]))
        #expect(rig.formats == [.pcm16(rate: 24_000)])
        rig.play()
        #expect(rig.played == [1, 2, 3, 4])
        #expect(rig.sent.last?.json.text("data", "id") == "w")
        for (index, value) in [(0, 7), (2, 2), (14, 8), (4, 0xC1)] as [(Int, UInt8)] {
            var other = linear
            other[index] = value
            rig.forget()
            rig.receive(Self.wave(other, [1, 2]))
            guard case .error? = rig.events.first else {
                Issue.record("taken with \(value) at \(index)")
                continue
            }
        }
    }

    @Test("disconnect, transfer and json are what the service acts upon")
    func requests() {
        var rig = Self.ready()
        rig.receive(#"{"type":"json","data":{"intent":"billing","score":0.5,"deep":{}}}"#)
        rig.receive(#"{"type":"transfer","data":{"target":"sip:a@b","reason":"r","queue":"q"}}"#)
        rig.receive(#"{"type":"transfer","data":"tel:+1"}"#)
        rig.receive(#"{"type":"disconnect"}"#)
        #expect(
            rig.events == [
                .variables(["intent": "billing", "score": "0.5"]),
                .transferRequested(EngineTransferRequest(target: "sip:a@b", reason: "r", variables: ["queue": "q"])),
                .transferRequested(EngineTransferRequest(target: "tel:+1")), .hangUpRequested(reason: nil),
            ])
    }
}
