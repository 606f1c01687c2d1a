import Timing

/// One input of keys: when it begins, when it is complete, and what it is worth then.
struct DigitCollection: Sendable, Equatable {
    private let minimum: Int
    private let firstDigitTime: Duration
    private var collector: DigitCollector
    private var firstDeadline: MonotonicTime?

    init(_ collection: CallAction.Collection) {
        minimum = collection.minimum
        firstDigitTime = collection.firstDigitTime
        var policy = DigitPolicy()
        policy.isCollecting = true
        policy.length = collection.maximum
        policy.terminator = collection.terminator
        policy.timeout = collection.nextDigitTime
        collector = DigitCollector(policy)
    }

    var deadline: MonotonicTime? { collector.deadline ?? firstDeadline }

    /// The prompt is over; a key may be waited for already.
    mutating func begin(at now: MonotonicTime) {
        if collector.deadline == nil { firstDeadline = now + firstDigitTime }
    }

    /// - Returns: What came of it, once it is complete.
    mutating func press(_ digit: Character, at now: MonotonicTime) -> CallActionResult? {
        firstDeadline = nil
        return collector.press(digit, at: now).map(result)
    }

    mutating func expire(at now: MonotonicTime) -> CallActionResult? {
        if let firstDeadline, firstDeadline <= now {
            return CallActionResult(action: CallAction.Name.collect.rawValue, outcome: .noInput, digits: "")
        }
        return collector.expire(at: now).map(result)
    }

    private func result(_ digits: String) -> CallActionResult {
        CallActionResult(
            action: CallAction.Name.collect.rawValue,
            outcome: digits.count < minimum ? .incomplete : .done,
            digits: digits
        )
    }
}
