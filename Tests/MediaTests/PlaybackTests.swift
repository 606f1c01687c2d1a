import Codecs
import Media
import SDP
import Testing
import VoiceEngine

@Suite("Files: fades, loops, and making way for the engine")
struct PlaybackTests {
    /// A tone that begins and ends in the midst of a wave: 300 Hz, −13 dBov.
    private static func tone(milliseconds: Int, rate: Int = 16_000) -> WAVAudio {
        let samples = (0..<milliseconds * rate / 1_000).map { index in
            Int16(10_000 * LegTone.cosine(300 * Double(index) / Double(rate)))
        }
        return WAVAudio(sampleRate: rate, samples: samples)
    }

    private static func rig(_ codecRate: Int = 16_000) throws -> LegRig {
        let rig = try LegRig(engine: .pcm16(rate: codecRate))
        try rig.setRemote(LegRig.audio(PayloadFormat(payloadType: 96, encodingName: "L16", clockRate: codecRate)))
        return rig
    }

    /// What has left as L16.
    private static func sent(_ rig: LegRig) -> [Int16] {
        rig.rtp.flatMap { packet in
            stride(from: 0, to: packet.payload.count - 1, by: 2).map { index in
                Int16(bitPattern: UInt16(packet.payload[index]) << 8 | UInt16(packet.payload[index + 1]))
            }
        }
    }

    /// The largest difference of neighbours: a tone of 300 Hz and 10 000 has 1 178 at 16 kHz.
    private static func largestStep(_ samples: [Int16]) -> Int {
        zip(samples, samples.dropFirst()).map { abs(Int($1) - Int($0)) }.max() ?? 0
    }

    @Test("Without fades the first and the last sample jump: the measure works")
    func plain() throws {
        let rig = try Self.rig()
        #expect(rig.leg.play(Self.tone(milliseconds: 205), PlaybackOptions(fadeOut: 0)))
        rig.tick(15)
        #expect(Self.largestStep([0] + Self.sent(rig)) > 5_000)
    }

    @Test("With fades nothing jumps, at the file's rate and at others", arguments: [8_000, 16_000, 24_000, 48_000])
    func faded(_ fileRate: Int) throws {
        let rig = try Self.rig()
        let file = Self.tone(milliseconds: 205, rate: fileRate)
        #expect(rig.leg.play(file, PlaybackOptions(fadeIn: 20, fadeOut: 20)))
        rig.tick(15)
        let sent = Self.sent(rig)
        #expect(Self.largestStep([0] + sent) < 1_300)
        // In between it is as loud as it was.
        #expect((9_800...10_200).contains(sent[1_600..<2_400].max().map(Int.init) ?? 0))
        #expect(rig.events.filter { $0 == .playbackFinished }.count == 1)
        #expect(rig.leg.isPlaybackIdle)
    }

    @Test("A loop has no seam, goes on until it is stopped, and then fades out", arguments: [23, 61])
    func loop(_ fade: Int) throws {
        let rig = try Self.rig()
        // Its end and its beginning are a quarter of a wave apart, and so is nearly where the fade ends.
        let file = Self.tone(milliseconds: 1_002)
        #expect(rig.leg.play(file, PlaybackOptions(fadeIn: fade, fadeOut: fade, isLooped: true)))
        rig.tick(500)
        #expect(!rig.leg.isPlaybackIdle)
        #expect(!rig.events.contains(.playbackFinished))
        let before = Self.sent(rig)
        #expect(LevelMeter.level(of: before.span.extracting(before.count - 8_000..<before.count)) > -16)
        rig.leg.stopPlayback()
        rig.tick(10)
        let sent = Self.sent(rig)
        #expect(Self.largestStep([0] + sent) < 1_300)
        let end = sent.lastIndex { $0 != 0 } ?? 0
        #expect((fade - 2...fade).contains((end + 1 - before.count) / 16))
        #expect(rig.leg.isPlaybackIdle)
    }

    @Test("A file that is stopped before it began is not heard")
    func stoppedEarly() throws {
        let rig = try Self.rig()
        #expect(rig.leg.play(Self.tone(milliseconds: 500), .filler))
        rig.leg.stopPlayback()
        #expect(rig.leg.isPlaybackIdle)
        rig.tick(10)
        #expect(Self.sent(rig).allSatisfy { $0 == 0 })
    }

    @Test("Filler makes way for the engine: the turn is heard from its first sample, the filler fades beneath it")
    func filler() throws {
        let rig = try Self.rig()
        #expect(rig.leg.play(Self.tone(milliseconds: 1_000), .filler))
        rig.tick(20)
        let before = Self.sent(rig).count
        // A steady value, on which the filler can be seen.
        let value: Int16 = 4_000
        var bytes: [UInt8] = []
        let turn = [Int16](repeating: value, count: 16_000)
        PCM16.encode(turn.span, into: &bytes)
        rig.speak(bytes, turn: "a")
        rig.leg.endTurn(EngineTurnID("a"))
        rig.tick(60)
        let heard = Self.sent(rig)[before...].map { Int($0) - Int(value) }
        let fade = heard.prefix(960).map(Int16.init)
        #expect(fade.map { abs(Int($0)) }.max() ?? 0 > 8_000)
        #expect(Self.largestStep(fade) < 1_300)
        #expect(heard[960..<16_000].allSatisfy { $0 == 0 })
        #expect(rig.events.filter { $0 == .playbackFinished }.count == 1)
        #expect(rig.events.contains(.turnSent(EngineTurnID("a"), delay: .zero)))
    }

    @Test("An announcement does not make way: the turn waits")
    func announcement() throws {
        let rig = try Self.rig()
        #expect(rig.leg.play(Self.tone(milliseconds: 400), .announcement))
        rig.tick(2)
        var bytes: [UInt8] = []
        let turn = [Int16](repeating: 4_000, count: 16_000)
        PCM16.encode(turn.span, into: &bytes)
        rig.speak(bytes, turn: "a")
        rig.tick(30)
        let sent = Self.sent(rig)
        #expect(sent.firstIndex(of: 4_000).map { $0 >= 6_400 } == true)
        #expect(sent[6_400..<9_600].allSatisfy { $0 == 4_000 })
    }

    @Test("Ringback that is stopped does not click")
    func tone() throws {
        let rig = try Self.rig()
        #expect(rig.leg.play(.ringback, milliseconds: 5_000))
        rig.tick(23)
        rig.leg.stopPlayback()
        rig.tick(10)
        // 425 Hz and 2 300 at 16 kHz: 383.
        #expect(Self.largestStep([0] + Self.sent(rig)) < 420)
        #expect(rig.leg.isPlaybackIdle)
    }
}

/// A cosine for samples of tests.
enum LegTone {
    /// - Parameter turns: 1 for a whole wave.
    static func cosine(_ turns: Double) -> Double {
        let phase = turns - turns.rounded()
        let square = 4 * Double.pi * Double.pi * phase * phase
        var term = 1.0
        var sum = 0.0
        for order in stride(from: 1.0, through: 31, by: 2) {
            sum += term
            term *= -square / (order * (order + 1))
        }
        return sum
    }
}
