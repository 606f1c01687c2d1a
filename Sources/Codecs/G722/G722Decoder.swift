/// The decoder of G.722 in its mode of 64 kbit/s: an octet gives two samples at 16 kHz.
///
/// Source: ITU-T G.722 §6.2.2.
struct G722Decoder: Sendable {
    private var low = G722Band(scale: 32)
    private var high = G722Band(scale: 8)
    /// Sums and differences of the bands: the last eleven pairs, then those of the octets at hand.
    private var sums: [Int32] = []
    private var differences: [Int32] = []

    private static let past = 11

    init() { clearFilter() }

    mutating func reset() {
        low.reset()
        high.reset()
        clearFilter()
    }

    private mutating func clearFilter() {
        sums.removeAll(keepingCapacity: true)
        differences.removeAll(keepingCapacity: true)
        sums.append(contentsOf: repeatElement(0, count: Self.past))
        differences.append(contentsOf: repeatElement(0, count: Self.past))
    }

    /// Appends two samples for each octet.
    mutating func decode(_ octets: Span<UInt8>, into samples: inout [Int16]) {
        for index in octets.indices {
            let (lower, upper) = decodeBands(octets[index])
            sums.append(lower + upper)
            differences.append(lower - upper)
        }
        Self.merge(sums.span, differences.span, count: octets.count, into: &samples)
        sums.removeFirst(octets.count)
        differences.removeFirst(octets.count)
    }

    /// The quadrature mirror filter: two samples from each twelve pairs.
    private static func merge(
        _ sums: Span<Int32>,
        _ differences: Span<Int32>,
        count: Int,
        into samples: inout [Int16]
    ) {
        let taps = G722Tables.mirrorFilter
        let filter = taps.span
        samples.append(addingCapacity: count * 2) { output in
            for start in 0..<count {
                var first: Int32 = 0
                var second: Int32 = 0
                for tap in 0...past {
                    second &+= sums[start + tap] &* filter[tap]
                    first &+= differences[start + tap] &* filter[past - tap]
                }
                output.append(Int16(truncatingIfNeeded: (first >> 11).saturated))
                output.append(Int16(truncatingIfNeeded: (second >> 11).saturated))
            }
        }
    }

    /// A sample of each band, in 15 bits.
    @inline(__always)
    private mutating func decodeBands(_ octet: UInt8) -> (lower: Int32, upper: Int32) {
        let code = Int(octet & 0x3F)
        let lower = low.prediction + (low.scale * G722Tables.lowOutput6[code]) >> 15
        low.take(lowCode: code)
        let highCode = Int(octet >> 6)
        let difference = (high.scale * G722Tables.highOutput[highCode]) >> 15
        let upper = high.prediction + difference
        high.take(highCode: highCode, difference: difference)
        return (min(max(lower, -16_384), 16_383), min(max(upper, -16_384), 16_383))
    }
}

extension G722Band {
    /// Follows the code of the lower band, six bits.
    @inline(__always)
    mutating func take(lowCode code: Int) {
        let coarse = code >> 2
        let difference = (scale * G722Tables.lowOutput4[coarse]) >> 15
        adaptScale(multiplier: G722Tables.lowMultipliers[coarse], limit: 18_432, shift: 8)
        adaptPredictor(difference: difference)
    }

    /// Follows the code of the upper band, two bits.
    @inline(__always)
    mutating func take(highCode code: Int, difference: Int32) {
        adaptScale(multiplier: G722Tables.highMultipliers[code], limit: 22_528, shift: 10)
        adaptPredictor(difference: difference)
    }
}
