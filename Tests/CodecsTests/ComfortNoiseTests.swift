import Codecs
import Testing

@Suite("Comfort noise (RFC 3389)")
struct ComfortNoiseTests {
    static func noise(_ payload: [UInt8]) -> [Int16] {
        var noise = ComfortNoise()
        noise.update(payload.span)
        var samples: [Int16] = []
        noise.generate(16_000, into: &samples)
        return samples
    }

    @Test(
        "The level is that of the description, whatever the filter",
        arguments: [[30], [45], [60, 200], [40, 180, 60], [35, 0, 254, 10], [50, 127, 127]] as [[UInt8]])
    func level(_ payload: [UInt8]) {
        let level = LevelMeter.level(of: Self.noise(payload).span)
        #expect(abs(level + Double(payload[0])) < 1.5, "\(level)")
    }

    @Test("Reflection coefficients colour the noise")
    func colour() {
        // k₁ = −0.9: neighbours are alike; +0.9: they alternate.
        func neighbours(_ coefficient: UInt8) -> Double {
            let samples = Self.noise([30, coefficient]).map(Double.init)
            let products = zip(samples, samples.dropFirst()).map { $0 * $1 }.reduce(0, +)
            return products / samples.map { $0 * $0 }.reduce(0, +)
        }
        #expect(neighbours(13) > 0.8)
        #expect(neighbours(241) < -0.8)
        #expect(abs(neighbours(127)) < 0.1)
    }

    @Test("No description is unstable or traps, and an empty one changes nothing")
    func hostile() {
        for length in [0, 1, 2, 13, 400] {
            for octet in [0, 127, 128, 254, 255] as [UInt8] {
                #expect(Self.noise(Array(repeating: octet, count: length)).count == 16_000)
            }
        }
        #expect(Self.noise([]).allSatisfy { $0 == 0 })
        #expect(Self.noise([127]).allSatisfy { abs(Int($0)) <= 1 })
    }
}
