import Codecs

/// Tells when sound, or speech, stops for long enough to be a pause, and when it begins again.
struct SpeechDetector {
    enum Change: Equatable {
        case silent, speaking
    }

    private enum State {
        /// No sound yet.
        case waiting
        case speaking(quietMilliseconds: Int)
        case silent
    }

    private let threshold: Double
    private let silenceLimit: Int
    private var state = State.waiting

    init(level: Double, silenceLimit: Int) {
        threshold = LevelMeter.power(atLevel: level)
        self.silenceLimit = silenceLimit
    }

    func isSound(power: Double) -> Bool {
        power >= threshold
    }

    /// - Parameter hasSound: Whether the next `milliseconds` hold what is waited for.
    mutating func feed(_ hasSound: Bool, milliseconds: Int) -> Change? {
        switch state {
        case .waiting:
            if hasSound { state = .speaking(quietMilliseconds: 0) }
        case .speaking(let quiet):
            let total = hasSound ? 0 : quiet + milliseconds
            guard total >= silenceLimit else {
                state = .speaking(quietMilliseconds: total)
                return nil
            }
            state = .silent
            return .silent
        case .silent:
            guard hasSound else { return nil }
            state = .speaking(quietMilliseconds: 0)
            return .speaking
        }
        return nil
    }
}
