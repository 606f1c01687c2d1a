/// A tone that tells a caller how the call is getting on (ITU-T E.180).
public enum CallProgressTone: String, Sendable, Hashable, CaseIterable {
    /// The other side is being called.
    case ringback

    /// Milliseconds of one cadence, tone and pause.
    var cadenceMilliseconds: Int {
        switch self {
        case .ringback: 5_000
        }
    }

    /// One cadence at `sampleRate` Hz: 425 Hz at −20 dBm0 for a second, silence for four; the edges rise and fall in
    /// 10 ms so that they do not click.
    func cadence(sampleRate: Int) -> [Int16] {
        let total = sampleRate * cadenceMilliseconds / 1_000
        let toneLength = sampleRate
        let edge = sampleRate / 100
        var samples = [Int16](repeating: 0, count: total)
        // A rotation by the angle of one sample gives the sine without a table or a math library.
        let step = 2 * Double.pi * 425 / Double(sampleRate)
        let (sine, cosine) = Self.rotation(step)
        var real = 1.0
        var imaginary = 0.0
        for index in 0..<min(toneLength, total) {
            let fade = min(1, Double(min(index, toneLength - index)) / Double(edge))
            samples[index] = Int16(2_300 * fade * imaginary)
            (real, imaginary) = (real * cosine - imaginary * sine, real * sine + imaginary * cosine)
        }
        return samples
    }

    /// Sine and cosine of a small angle by their series; exact to the last bit for less than a radian.
    private static func rotation(_ angle: Double) -> (sine: Double, cosine: Double) {
        var sine = 0.0
        var cosine = 0.0
        var term = 1.0
        for order in 0..<24 {
            switch order % 4 {
            case 0: cosine += term
            case 1: sine += term
            case 2: cosine -= term
            default: sine -= term
            }
            term *= angle / Double(order + 1)
        }
        return (sine, cosine)
    }
}
