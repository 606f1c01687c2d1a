import Codecs
import Testing

#if LocalEngine
    import CFlite
#endif

/// Speech to judge codecs by: some sentences of a synthesiser, or where the build has none, something like a voice.
enum Speech {
    static let wideband: [Int16] = synthesized() ?? imitated(rate: 16_000, seconds: 8)

    /// For tests whose figures are those of real sentences.
    static var needed: ConditionTrait {
        .enabled(if: isSynthesized, "needs the synthesiser of the trait LocalEngine")
    }

    #if LocalEngine
        private static let isSynthesized = true
    #else
        private static let isSynthesized = false
    #endif

    /// About eight seconds at a rate that codecs use.
    static func samples(rate: Int) throws -> [Int16] {
        guard rate != 16_000 else { return wideband }
        let resampler = try Resampler(from: 16_000, to: rate, quality: 10)
        var output: [Int16] = []
        resampler.process(wideband.span, into: &output)
        return output
    }

    private static func synthesized() -> [Int16]? {
        #if LocalEngine
            let text = """
                Good morning, you have reached the service desk. Please say the number of your order, then your name, \
                and I will see what the matter is. Fifty sheep shuffled past the zoo; judge for yourself.
                """
            flite_init()
            guard let voice = register_cmu_us_slt(nil), let wave = flite_text_to_wave(text, voice) else { return nil }
            defer { delete_wave(wave) }
            guard wave.pointee.sample_rate == 16_000, let first = wave.pointee.samples else { return nil }
            return Array(UnsafeBufferPointer(start: first, count: Int(wave.pointee.num_samples)))
        #else
            return nil
        #endif
    }

    /// A buzz with a wandering pitch and some noise, in syllables, through two resonances.
    private static func imitated(rate: Int, seconds: Int) -> [Int16] {
        var random: UInt64 = 0x5EED
        var phase = 0.0
        var low = 0.0
        return (0..<seconds * rate).map { index in
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let noise = Double(Int32(truncatingIfNeeded: random >> 32)) / Double(Int32.max)
            let syllable = index * 5 / rate % 4
            phase += Double(100 + 12 * syllable) / Double(rate)
            phase -= phase.rounded(.down)
            low += 0.25 * ((phase * 2 - 1) + 0.15 * noise - low)
            return Int16(max(-32_000, min(32_000, low * Double([3, 2, 0, 1][syllable]) * 5_000)))
        }
    }
}
