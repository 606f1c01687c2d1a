import Timing

/// Whether an engine is worth a handshake: a circuit breaker fed by real calls and by probes.
///
/// An engine that counts as down is tried again from the pause of its policy on, by one at a time: by a probe, or by a
/// call if no probe has come before it.
struct EngineHealth {
    let policy: EngineHealthPolicy
    /// A call tries only when the probe is overdue.
    private static let grace = Duration.seconds(2)

    private var refusals = 0
    /// Conversations that it lost, each before it had answered a turn.
    private var losses = 0
    private var retryAt: MonotonicTime?
    /// What it needed to answer.
    var responseTimes = ResponseTimes()

    init(_ policy: EngineHealthPolicy = EngineHealthPolicy()) {
        self.policy = policy
    }

    /// Whether the engine is known to be down.
    func isDown(at now: MonotonicTime) -> Bool {
        retryAt.map { now < $0 + Self.grace } ?? false
    }

    /// Whether nobody but a trial uses the engine.
    var isOpen: Bool { retryAt != nil }

    /// Whether a call may try the engine now. While it is suspected, the next try is put off for the others.
    mutating func admits(at now: MonotonicTime) -> Bool {
        guard let due = retryAt else { return true }
        guard now >= due + Self.grace else { return false }
        retryAt = now + policy.pause
        return true
    }

    /// A probe is sent: the calls leave the trial to it.
    mutating func beginProbe(at now: MonotonicTime) {
        if retryAt != nil { retryAt = now + policy.pause }
    }

    /// A session with the engine was set up.
    mutating func connected() {
        refusals = 0
        // A handshake does not prove that it answers: the next loss is one too many.
        if retryAt != nil { losses = min(losses, policy.failures - 1) }
        retryAt = nil
    }

    /// The engine answered a caller.
    mutating func answered(after time: Duration) {
        losses = 0
        responseTimes.add(time)
    }

    mutating func refused(at now: MonotonicTime) {
        refusals += 1
        if refusals >= policy.failures { retryAt = now + policy.pause }
    }

    /// The engine was given up in mid-call.
    mutating func lost(at now: MonotonicTime) {
        losses += 1
        if losses >= policy.failures { retryAt = now + policy.pause }
    }
}
