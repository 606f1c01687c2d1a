import Codecs
import Testing

@Suite("G.711")
struct G711Tests {
    /// Value of each segment's first interval, from tables 1 and 2 of G.711 scaled to 16 bits.
    @Test(
        "Decoded values of the recommendation's tables",
        arguments: [
            (G711.a, UInt8(0xD5), Int16(8)), (.a, 0x55, -8), (.a, 0xAA, 32_256), (.a, 0x2A, -32_256), (.a, 0xC5, 264),
            (.mu, 0xFF, 0), (.mu, 0x7F, 0), (.mu, 0x80, 32_124), (.mu, 0x00, -32_124), (.mu, 0xEF, 132), (.mu, 0xFE, 8),
        ])
    func decodes(_ law: G711, _ octet: UInt8, _ sample: Int16) {
        var samples: [Int16] = []
        law.decode([octet].span, into: &samples)
        #expect(samples == [sample])
    }

    @Test("Every octet survives decoding and encoding, but for the second zero of μ-law", arguments: G711.allCases)
    func identity(_ law: G711) {
        let octets = Array(UInt8.min...UInt8.max)
        var samples: [Int16] = []
        law.decode(octets.span, into: &samples)
        var again: [UInt8] = []
        law.encode(samples.span, into: &again)
        for (octet, result) in zip(octets, again) where !(law == .mu && octet == 0x7F) { #expect(octet == result) }
    }

    @Test("Every sample is coded as the nearest value of its segment", arguments: G711.allCases)
    func nearest(_ law: G711) {
        let samples = Array(Int16.min...Int16.max)
        var octets: [UInt8] = []
        law.encode(samples.span, into: &octets)
        var decoded: [Int16] = []
        law.decode(octets.span, into: &decoded)
        for (sample, value) in zip(samples, decoded) {
            // Half of the widest interval in this segment, and clipping at the top.
            let bound = max(16, abs(Int(sample)) / 16) + (abs(Int(sample)) > 32_000 ? 700 : 4)
            #expect(abs(Int(sample) - Int(value)) <= bound)
        }
    }

    @Test("Silence is silent")
    func silence() {
        #expect(G711.mu.power(of: [G711.mu.silence].span) == 0)
        #expect(G711.a.power(of: [G711.a.silence].span) == 64)
        var octets: [UInt8] = []
        G711.a.encode([Int16(0)].span, into: &octets)
        #expect(octets == [G711.a.silence])
    }
}
