import Codecs
import Media
import RTP
import SDP
import Testing
import Timing
import VoiceEngine

@Suite("Leg: receiving")
struct LegReceiveTests {
    @Test("The caller's audio reaches the engine bit by bit when the laws are the same, 40 ms later")
    func uplink() throws {
        let rig = try LegRig()
        try rig.setRemote()
        let frames = LegRig.marked(frames: 50)
        for frame in 0..<50 {
            rig.receive(Array(frames[frame * 160..<frame * 160 + 160]))
            rig.tick()
        }
        #expect(Array(rig.engineAudio.dropFirst(320)) == Array(frames.prefix(48 * 160)))
    }

    @Test("An engine at 24 kHz gets 960 octets for each 20 ms")
    func resamples() throws {
        let rig = try LegRig(engine: .pcm16(rate: 24_000))
        try rig.setRemote()
        for _ in 0..<50 {
            rig.receive(Array(repeating: 0x33, count: 160))
            rig.tick()
        }
        #expect(rig.engineAudio.count == 50 * 960)
    }

    @Test("Packets from anywhere but the described endpoint are dropped, counted, and never answered")
    func strangers() throws {
        let rig = try LegRig()
        rig.receive(LegRig.marked(frames: 1))
        #expect(rig.leg.counters.droppedWrongSource == 1)
        try rig.setRemote()
        let stranger = IPEndpoint(v4: 0x7F00_0001, port: 30_002)
        for _ in 0..<100 {
            rig.receive(LegRig.marked(frames: 1), from: stranger)
            rig.tick()
        }
        #expect(rig.leg.counters.droppedWrongSource == 101)
        #expect(rig.leg.counters.packetsReceived == 0)
        #expect(rig.events.isEmpty && rig.engineAudio.isEmpty)
        #expect(rig.rtp.allSatisfy { $0.destination == LegRig.remote })
    }

    @Test("First packet and first sound are told apart; 700 ms without sound is a pause")
    func sound() throws {
        let rig = try LegRig()
        try rig.setRemote()
        let quiet = LegSendTests.silence
        let loud = Array(repeating: UInt8(0x2A), count: 80) + Array(repeating: UInt8(0xAA), count: 80)
        for _ in 0..<10 {
            rig.receive(quiet)
            rig.tick()
        }
        #expect(rig.events == [.firstPacketReceived])
        for _ in 0..<10 {
            rig.receive(loud)
            rig.tick()
        }
        #expect(rig.events == [.firstPacketReceived, .firstSoundReceived])
        for _ in 0..<40 {
            rig.receive(quiet)
            rig.tick()
        }
        for _ in 0..<10 {
            rig.receive(loud)
            rig.tick()
        }
        #expect(rig.events == [.firstPacketReceived, .firstSoundReceived, .peerSilent, .peerSpeaking])
    }

    @Test("A new source begins with numbers of its own: none of them are lost")
    func newSource() throws {
        let rig = try LegRig()
        try rig.setRemote()
        for _ in 0..<20 {
            rig.receive(LegSendTests.silence)
            rig.tick()
        }
        rig.skipPacket()
        rig.receive(LegSendTests.silence)
        rig.tick()
        #expect(rig.report.packetsLost == 1)
        rig.skipPacket(2_500)
        for _ in 0..<20 {
            rig.receive(LegSendTests.silence, ssrc: 78)
            rig.tick()
        }
        #expect(rig.report.packetsLost == 1)
        #expect(rig.report.packetsReceived == 41)
    }

    @Test("Digits come once; they are no audio and no loss")
    func digits() throws {
        let rig = try LegRig()
        try rig.setRemote()
        for end in [0x0A, 0x0A, 0x8A, 0x8A, 0x8A] as [UInt8] {
            rig.receive([3, end, 0, 160], payloadType: 101, timestamp: 16_000)
        }
        #expect(rig.events == [.firstPacketReceived, .digit("3")])
        #expect(rig.report.packetsLost == 0)
    }

