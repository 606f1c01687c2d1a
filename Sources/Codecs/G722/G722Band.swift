/// The adaptive predictor and quantiser scale of one sub-band. Encoder and decoder keep the same, from the codes alone.
///
/// Values are those of the recommendation's fixed-point description, in 16 bits.
///
/// Source: ITU-T G.722 §6.2.1 (blocks 3 and 4).
struct G722Band: Sendable {
    /// What is predicted for the next sample.
    private(set) var prediction: Int32 = 0
    /// Linear scale factor of the quantiser.
    private(set) var scale: Int32

    private let initialScale: Int32
    private var logarithmicScale: Int32 = 0

    // The zero section: the last six differences and their coefficients, the newest first; two lanes stay zero.
    private var differences = SIMD8<Int32>()
    private var zeros = SIMD8<Int32>()
    private var zeroPrediction: Int32 = 0

    // The pole section.
    private var pole1: Int32 = 0
    private var pole2: Int32 = 0
    private var reconstructed: Int32 = 0
    private var partial1: Int32 = 0
    private var partial2: Int32 = 0

    init(scale: Int32) {
        self.scale = scale
        initialScale = scale
    }

    mutating func reset() {
        self = G722Band(scale: initialScale)
    }

    /// Adapts the scale factor (LOGSCL and SCALEL, LOGSCH and SCALEH).
    ///
    /// - Parameters:
    ///   - multiplier: The multiplier that belongs to the code.
    ///   - limit: The largest logarithmic scale factor.
    ///   - shift: 8 for the lower band, 10 for the upper.
    @inline(__always)
    mutating func adaptScale(multiplier: Int32, limit: Int32, shift: Int32) {
        logarithmicScale = min(max((logarithmicScale * 127) >> 7 + multiplier, 0), limit)
        let mantissa = G722Tables.antilogarithms[Int(logarithmicScale >> 6 & 31)]
        // A shift by a negative amount goes the other way.
        scale = (mantissa >> (shift - logarithmicScale >> 11)) << 2
    }

    /// Adapts the predictor to a quantised difference and predicts the next sample (block 4).
    @inline(__always)
    mutating func adaptPredictor(difference: Int32) {
        let sample = (prediction + difference).saturated
        let partial = (zeroPrediction + difference).saturated
        adaptPoles(partial)

        // All lanes at once: the sign of each product of differences moves its coefficient.
        let step: Int32 = difference == 0 ? 0 : 128
        let opposite = (differences ^ SIMD8(repeating: difference)) &>> 31
        let moves = (opposite ^ SIMD8(repeating: step)) &- opposite
        zeros = moves &+ (zeros &* 32_640) &>> 15
        zeros[6] = 0
        zeros[7] = 0
        differences = SIMD8(
            difference, differences[0], differences[1], differences[2], differences[3], differences[4], 0, 0
        )
        let doubled = (differences &+ differences).clamped(
            lowerBound: SIMD8(repeating: -32_768), upperBound: SIMD8(repeating: 32_767)
        )
        zeroPrediction = ((zeros &* doubled) &>> 15).wrappedSum().saturated

        let recent = (pole1 * (sample + sample).saturated) >> 15
        let earlier = (pole2 * (reconstructed + reconstructed).saturated) >> 15
        reconstructed = sample
        prediction = ((recent + earlier).saturated + zeroPrediction).saturated
    }

    /// UPPOL2 and UPPOL1.
    @inline(__always)
    private mutating func adaptPoles(_ partial: Int32) {
        let isSameAsLast = (partial ^ partial1) >= 0
        let isSameAsSecond = (partial ^ partial2) >= 0
        let quadruple = (pole1 << 2).saturated
        var second = isSameAsLast ? -quadruple : quadruple
        second = min(second, 32_767) >> 7
        second += (isSameAsSecond ? 128 : -128) + (pole2 * 32_512) >> 15
        second = min(max(second, -12_288), 12_288)

        let limit = 15_360 - second
        let first = (isSameAsLast ? 192 : -192) + (pole1 * 32_640) >> 15
        pole1 = min(max(first, -limit), limit)
        pole2 = second
        partial2 = partial1
        partial1 = partial
    }
}

extension Int32 {
    /// Limited to 16 bits.
    @inline(__always)
    var saturated: Int32 { Swift.min(Swift.max(self, -32_768), 32_767) }
}
