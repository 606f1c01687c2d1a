/// The encoder of G.722 at 64 kbit/s: two samples at 16 kHz give an octet.
///
/// Source: ITU-T G.722 §6.2.1.
struct G722Encoder: Sendable {
    private var low = G722Band(scale: 32)
    private var high = G722Band(scale: 8)
    /// The last 22 samples, then those at hand.
    private var input: [Int32] = []

    private static let past = 22

    init() { clearFilter() }

    mutating func reset() {
        low.reset()
        high.reset()
        clearFilter()
    }

    private mutating func clearFilter() {
        input.removeAll(keepingCapacity: true)
        input.append(contentsOf: repeatElement(0, count: Self.past))
    }

    /// Appends an octet for each pair of samples; an odd last one is left out.
    mutating func encode(_ samples: Span<Int16>, into octets: inout [UInt8]) {
        let pairs = samples.count / 2
        for index in 0..<2 * pairs { input.append(Int32(samples[index])) }
        octets.reserveCapacity(octets.count + pairs)
        for pair in 0..<pairs {
            let (lower, upper) = split(at: 2 * pair)
            octets.append(encodeBands(lower, upper))
        }
        input.removeFirst(2 * pairs)
    }

    /// The quadrature mirror filter over 24 samples.
    @inline(__always)
    private func split(at start: Int) -> (lower: Int32, upper: Int32) {
        let window = input.span
        let taps = G722Tables.mirrorFilter
        let filter = taps.span
        var even: Int32 = 0
        var odd: Int32 = 0
        for tap in 0..<12 {
            odd &+= window[start + 2 * tap] &* filter[tap]
            even &+= window[start + 2 * tap + 1] &* filter[11 - tap]
        }
        return ((even + odd) >> 14, (even - odd) >> 14)
    }

    @inline(__always)
    private mutating func encodeBands(_ lower: Int32, _ upper: Int32) -> UInt8 {
        let lowError = (lower - low.prediction).saturated
        let lowCode = Self.lowCode(of: lowError, scale: low.scale)
        low.take(lowCode: lowCode)

        let highError = (upper - high.prediction).saturated
        let magnitude = highError >= 0 ? highError : -(highError + 1)
        let isLarge = magnitude >= (564 * high.scale) >> 12
        let highCode = (highError < 0 ? 0 : 2) + (isLarge ? 0 : 1)
        let difference = (high.scale * G722Tables.highOutput[highCode]) >> 15
        high.take(highCode: highCode, difference: difference)
        return UInt8(truncatingIfNeeded: highCode << 6 | lowCode)
    }

    /// QUANTL: the interval of 60 in which the error lies, as six bits.
    @inline(__always)
    private static func lowCode(of error: Int32, scale: Int32) -> Int {
        let magnitude = error >= 0 ? error : -(error + 1)
        let levels = G722Tables.lowDecisions
        let decisions = levels.span
        // The number of levels not above the magnitude, by halving.
        var lowest = 1
        var highest = decisions.count
        while lowest < highest {
            let middle = (lowest + highest) / 2
            if magnitude < (decisions[middle] * scale) >> 12 { highest = middle } else { lowest = middle + 1 }
        }
        // Negative codes run 63, 62, then 31 down to 4; positive ones from 61 down to 32.
        if error >= 0 { return 62 - lowest }
        return lowest <= 2 ? 64 - lowest : 34 - lowest
    }
}