    @Test("Malformed, unknown and held packets are counted and have no effect")
    func refused() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.receive(datagram: [0x80, 8, 0])
        rig.receive([1, 2, 3], payloadType: 96)
        rig.receive([])
        #expect(rig.leg.counters.droppedMalformed == 2)
        #expect(rig.leg.counters.droppedPayloadType == 1)
        try rig.setRemote(LegRig.audio(direction: .sendOnly))
        rig.receive(LegRig.marked(frames: 1))
        #expect(rig.leg.counters.droppedOnHold == 1)
        #expect(rig.events.isEmpty)
    }

    @Test("Inactivity is reported once per silence of the network, and not on hold")
    func inactivity() throws {
        let rig = try LegRig(LegConfiguration(inactivityLimit: 1_000))
        try rig.setRemote()
        rig.tick(120)
        #expect(rig.events == [.inactive(for: .seconds(1))])
        rig.receive(LegRig.marked(frames: 1))
        rig.events = []
        try rig.setRemote(LegRig.audio(direction: .sendOnly))
        rig.tick(200)
        #expect(rig.events.isEmpty)
        try rig.setRemote()
        rig.tick(60)
        #expect(rig.events.contains(.inactive(for: .seconds(1))))
    }

    /// Both directions recorded: half a second of nothing, then 200 ms of each.
    private static func recordedConversation() throws -> LegRig {
        let rig = try LegRig()
        rig.leg.startRecording(received: true, sent: true, at: rig.now)
        rig.tick(25)
        try rig.setRemote()
        rig.speak(LegRig.marked(frames: 10), turn: "a")
        for _ in 0..<10 {
            rig.receive(Array(repeating: 0x2A, count: 160))
            rig.tick()
        }
        return rig
    }

    @Test("Recordings have both directions in step with the clock")
    func recording() throws {
        let rig = try Self.recordedConversation()
        rig.tick(15)
        let (received, sent) = rig.leg.takeRecording(isLast: true)
        #expect(received.count == 8_000)
        #expect(sent.count == 8_000)
        #expect(sent[0..<4_000].allSatisfy { $0 == 0 })
        var expected: [Int16] = []
        let octets = LegRig.marked(frames: 10)
        G711.a.decode(octets.span, into: &expected)
        #expect(Array(sent[4_000..<5_600]) == expected)
        #expect(received[4_320..<5_600].allSatisfy { $0 == -32_256 })
    }

    @Test("A stereo recording has what was received on the left and what was sent on the right, in step")
    func stereo() throws {
        let rig = try Self.recordedConversation()
        #expect(rig.leg.takeStereoRecording(isLast: false).isEmpty)
        rig.tick(15)
        let samples = rig.leg.takeStereoRecording(isLast: false)
        #expect(samples.count == 16_000)
        let left = stride(from: 0, to: samples.count, by: 2).map { samples[$0] }
        let right = stride(from: 1, to: samples.count, by: 2).map { samples[$0] }
        var expected: [Int16] = []
        let octets = LegRig.marked(frames: 10)
        G711.a.decode(octets.span, into: &expected)
        #expect(Array(right[4_000..<5_600]) == expected)
        #expect(left[..<4_320].allSatisfy { $0 == 0 })
        #expect(left[4_320..<5_600].allSatisfy { $0 == -32_256 })
        #expect(rig.leg.takeStereoRecording(isLast: true).isEmpty)
    }

    @Test("A stall of the driver is caught up to 200 ms; the timestamps stay those of the clock")
    func stall() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.tick(5)
        rig.now = rig.now + .seconds(1)
        rig.tick(1)
        #expect(rig.rtp.count == 15)
        rig.tick(1)
        #expect(rig.rtp[15].header.timestamp &- rig.rtp[0].header.timestamp == (5 + 50 + 1) * 160)
    }
}
