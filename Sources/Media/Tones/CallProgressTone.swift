/// A tone that tells a caller how the call is getting on (ITU-T E.180 for the ringing tone).
public enum CallProgressTone: String, Sendable, Hashable, CaseIterable {
    /// The other side is being called.
    case ringback
    /// An answer is being worked on: two soft notes, again and again, never silent for as long as a second. It makes way
    /// for what the engine says.
    case waiting

    /// Milliseconds of one cadence, tone and pause.
    var cadenceMilliseconds: Int {
        switch self {
        case .ringback: 5_000
        case .waiting: 1_200
        }
    }

    /// What one cadence is made of, one note after another, silence for the rest.
    private var notes: [(frequency: Double, milliseconds: Int, amplitude: Double)] {
        switch self {
        // 425 Hz at −20 dBm0 for a second.
        case .ringback: [(425, 1_000, 2_300)]
        // A fifth, at −27 dBm0 and below.
        case .waiting: [(330, 180, 1_000), (495, 220, 800)]
        }
    }

    /// The edges of a note rise and fall so that they do not click.
    private var edgeMilliseconds: Int {
        switch self {
        case .ringback: 10
        case .waiting: 60
        }
    }

    var options: PlaybackOptions {
        switch self {
        case .ringback: .announcement
        case .waiting: PlaybackOptions(fadeOut: 60, yieldsToEngine: true)
        }
    }

    /// One cadence at `sampleRate` Hz.
    func cadence(sampleRate: Int) -> [Int16] {
        let total = sampleRate * cadenceMilliseconds / 1_000
        let edge = sampleRate * edgeMilliseconds / 1_000
        var samples = [Int16](repeating: 0, count: total)
        var start = 0
        for note in notes {
            let length = min(sampleRate * note.milliseconds / 1_000, total - start)
            let step = Rotation(frequency: note.frequency, sampleRate: sampleRate)
            var point = (real: 1.0, imaginary: 0.0)
            for index in 0..<length {
                let fade = min(1, Double(min(index, length - index)) / Double(edge))
                samples[start + index] = Int16(note.amplitude * fade * point.imaginary)
                step.turn(&point)
            }
            start += length
        }
        return samples
    }
}
