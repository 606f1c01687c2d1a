import Codecs
import Testing

@Suite("Time scaling by pitch periods")
struct TimeScalingTests {
    private static func largestStep(_ samples: [Int16]) -> Int {
        zip(samples, samples.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    @Test("A tone loses and gains whole periods without a step, and its end stays", arguments: [8_000, 16_000, 48_000])
    func tone(_ rate: Int) {
        let scaling = TimeScaling(sampleRate: rate)
        let whole = Signals.tone(200, rate: rate, milliseconds: 40)
        let period = rate / 200
        var shorter = whole
        let removed = scaling.shorten(&shorter, from: 0, atMost: rate * 15 / 1_000, isQuiet: false)
        #expect(removed > 0 && removed % period == 0)
        #expect(shorter.count == whole.count - removed)
        var longer = whole
        let added = scaling.lengthen(&longer, from: 0, by: rate * 15 / 1_000, isQuiet: false)
        #expect(added > 0 && added % period == 0)
        #expect(longer.count == whole.count + added)
        for changed in [shorter, longer] {
            #expect(Self.largestStep(changed) <= Self.largestStep(whole) * 11 / 10)
            #expect(changed.suffix(rate / 200) == whole.suffix(rate / 200))
        }
    }

    @Test("Never more than the limit, and nothing of less than 2.5 ms")
    func limit() {
        let scaling = TimeScaling(sampleRate: 8_000)
        let whole = Signals.tone(400, rate: 8_000, milliseconds: 20)
        for limit in [0, 19, 20, 39, 40, 59, 160] {
            var samples = whole
            let removed = scaling.shorten(&samples, from: 0, atMost: limit, isQuiet: false)
            #expect(removed <= limit && removed % 20 == 0)
            #expect((removed > 0) == (limit >= 20))
        }
    }

    @Test("What is not like itself is left alone unless it is quiet")
    func noise() {
        var random: UInt64 = 1
        let whole = (0..<160).map { _ -> Int16 in
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int16(truncatingIfNeeded: random >> 48)
        }
        let scaling = TimeScaling(sampleRate: 8_000)
        var samples = whole
        #expect(scaling.shorten(&samples, from: 0, atMost: 120, isQuiet: false) == 0)
        #expect(scaling.lengthen(&samples, from: 0, by: 120, isQuiet: false) == 0)
        #expect(samples == whole)
        #expect(scaling.shorten(&samples, from: 0, atMost: 100, isQuiet: true) == 100)
        #expect(samples.count == 60)
        #expect(scaling.lengthen(&samples, from: 0, by: 1_000, isQuiet: true) == 20)
        #expect(samples.count == 80)
    }

    @Test("Samples before the start are not touched, and too few are no trap", arguments: 0...60)
    func short(_ count: Int) {
        let scaling = TimeScaling(sampleRate: 8_000)
        let whole = Array(Signals.tone(400, rate: 8_000, milliseconds: 50).prefix(100 + count))
        for isQuiet in [false, true] {
            var samples = whole
            _ = scaling.shorten(&samples, from: 100, atMost: 1_000, isQuiet: isQuiet)
            _ = scaling.lengthen(&samples, from: 100, by: 1_000, isQuiet: isQuiet)
            #expect(samples.prefix(100) == whole.prefix(100))
        }
    }
}
