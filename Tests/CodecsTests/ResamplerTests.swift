import Codecs
import Testing

@Suite("Resampler")
struct ResamplerTests {
    /// The level of a tone after resampling in frames of 20 ms, against its level before; in dB.
    static func gain(_ frequency: Double, from: Int, to: Int, quality: Int) throws -> Double {
        let resampler = try Resampler(from: from, to: to, quality: quality)
        let input = Signals.tone(frequency, rate: from, milliseconds: 1_000)
        var output: [Int16] = []
        let frame = from / 50
        for start in stride(from: 0, to: input.count, by: frame) {
            resampler.process(input.span.extracting(start..<start + frame), into: &output)
        }
        #expect(output.count == to)
        let steady = output.count / 5
        return LevelMeter.level(of: output.span.extracting(steady..<output.count)) - LevelMeter.level(of: input.span)
    }

    @Test(
        "The telephone band passes", arguments: [(8_000, 24_000), (8_000, 16_000), (24_000, 8_000), (16_000, 8_000)],
        [300.0, 1_000, 3_000, 3_400])
    func passband(_ rates: (Int, Int), frequency: Double) throws {
        let gain = try Self.gain(frequency, from: rates.0, to: rates.1, quality: Resampler.defaultQuality)
        #expect(abs(gain) < 1.5)
    }

    @Test("What 8 kHz cannot carry does not fold back", arguments: [4_700.0, 6_000, 8_500, 11_000])
    func alias(_ frequency: Double) throws {
        let gain = try Self.gain(frequency, from: 24_000, to: 8_000, quality: Resampler.defaultQuality)
        #expect(gain < -50)
    }

    @Test("Frames of 20 ms give frames of 20 ms, from the first on", arguments: [8_000, 16_000, 24_000, 48_000])
    func exactFrames(_ rate: Int) throws {
        let resampler = try Resampler(from: rate, to: 8_000)
        let frame = Signals.tone(400, rate: rate, milliseconds: 20)
        for _ in 0..<50 {
            var output: [Int16] = []
            resampler.process(frame.span, into: &output)
            #expect(output.count == 160)
        }
    }

    @Test("After a reset nothing of the past is heard")
    func reset() throws {
        let resampler = try Resampler(from: 24_000, to: 8_000)
        var output: [Int16] = []
        resampler.process(Signals.tone(1_000, rate: 24_000, milliseconds: 100).span, into: &output)
        resampler.reset()
        output = []
        resampler.process(Array(repeating: 0, count: 480).span, into: &output)
        #expect(output == Array(repeating: 0, count: 160))
    }

    @Test("Rates beyond reason are refused", arguments: [0, -8_000, 999, 1_000_000])
    func refuses(_ rate: Int) {
        #expect(throws: CodecError.unsupportedRate(rate)) { _ = try Resampler(from: rate, to: 8_000) }
        #expect(throws: CodecError.unsupportedRate(rate)) { _ = try Resampler(from: 8_000, to: rate) }
    }
}
