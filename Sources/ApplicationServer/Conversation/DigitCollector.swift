import Timing

/// Gathers the keys that a caller presses into one input.
struct DigitCollector: Sendable, Equatable {
    private let policy: DigitPolicy
    private var digits = ""
    /// When the input is complete without another key; `nil` while there is none.
    private(set) var deadline: MonotonicTime?

    init(_ policy: DigitPolicy) {
        self.policy = policy
    }

    /// - Returns: The input, once it is complete. A terminator by itself gives an empty one.
    mutating func press(_ digit: Character, at now: MonotonicTime) -> String? {
        if digit == policy.terminator { return take() }
        digits.append(digit)
        guard digits.count < policy.length else { return take() }
        deadline = now + policy.timeout
        return nil
    }

    /// The input that is complete because nothing followed.
    mutating func expire(at now: MonotonicTime) -> String? {
        guard let deadline, deadline <= now else { return nil }
        return take()
    }

    private mutating func take() -> String {
        defer {
            digits = ""
            deadline = nil
        }
        return digits
    }
}
