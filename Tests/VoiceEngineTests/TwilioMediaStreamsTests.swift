import Codecs
import Foundation
import Testing
import VoiceEngine

@Suite("Twilio Media Streams, platform")
struct TwilioMediaStreamsTests {
    private static let dialect = EngineDialect.twilioMediaStreams

    private static func media(_ bytes: [UInt8]) -> String {
        #"{"event":"media","streamSid":"MZ0","media":{"payload":"\#(base64(bytes))"}}"#
    }

    private static func mark(_ name: String) -> String {
        #"{"event":"mark","streamSid":"MZ0","mark":{"name":"\#(name)"}}"#
    }

    @Test("The handshake is signed with the account's token: HMAC-SHA-1 of the URL")
    func signature() {
        var rig = PlatformRig(Self.dialect)
        let handshake = rig.session.handshake(PlatformRig.context)
        #expect(handshake.target == "/bot?x=1")
        // printf %s 'wss://bot.example:8443/bot?x=1' | openssl dgst -sha1 -hmac c2VjcmV0 -binary | base64
        #expect(
            handshake.headers.first { $0.name == "X-Twilio-Signature" }?.value == "5F9eRPemU7/GYH971UFs7ugjI+U=")
        var unsigned = PlatformRig.context
        unsigned.signingSecret = nil
        #expect(rig.session.handshake(unsigned).headers.allSatisfy { $0.name != "X-Twilio-Signature" })
    }

    @Test("connected, then start with the call, then the session is ready")
    func opening() throws {
        let rig = PlatformRig.started(Self.dialect, format: .pcm16(rate: 24_000), options: ["account": "AC1"])
        let messages = try rig.messages()
        #expect(messages.count == 2)
        #expect(messages[0] == ["event": "connected", "protocol": "Call", "version": "1.0.0"])
        let start = messages[1]
        #expect(start.text("event") == "start")
        #expect(start.text("sequenceNumber") == "1")
        #expect(start.text("streamSid") == "MZ000102030405060708090a0b0c0d0e0f")
        #expect(
            start.at("start") == [
                "accountSid": "AC1", "streamSid": "MZ000102030405060708090a0b0c0d0e0f", "callSid": "call-1@as.example",
                "tracks": ["inbound"],
                "mediaFormat": ["encoding": "audio/x-mulaw", "sampleRate": 8_000, "channels": 1],
                "customParameters": [
                    "customer": "4\"2", "from_number": "+15551234567", "to_number": "+15557654321",
                ],
            ] as NSDictionary)
        #expect(rig.events == [.ready])
        #expect(rig.formats == [.pcmu, .pcmu])
    }

    @Test("The caller's audio is numbered and timed; all numbers are strings")
    func callerAudio() throws {
        var rig = PlatformRig.started(Self.dialect)
        #expect(rig.formats.isEmpty)
        for index in 0..<12 {
            let taken = rig.audio([UInt8](repeating: UInt8(index), count: 160))
            let frame = try #require(taken)
            let message = String(decoding: frame, as: UTF8.self).json
            #expect(message.text("event") == "media")
            #expect(message.text("sequenceNumber") == "\(index + 2)")
            #expect(message.text("media", "track") == "inbound")
            #expect(message.text("media", "chunk") == "\(index + 1)")
            #expect(message.text("media", "timestamp") == "\(index * 20)")
            #expect(
                message.text("media", "payload") == base64([UInt8](repeating: UInt8(index), count: 160)))
        }
        rig.handle(.digit("#"))
        let digit = try #require(try rig.messages().last)
        #expect(digit.text("dtmf", "digit") == "#")
        #expect(digit.text("sequenceNumber") == "14")
    }

    @Test("A turn begins with the first sound and ends after 200 ms without any")
    func turns() {
        var rig = PlatformRig.started(Self.dialect)
        rig.receive(Self.media([UInt8](repeating: 0xFF, count: 160)))
        #expect(rig.events == [.ready], "silence is no turn")
        rig.receive(Self.media([1, 2]))
        rig.receive(Self.media([3]))
        rig.tick(1)
        rig.receive(Self.media([4]))
        rig.tick(2)
        let first = EngineTurnID("turn-1")
        #expect(rig.events == [.ready, .turnStarted(first)])
        rig.tick(1)
        #expect(rig.events == [.ready, .turnStarted(first), .turnEnded(first, .completed)])
        rig.receive(Self.media([5]))
        #expect(rig.events.last == .turnStarted(EngineTurnID("turn-2")))
        rig.play()
        #expect(rig.played == [1, 2, 3, 4, 5])
    }

    @Test("A bot that never ceases to send ends its turn with a second of silence")
    func silence() {
        var rig = PlatformRig.started(Self.dialect)
        rig.receive(Self.media([1]))
        for _ in 0..<10 {
            rig.receive(Self.media([UInt8](repeating: 0x7F, count: 800)))
            rig.tick()
        }
        #expect(!rig.events.contains(.turnEnded(EngineTurnID("turn-1"), .completed)))
        rig.receive(Self.media([0xFF]))
        rig.tick()
        #expect(rig.events.last == .turnEnded(EngineTurnID("turn-1"), .completed))
        rig.receive(Self.media([0xFF]))
        #expect(rig.events.last == .turnEnded(EngineTurnID("turn-1"), .completed))
    }

    @Test("A mark comes back when what was said before it has been played")
    func marks() throws {
        var rig = PlatformRig.started(Self.dialect)
        rig.receive(Self.media([1]))
        rig.receive(Self.mark("a"))
        rig.receive(Self.media([2]))
        rig.receive(Self.mark("b"))
        rig.forget()
        #expect(rig.sent.isEmpty)
        rig.play(1)
        #expect(try rig.messages().map { $0.text("mark", "name") } == ["a"])
        rig.play(1)
        #expect(try rig.messages().map { $0.text("mark", "name") } == ["a", "b"])
        rig.receive(Self.mark("c"))
        #expect(try rig.messages().last?.text("mark", "name") == "c", "nothing waits: at once")
    }

    @Test("clear drops what waits and brings back all marks in order")
    func clear() throws {
        var rig = PlatformRig.started(Self.dialect)
        rig.receive(Self.media([1]))
        rig.receive(Self.mark("a"))
        rig.receive(Self.media([2]))
        rig.receive(Self.mark("b"))
        rig.forget()
        rig.receive(#"{"event":"clear","streamSid":"MZ0"}"#)
        #expect(rig.events == [.interrupted, .turnEnded(EngineTurnID("turn-1"), .cancelled)])
        #expect(try rig.messages().map { $0.text("mark", "name") } == ["a", "b"])
        #expect(rig.queue.isEmpty)
        rig.receive(Self.media([3]))
        #expect(rig.queue == [.audio(EngineTurnID("turn-2"), [3])])
    }

    @Test("At the end the bot is sent stop, and nothing after it")
    func end() throws {
        var rig = PlatformRig.started(Self.dialect)
        rig.forget()
        rig.handle(.end(.callerGone))
        #expect(
            try rig.messages().map { $0.at("stop") } == [
                ["accountSid": "sidetone", "callSid": "call-1@as.example"] as NSDictionary
            ])
        #expect(rig.audio([1]) == nil)
        rig.handle(.digit("1"))
        rig.receive(Self.media([1]))
        #expect(rig.sent.count == 1)
        #expect(rig.queue.isEmpty)
    }

    @Test("What is no message of the dialect is told, and too much of it ends the session")
    func faults() {
        var rig = PlatformRig.started(Self.dialect)
        rig.receive(#"{"event":"unheard-of"}"#)
        #expect(rig.events == [.ready])
        for wrong in ["{", "{}", Self.media([]), #"{"event":"media"}"#, #"{"event":"mark"}"#] {
            rig.forget()
            rig.receive(wrong)
            guard case .error(let fault)? = rig.events.first else {
                Issue.record("no fault for \(wrong)")
                continue
            }
            #expect(fault.isRecoverable)
        }
        for _ in 0..<40 { rig.receive("nonsense") }
        #expect(rig.violation != nil)
        rig.forget()
        rig.receive(Self.media([1]))
        #expect(rig.events.isEmpty)
    }
}
