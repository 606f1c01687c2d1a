import Codecs

/// Tells for each frame of 20 ms whether somebody speaks in it, above whatever noise the line has.
///
/// It compares the level of four bands (see ``BandMeter``) with the least that each had in the last two seconds: noise
/// stays where it is, speech falls back to it between syllables. A tone or noise that goes on for longer becomes
/// background. `Docs/Benchmarks.md` has what it finds and mistakes beside the detector of WebRTC.
struct VoiceDetector {
    /// Frames whose minimum is one value, and how many of these are kept: 300 ms, 2.1 s.
    private static let window = 15
    private static let windows = 7
    /// By how much noise is above its least, in dB.
    private static let bias: Float = 3
    /// Decibels above the noise from which speech begins, and below which it ends.
    private static let onset: Float = 5
    private static let release: Float = 3.5
    /// More than this counts for no more.
    private static let greatest: Float = 20
    /// Frames after speech that still count as speech.
    private static let hangover = 8
    /// One of log₂ in dB.
    private static let decibels: Float = 3.0103
    private static let rate = 8_000

    private var meter = BandMeter(sampleRate: Self.rate)
    private let quietest: Double
    private var smoothed: SIMD4<Float>?
    /// The least of the frames since the last whole window, and of the windows before.
    private var current = SIMD4<Float>(repeating: EchoModel.floor)
    private var minima: [SIMD4<Float>] = []
    private var frames = 0
    private var next = 0
    private var isInFirstWindow = true
    private var remaining = 0
    /// Whether the frame before was above ``onset``.
    private var wasAbove = false
    private var narrow: [Int16] = []

    /// - Parameter level: In dBov; what is quieter is no speech.
    init(level: Double) {
        quietest = LevelMeter.power(atLevel: level)
    }

    /// - Parameters:
    ///   - samples: 20 ms.
    ///   - power: Their mean square.
    mutating func isVoice(_ samples: Span<Int16>, sampleRate: Int, power: Double) -> Bool {
        narrow.removeAll(keepingCapacity: true)
        let step = max(1, sampleRate / Self.rate)
        // A mean is filter enough: what it lets through above 4 kHz is little in speech.
        var index = 0
        while index + step <= samples.count {
            var sum = 0
            for offset in 0..<step { sum += Int(samples[index + offset]) }
            narrow.append(Int16(truncatingIfNeeded: sum / step))
            index += step
        }
        let taken = narrow
        let measured = meter.measure(taken.span)
        let level = (smoothed ?? measured) * 0.5 + measured * 0.5
        smoothed = level
        let excess = track(EchoModel.levels(level))
        let isLoud = power >= quietest
        let isAbove = isLoud && excess > Self.onset
        defer { wasAbove = isAbove }
        if remaining > 0 {
            remaining = isLoud && excess > Self.release ? Self.hangover : remaining - 1
        } else if isAbove, wasAbove {
            remaining = Self.hangover
        }
        return remaining > 0
    }

    /// Follows the noise, and says how far the frame is above it, in dB: half the mean of all bands, half that of the two
    /// that stand out most.
    private mutating func track(_ levels: SIMD4<Float>) -> Float {
        // Before there is anything to compare with, all that can be heard is taken for speech.
        if !isInFirstWindow { current = pointwiseMin(current, levels) }
        var floor = current
        for minimum in minima { floor = pointwiseMin(floor, minimum) }
        frames += 1
        if frames == Self.window {
            frames = 0
            if !isInFirstWindow {
                if minima.count < Self.windows { minima.append(current) } else { minima[next] = current }
                next = (next + 1) % Self.windows
            }
            isInFirstWindow = false
            current = SIMD4(repeating: .greatestFiniteMagnitude)
            if minima.isEmpty { current = levels }
        }
        let above = ((levels - floor) * Self.decibels - Self.bias)
            .clamped(lowerBound: .zero, upperBound: SIMD4(repeating: Self.greatest))
        // The two largest of four are the larger of each pair, or both of one pair.
        let (first, second) = (max(above.x, above.y), min(above.x, above.y))
        let (third, fourth) = (max(above.z, above.w), min(above.z, above.w))
        let two = max(first, third) + max(min(first, third), max(second, fourth))
        return two / 4 + above.sum() / 8
    }
}
