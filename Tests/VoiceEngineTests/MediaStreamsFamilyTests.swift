import Codecs
import Foundation
import Testing
import VoiceEngine

@Suite("Telnyx, Plivo, Exotel and Vonage, platform")
struct MediaStreamsFamilyTests {
    @Test("Telnyx spells in snake case and takes G.711 of both laws", arguments: [AudioFormat.pcmu, .pcma])
    func telnyx(_ format: AudioFormat) throws {
        var rig = PlatformRig.started(.telnyxMediaStreams, format: format)
        let opening = try rig.messages()
        #expect(opening.map { $0.text("event") } == ["connected", "start"])
        #expect(opening[1].text("stream_id") == "00010203-0405-4607-8809-0a0b0c0d0e0f")
        #expect(opening[1].text("start", "call_control_id") == "call-1@as.example")
        #expect(opening[1].text("start", "from") == "+15551234567")
        #expect(opening[1].text("start", "media_format", "encoding") == (format == .pcma ? "PCMA" : "PCMU"))
        #expect(rig.formats.isEmpty)
        let taken = rig.audio([1, 2, 3])
        let frame = try #require(taken)
        #expect(String(decoding: frame, as: UTF8.self).json.text("media", "chunk") == "1")
        rig.forget()
        rig.receive(#"{"event":"media","media":{"payload":"AQID"}}"#)
        rig.receive(#"{"event":"mark","mark":{"name":"m"}}"#)
        rig.receive(#"{"event":"clear"}"#)
        #expect(rig.events.contains(.interrupted))
        #expect(try rig.messages().map { $0.text("mark", "name") } == ["m"])
        rig.handle(.digit("7"))
        rig.handle(.end(.completed))
        #expect(try rig.messages().map { $0.text("event") } == ["mark", "dtmf", "stop"])
        #expect(try rig.messages()[1].text("dtmf", "digit") == "7")
        #expect(try rig.messages().map { $0.text("sequence_number") } == ["3", "4", "5"])
    }

    @Test("Plivo begins with start, plays what the bot declares, answers checkpoints and clearAudio")
    func plivo() throws {
        var rig = PlatformRig.started(.plivoAudioStreams)
        let start = try #require(try rig.messages().first)
        #expect(start.text("event") == "start")
        #expect(start.text("start", "callId") == "call-1@as.example")
        #expect(start.text("start", "streamId") == start.text("streamId"))
        #expect(start.text("extra_headers")?.json.text("from_number") == "+15551234567")
        rig.forget()
        let mulaw = #"{"event":"playAudio","media":{"contentType":"audio/x-mulaw","sampleRate":8000,"payload":"AQID"}}"#
        rig.receive(mulaw)
        rig.receive(mulaw)
        #expect(rig.queue == [.audio(EngineTurnID("turn-1"), [1, 2, 3]), .audio(EngineTurnID("turn-1"), [1, 2, 3])])
        rig.receive(#"{"event":"checkpoint","streamId":"s","name":"c1"}"#)
        rig.play()
        #expect(try rig.messages().map { $0.text("name") } == ["c1"])
        #expect(try rig.messages().map { $0.text("event") } == ["playedStream"])
        rig.forget()
        rig.receive(mulaw)
        rig.receive(#"{"event":"checkpoint","streamId":"s","name":"c2"}"#)
        rig.receive(#"{"event":"clearAudio","streamId":"s"}"#)
        #expect(try rig.messages().map { $0.text("event") } == ["clearedAudio"], "a dropped checkpoint is not answered")
        // The samples of another format are not taken for those of the present one.
        rig.forget()
        rig.receive(#"{"event":"playAudio","media":{"contentType":"audio/x-l16","sampleRate":16000,"payload":"AQID"}}"#)
        #expect(rig.formats == [.pcm16(rate: 16_000)])
        #expect(rig.queue.last == .audio(EngineTurnID("turn-2"), [1, 2]))
        rig.receive(#"{"event":"playAudio","media":{"contentType":"audio/ogg","sampleRate":8000,"payload":"AQID"}}"#)
        guard case .error? = rig.events.last else { return #expect(Bool(false), "an unknown format is told") }
    }

    @Test("Plivo sends linear samples where its answer to the call asks for them")
    func plivoContentType() {
        let plain = PlatformRig.started(.plivoAudioStreams, format: .pcm16(rate: 16_000))
        #expect(plain.formats == [.pcmu, .pcmu])
        let rig = PlatformRig.started(
            .plivoAudioStreams, format: .pcm16(rate: 16_000), options: ["contentType": "audio/x-l16;rate=16000"])
        #expect(rig.formats.isEmpty)
        #expect(rig.sent.first?.json.text("start", "mediaFormat", "encoding") == "audio/x-l16")
        #expect(EngineDialect.plivoAudioStreams.optionNames.contains("contentType"))
        #expect(!EngineDialect.twilioMediaStreams.optionNames.contains("contentType"))
    }

    @Test("Exotel takes linear samples and sends them")
    func exotel() throws {
        var rig = PlatformRig.started(.exotelVoicebot)
        #expect(rig.formats == [.pcm16(rate: 8_000), .pcm16(rate: 8_000)])
        let opening = try rig.messages()
        #expect(opening[0] == ["event": "connected"])
        #expect(opening[1].text("start", "stream_sid") == opening[1].text("stream_sid"))
        #expect(opening[1].text("start", "custom_parameters", "customer") == "4\"2")
        rig.receive(#"{"event":"media","stream_sid":"s","media":{"payload":"AQIDBA=="}}"#)
        #expect(rig.queue == [.audio(EngineTurnID("turn-1"), [1, 2, 3, 4])])
        rig.forget()
        rig.receive(#"{"event":"mark","stream_sid":"s","mark":{"name":"m"}}"#)
        rig.receive(#"{"event":"clear","stream_sid":"s"}"#)
        #expect(try rig.messages().map { $0.text("mark", "name") } == ["m"])
    }

    @Test("Vonage says what the audio is, then all of it is binary", arguments: [8_000, 16_000, 24_000, 48_000])
    func vonage(_ rate: Int) throws {
        var rig = PlatformRig.started(.vonageAudioConnector, format: .pcm16(rate: rate))
        let used = rate == 48_000 ? 16_000 : rate
        let connected = try #require(try rig.messages().first)
        #expect(connected.text("event") == "websocket:connected")
        #expect(connected.text("content-type") == "audio/l16;rate=\(used)")
        #expect(connected.text("customer") == "4\"2")
        #expect(rig.formats == (rate == 48_000 ? [.pcm16(rate: used), .pcm16(rate: used)] : []))
        #expect(rig.session.sendsBinaryAudio)
        #expect(rig.audio([1, 2, 3, 4]) == [1, 2, 3, 4])
    }

    @Test("Vonage: samples that are cut between messages are put together")
    func vonageSamples() {
        var rig = PlatformRig.started(.vonageAudioConnector, format: .pcm16(rate: 8_000))
        rig.receive(binary: [1, 2, 3])
        rig.receive(binary: [4, 5, 6, 7])
        rig.receive(binary: [8])
        rig.receive(binary: [9, 10])
        rig.play()
        #expect(rig.played == Array(1...10))
    }

    @Test("Vonage: clear is answered, a notification comes back with its payload, keys go out")
    func vonageActions() throws {
        var rig = PlatformRig.started(.vonageAudioConnector, format: .pcm16(rate: 8_000))
        rig.forget()
        rig.receive(binary: [1, 2])
        rig.receive(#"{"action":"notify","payload":{"say":"a\"b","n":[1,2]}}"#)
        rig.play()
        #expect(try rig.messages() == [["event": "websocket:notify", "payload": ["say": "a\"b", "n": [1, 2]]]])
        rig.forget()
        rig.receive(binary: [1, 2])
        rig.receive(#"{"action":"notify","payload":{}}"#)
        rig.receive(#"{"action":"clear"}"#)
        #expect(try rig.messages() == [["event": "websocket:cleared"]])
        #expect(rig.events.contains(.interrupted))
        rig.handle(.digit("*"))
        #expect(try rig.messages().last?.text("digit") == "*")
    }
}
