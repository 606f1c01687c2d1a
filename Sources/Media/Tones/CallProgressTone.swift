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
        let step = Rotation(frequency: 425, sampleRate: sampleRate)
        var point = (real: 1.0, imaginary: 0.0)
        for index in 0..<min(toneLength, total) {
            let fade = min(1, Double(min(index, toneLength - index)) / Double(edge))
            samples[index] = Int16(2_300 * fade * point.imaginary)
            step.turn(&point)
        }
        return samples
    }
}
