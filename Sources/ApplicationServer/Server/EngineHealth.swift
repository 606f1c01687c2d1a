import Timing

/// Whether an engine is worth a handshake: a circuit breaker fed by real calls.
///
/// After `threshold` failures in a row the engine counts as down for `pause`; then one call at a time tries again.
struct EngineHealth {
    private static let threshold = 3
    private static let pause = Duration.seconds(5)

    private var failures = 0
    private var retryAt: MonotonicTime?

    /// Whether the engine is known to be down.
    func isDown(at now: MonotonicTime) -> Bool {
        retryAt.map { now < $0 } ?? false
    }

    /// Whether a call may try the engine now. While it is suspected, the next try is put off for the others.
    mutating func admits(at now: MonotonicTime) -> Bool {
        guard let due = retryAt else { return true }
        guard now >= due else { return false }
        retryAt = now + Self.pause
        return true
    }

    mutating func succeeded() {
        failures = 0
        retryAt = nil
    }

    mutating func failed(at now: MonotonicTime) {
        failures += 1
        if failures >= Self.threshold { retryAt = now + Self.pause }
    }
}
