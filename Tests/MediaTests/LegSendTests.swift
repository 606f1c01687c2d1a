import Codecs
import Media
import RTP
import SDP
import Testing
import Timing
import VoiceEngine

@Suite("Leg: sending")
struct LegSendTests {
    static let silence = Array(repeating: UInt8(0xD5), count: 160)

    @Test("A turn is told to be played when its last sample has left, and not if it was cut")
    func turnPlayed() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.speak(LegRig.marked(frames: 5), turn: "a")
        rig.leg.endTurn(EngineTurnID("a"))
        rig.tick(5)
        #expect(!rig.events.contains(.turnPlayed(EngineTurnID("a"))))
        rig.tick(1)
        #expect(rig.events.filter { $0 == .turnPlayed(EngineTurnID("a")) }.count == 1)
        rig.speak(LegRig.marked(frames: 5), turn: "b")
        rig.leg.endTurn(EngineTurnID("b"))
        rig.tick(2)
        _ = rig.leg.interrupt()
        rig.tick(10)
        #expect(!rig.events.contains(.turnPlayed(EngineTurnID("b"))))
    }

    @Test("Nothing is sent before the peer is known; then a frame every 20 ms, the first with the marker")
    func continuous() throws {
        let rig = try LegRig()
        rig.tick(5)
        #expect(rig.rtp.isEmpty)
        try rig.setRemote()
        rig.tick(20)
        #expect(rig.rtp.count == 20)
        #expect(rig.rtp.map(\.header.marker) == [true] + Array(repeating: false, count: 19))
        #expect(rig.rtp.allSatisfy { $0.payload == Self.silence && $0.destination == LegRig.remote })
        for (index, packet) in rig.rtp.enumerated() {
            #expect(packet.header.sequenceNumber == 65_530 &+ UInt16(index))
            #expect(packet.header.timestamp == rig.rtp[0].header.timestamp &+ UInt32(index) * 160)
            #expect(packet.header.ssrc == 0xABCD)
        }
    }

    @Test("Audio in the codec's own law leaves bit by bit, paced, however fast it came")
    func sameLaw() throws {
        let rig = try LegRig()
        try rig.setRemote()
        let audio = LegRig.marked(frames: 50)
        rig.speak(audio, turn: "a")
        rig.leg.endTurn(EngineTurnID("a"))
        rig.tick(60)
        #expect(rig.rtp.prefix(50).flatMap(\.payload) == audio)
        #expect(rig.rtp.dropFirst(50).allSatisfy { $0.payload == Self.silence })
        #expect(rig.leg.isPlaybackIdle)
    }

    @Test("Without silence, a turn begins with the marker and the timestamp of the clock")
    func talkspurts() throws {
        let rig = try LegRig(LegConfiguration(sendsSilence: false))
        try rig.setRemote()
        for turn in ["a", "b"] {
            rig.speak(LegRig.marked(frames: 3), turn: turn)
            rig.leg.endTurn(EngineTurnID(turn))
            rig.tick(13)
        }
        #expect(rig.rtp.map(\.header.marker) == [true, false, false, true, false, false])
        #expect(rig.rtp[3].header.timestamp &- rig.rtp[0].header.timestamp == 13 * 160)
        #expect(rig.rtp[3].header.sequenceNumber &- rig.rtp[0].header.sequenceNumber == 3)
    }

    @Test("Packet times other than 20 ms", arguments: [10, 30, 40, 60])
    func packetTimes(_ milliseconds: Int) throws {
        let rig = try LegRig()
        try rig.setRemote(LegRig.audio(packetTime: milliseconds))
        rig.speak(LegRig.marked(frames: 60), turn: "a")
        rig.tick(60)
        #expect(rig.rtp.count == 1_200 / milliseconds)
        #expect(rig.rtp.allSatisfy { $0.payload.count == milliseconds * 8 })
        #expect(rig.rtp.flatMap(\.payload) == LegRig.marked(frames: 60))
        for (index, packet) in rig.rtp.enumerated() {
            #expect(packet.header.timestamp == rig.rtp[0].header.timestamp &+ UInt32(index * milliseconds * 8))
        }
    }

    @Test("24 kHz speech arrives at 8 kHz with its level")
    func resamples() throws {
        let rig = try LegRig(engine: .pcm16(rate: 24_000))
        try rig.setRemote()
        let tone = (0..<24_000).map { Int16(($0 / 12 % 2 == 0 ? 1 : -1) * 8_000) }  // 1 kHz, square
        var bytes: [UInt8] = []
        PCM16.encode(tone.span, into: &bytes)
        rig.speak(bytes, turn: "a")
        rig.tick(50)
        var samples: [Int16] = []
        let octets = rig.rtp.flatMap(\.payload)
        G711.a.decode(octets.span, into: &samples)
        #expect(samples.count == 8_000)
        let heard = LevelMeter.level(of: samples.span.extracting(800..<8_000))
        #expect(abs(heard - LevelMeter.level(of: tone.span)) < 1)
    }

    @Test("A turn that runs dry waits for 60 ms before it goes on")
    func rebuffers() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.speak(LegRig.marked(frames: 2), turn: "a")
        rig.tick(3)
        rig.speak(LegRig.marked(frames: 1, first: 0x20), turn: "a")
        rig.tick(1)
        rig.speak(LegRig.marked(frames: 2, first: 0x21), turn: "a")
        rig.tick(3)
        let expected = LegRig.marked(frames: 2) + Self.silence + Self.silence + LegRig.marked(frames: 3, first: 0x20)
        #expect(rig.rtp.flatMap(\.payload) == expected)
    }

    @Test("turnSent comes with the first frame, turnAudible with the first that is heard, each with its delay")
    func audible() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.speak(Self.silence + Self.silence + LegRig.marked(frames: 3, first: 0x2A), turn: "a")
        rig.tick(2)
        #expect(rig.events == [.turnSent(EngineTurnID("a"), delay: .zero)])
        rig.tick(3)
        #expect(rig.events.dropFirst() == [.turnAudible(EngineTurnID("a"), delay: .milliseconds(40))])
    }

    @Test("Audio beyond the queue's capacity is dropped and reported once")
    func overflow() throws {
        let rig = try LegRig(LegConfiguration(playoutCapacity: 1_000))
        try rig.setRemote()
        for _ in 0..<3 { rig.speak(LegRig.marked(frames: 40), turn: "a") }
        #expect(rig.leg.counters.engineOctetsOverflowed == 120 * 160 - 8_000)
        #expect(rig.events.count == 1)
        rig.leg.endTurn(EngineTurnID("a"))
        rig.tick(51)
        #expect(rig.leg.isPlaybackIdle)
    }

    @Test(
        "Files play after what is queued, at their own rate, and say when they are done",
        arguments: [8_000, 16_000, 48_000])
    func files(_ rate: Int) throws {
        let rig = try LegRig(engine: nil)
        try rig.setRemote()
        let samples = (0..<rate / 2).map { Int16(($0 * 1_000 / rate % 2 == 0 ? 1 : -1) * 8_000) }
        #expect(rig.leg.play(WAVAudio(sampleRate: rate, samples: samples)))
        rig.tick(24)
        #expect(rig.events.isEmpty)
        rig.tick(2)
        #expect(rig.events == [.playbackFinished])
        #expect(rig.leg.isPlaybackIdle)
        var heard: [Int16] = []
        let octets = rig.rtp.prefix(25).flatMap(\.payload)
        G711.a.decode(octets.span, into: &heard)
        #expect(abs(LevelMeter.level(of: heard.span) - LevelMeter.level(of: samples.span)) < 1)
    }

    @Test("Digits leave as events while the turn waits")
    func digits() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.speak(LegRig.marked(frames: 10), turn: "a")
        rig.tick(2)
        #expect(rig.leg.sendDigits("7"))
        #expect(!rig.leg.sendDigits("7?"))
        rig.tick(8)
        let events = rig.rtp.filter { $0.header.payloadType == 101 }
        #expect(events.count == 7)
        #expect(events.map(\.header.marker) == [true] + Array(repeating: false, count: 6))
        #expect(Set(events.map(\.header.timestamp)).count == 1)
        #expect(events.allSatisfy { $0.payload[0] == 7 })
        rig.tick(9)
        let audio = rig.rtp.filter { $0.header.payloadType == 8 }
        #expect(audio.prefix(10).flatMap(\.payload) == LegRig.marked(frames: 10))
        #expect(audio[2].header.marker)
        #expect(audio[2].header.timestamp &- audio[1].header.timestamp == 9 * 160)
    }

    @Test("On hold nothing is sent; afterwards the timestamp has gone on")
    func hold() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.tick(5)
        try rig.setRemote(LegRig.audio(direction: .receiveOnly))
        rig.tick(10)
        try rig.setRemote(LegRig.audio(address: "0.0.0.0"))
        rig.tick(10)
        #expect(rig.rtp.count == 5)
        try rig.setRemote()
        rig.tick(1)
        #expect(rig.rtp.count == 6)
        #expect(rig.rtp[5].header.marker)
        #expect(rig.rtp[5].header.timestamp &- rig.rtp[0].header.timestamp == 25 * 160)
    }

    @Test(
        "Addresses that media must not go to are refused and change nothing",
        arguments: [
            "sip.example.com", "224.0.0.1", "255.255.255.255", "169.254.169.254", "::1", "2001:db8::1",
            "::ffff:224.0.0.1",
            "240.0.0.1",
        ])
    func refused(_ address: String) throws {
        let rig = try LegRig()
        try rig.setRemote()
        #expect(throws: MediaPlaneError.self) { try rig.setRemote(LegRig.audio(address: address)) }
        rig.tick(1)
        #expect(rig.rtp.last?.destination == LegRig.remote)
    }

    @Test("Loopback is for a local address on loopback only")
    func loopback() {
        let leg = Leg(
            local: IPEndpoint(v4: 0x0A00_0001, port: 20_000),
            identity: LegIdentity(
                ssrc: 1, firstSequenceNumber: 1, firstTimestamp: 1, canonicalName: "", wallClock: 0, seed: 1
            )
        )
        #expect(throws: MediaPlaneError.self) { try leg.setRemote(LegRig.audio(), at: .zero) }
        #expect(throws: Never.self) { try leg.setRemote(LegRig.audio(address: "10.0.0.2"), at: .zero) }
    }

    @Test("A codec that is not there is refused")
    func unsupported() throws {
        let rig = try LegRig()
        let evs = PayloadFormat(payloadType: 111, encodingName: "EVS", clockRate: 16_000)
        #expect(throws: MediaPlaneError.unsupportedCodec("EVS")) { try rig.setRemote(LegRig.audio(evs)) }
    }

    @Test("A turn that runs dry before its end is told once after 500 ms, and again only after more of it came")
    func starved() throws {
        let rig = try LegRig()
        try rig.setRemote()
        let turn = EngineTurnID("t")
        rig.speak(LegRig.marked(frames: 3), turn: "t")
        rig.tick(3 + 24)
        #expect(!rig.events.contains(.turnStarved(turn)))
        rig.tick(20)
        #expect(rig.events.count { $0 == .turnStarved(turn) } == 1)
        rig.speak(LegRig.marked(frames: 5), turn: "t")
        rig.tick(60)
        #expect(rig.events.count { $0 == .turnStarved(turn) } == 2)
        rig.leg.endTurn(turn)
        rig.tick(60)
        #expect(rig.events.count { $0 == .turnStarved(turn) } == 2)
        #expect(rig.events.contains(.turnPlayed(turn)))
    }

    @Test("A turn that ends is not starved, however long nothing follows")
    func notStarved() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.speak(LegRig.marked(frames: 3), turn: "t")
        rig.leg.endTurn(EngineTurnID("t"))
        rig.tick(100)
        #expect(!rig.events.contains(.turnStarved(EngineTurnID("t"))))
    }
}
