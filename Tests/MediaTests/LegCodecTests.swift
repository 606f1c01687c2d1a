import Codecs
import Media
import RTP
import SDP
import Testing
import Timing
import VoiceEngine

@Suite("Leg: codecs")
struct LegCodecTests {
    static let g722 = PayloadFormat(payloadType: 9, encodingName: "G722", clockRate: 8_000)

    @Test("G.722: timestamps count 160 a frame, the engine gets 16 kHz without resampling (RFC 3551 §4.5.2)")
    func g722() throws {
        let rig = try LegRig(engine: .pcm16(rate: 16_000))
        try rig.setRemote(LegRig.audio(Self.g722))
        let codec = G722Codec()
        for _ in 0..<50 {
            var payload: [UInt8] = []
            _ = codec.encode(Array(repeating: Int16(1_000), count: 320).span, into: &payload)
            rig.receive(payload, payloadType: 9)
            rig.tick()
        }
        #expect(rig.rtp.allSatisfy { $0.payload.count == 160 && $0.header.payloadType == 9 })
        for (packet, next) in zip(rig.rtp, rig.rtp.dropFirst()) {
            #expect(next.header.timestamp == packet.header.timestamp &+ 160)
        }
        #expect(rig.engineAudio.count == 50 * 640)
        // Two frames of delay, then half a frame until the filter has settled.
        let heard = rig.samples.dropFirst(2 * 320 + 160)
        #expect(heard.allSatisfy { abs(Int($0) - 1_000) < 40 })
    }

    @Test("L16 at 16 kHz reaches the engine bit by bit")
    func l16() throws {
        let rig = try LegRig(engine: .pcm16(rate: 16_000))
        try rig.setRemote(LegRig.audio(PayloadFormat(payloadType: 98, encodingName: "L16", clockRate: 16_000)))
        for frame in 0..<10 {
            let payload = Array(repeating: [UInt8(0x10), UInt8(frame)], count: 320).flatMap { $0 }
            rig.receive(payload, payloadType: 98, timestamp: UInt32(frame) * 320)
            rig.tick()
        }
        #expect(
            Array(rig.samples.dropFirst(640)) == (0..<8).flatMap { Array(repeating: 0x1000 + Int16($0), count: 320) })
    }

    @Test(
        "A description of noise lasts until speech comes again, and nothing counts as concealed",
        arguments: [true, false])
    func comfortNoise(_ isAgreed: Bool) throws {
        let rig = try LegRig(engine: .pcm16(rate: 8_000))
        var audio = LegRig.audio()
        if isAgreed { audio.comfortNoise = PayloadFormat(payloadType: 13, encodingName: "CN", clockRate: 8_000) }
        try rig.setRemote(audio)
        let silence = LegSendTests.silence
        for _ in 0..<5 {
            rig.receive(silence)
            rig.tick()
        }
        rig.receive([40], payloadType: 13)
        rig.tick(10)
        for number in 0..<5 {
            rig.receive(silence, timestamp: UInt32(115 + number) * 160)
            rig.tick()
        }
        #expect(rig.leg.counters.droppedPayloadType == 0)
        let frames = stride(from: 0, to: rig.samples.count, by: 160).map { start in
            LevelMeter.level(of: rig.samples.span.extracting(start..<start + 160))
        }
        // Two frames until the first packet is due, five of silence, ten of noise.
        #expect(frames[2..<7].allSatisfy { $0 < -70 })
        #expect(frames[7..<17].allSatisfy { abs($0 + 40) < 2 }, "\(frames)")
        #expect(frames[17...].allSatisfy { $0 < -70 })
        #expect(rig.leg.counters.framesConcealed == 2)
    }

    @Test("Packets of a noise description with nothing in them, or of 16 kHz, are dropped")
    func wrongNoise() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.receive([], payloadType: 13)
        #expect(rig.leg.counters.droppedMalformed == 1)
        try rig.setRemote(LegRig.audio(PayloadFormat(payloadType: 98, encodingName: "L16", clockRate: 16_000)))
        rig.receive([40], payloadType: 13)
        #expect(rig.leg.counters.droppedPayloadType == 1)
    }

    @Test("Digits last as many ticks as the codec's clock counts", arguments: [8_000, 16_000, 48_000])
    func digitClock(_ rate: Int) throws {
        let rig = try LegRig()
        var audio = LegRig.audio(PayloadFormat(payloadType: 98, encodingName: "L16", clockRate: rate))
        audio.telephoneEvent?.clockRate = rate
        try rig.setRemote(audio)
        #expect(rig.leg.sendDigits("5"))
        rig.tick(8)
        let events = rig.rtp.filter { $0.header.payloadType == 101 }
        #expect(events.count == 7)
        let durations = events.map { Int($0.payload[2]) << 8 | Int($0.payload[3]) }
        #expect(durations.last == rate / 10)
    }

    @Test("A recording has the rate of the first codec, also after a change", arguments: [true, false])
    func recording(_ changes: Bool) throws {
        let rig = try LegRig(engine: .pcm16(rate: 16_000))
        try rig.setRemote(changes ? LegRig.audio() : LegRig.audio(Self.g722))
        rig.leg.startRecording(received: true, sent: true, at: rig.now)
        if changes { try rig.setRemote(LegRig.audio(Self.g722)) }
        let codec = G722Codec()
        var spoken: [UInt8] = []
        PCM16.encode(Array(repeating: Int16(2_000), count: 16_000).span, into: &spoken)
        rig.speak(spoken, turn: "a")
        for _ in 0..<50 {
            var payload: [UInt8] = []
            _ = codec.encode(Array(repeating: Int16(1_000), count: 320).span, into: &payload)
            rig.receive(payload, payloadType: 9)
            rig.tick()
        }
        let (received, sent) = rig.leg.takeRecording(isLast: true)
        #expect(rig.leg.recordingRate == (changes ? 8_000 : 16_000))
        #expect(received.count == rig.leg.recordingRate)
        #expect(sent.count == rig.leg.recordingRate)
        #expect(received[4_000...].allSatisfy { abs(Int($0) - 1_000) < 40 })
        #expect(sent[4_000...].allSatisfy { abs(Int($0) - 2_000) < 80 })
    }

    @Test("Another codec in the middle of a call: audio goes on at its rate")
    func change() throws {
        let rig = try LegRig(engine: .pcm16(rate: 16_000))
        try rig.setRemote()
        rig.receive(LegSendTests.silence)
        rig.tick(5)
        try rig.setRemote(LegRig.audio(Self.g722))
        rig.tick(5)
        #expect(rig.rtp.map(\.header.payloadType) == Array(repeating: 8, count: 5) + Array(repeating: 9, count: 5))
        #expect(rig.engineAudio.count == 10 * 640)
        #expect(rig.events.filter { $0 == .firstPacketReceived }.count == 1)
    }
}
