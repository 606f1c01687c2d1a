/// Background noise in the pauses of a source that describes it instead of sending it.
///
/// White noise through an all-pole lattice filter of the order that the description has, at the level it names.
///
/// Source: RFC 3389 §3.
public struct ComfortNoise: Sendable {
    /// Reflection coefficients that are used; further ones of a payload count as zero (RFC 3389 §3.1).
    public static let maximumOrder = 12

    /// k₁, k₂, ... of the present noise.
    private var reflections: [Double] = []
    /// Backward prediction errors of the sample before.
    private var backward: [Double]
    /// Half the width of the uniform distribution that excites the filter.
    private var amplitude = 0.0
    private var random: UInt64 = 0x5EED

    public init() {
        reflections.reserveCapacity(Self.maximumOrder)
        backward = Array(repeating: 0, count: Self.maximumOrder + 1)
    }

    /// Takes a description: one octet of level, then any number of quantised reflection coefficients. An empty payload
    /// changes nothing.
    public mutating func update(_ payload: Span<UInt8>) {
        guard payload.count > 0 else { return }
        reflections.removeAll(keepingCapacity: true)
        var power = LevelMeter.power(atLevel: -Double(payload[0] & 0x7F))
        for index in 1..<max(1, min(payload.count, Self.maximumOrder + 1)) {
            // 255 is outside the range of §3.1 and would not be stable.
            let reflection = min(max(258 * (Double(payload[index]) - 127) / 32_768, -0.999), 0.999)
            reflections.append(reflection)
            power *= 1 - reflection * reflection
        }
        // The variance of a uniform distribution is a third of its half width squared.
        amplitude = (3 * power).squareRoot()
    }

    /// Appends `count` samples of noise.
    public mutating func generate(_ count: Int, into samples: inout [Int16]) {
        samples.reserveCapacity(samples.count + max(count, 0))
        for _ in 0..<max(count, 0) { samples.append(Int16(clamping: Int(nextSample()))) }
    }

    private mutating func nextSample() -> Double {
        var forward = nextWhite() * amplitude
        var order = reflections.count
        while order > 0 {
            let reflection = reflections[order - 1]
            forward -= reflection * backward[order - 1]
            backward[order] = backward[order - 1] + reflection * forward
            order -= 1
        }
        // A filter that is near its limit may ring up for a moment.
        forward = min(max(forward, -32_768), 32_767)
        backward[0] = forward
        return forward
    }

    /// −1 to 1, from a linear congruential generator: nobody has to be unable to guess it.
    private mutating func nextWhite() -> Double {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(Int64(bitPattern: random) >> 32) / 2_147_483_648
    }
}
