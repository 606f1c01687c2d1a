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
        rig.receive(#"{"type":"playAudio","data":{"audioContentType":"wave","audioContent":"AQID"}}"#)
        guard case .error? = rig.events.last else { return #expect(Bool(false), "wave is told to be unsupported") }
        rig.receive(binary: [5, 0])
        #expect(rig.formats == [.pcm16(rate: 8_000), .pcm16(rate: 16_000)], "a stream has the rate of the session")
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
