import NIOCore
import Synchronization

/// Counts what a service calls against the limits of its ``CallPolicy``.
public final class CallQuota: Sendable {
    private struct State {
        var calls = 0
        var second = Window()
        var minute = Window()
    }

    /// How many began in the present interval and in the one before: the latter counts by the share of it that is still
    /// less than an interval ago.
    private struct Window {
        var start = NIODeadline.uptimeNanoseconds(0)
        var count = 0
        var previous = 0

        mutating func advance(to now: NIODeadline, length: TimeAmount) {
            let passed = (now - start).nanoseconds / length.nanoseconds
            guard passed > 0 else { return }
            previous = passed == 1 ? count : 0
            count = 0
            start = start + .nanoseconds(passed * length.nanoseconds)
        }

        func load(at now: NIODeadline, length: TimeAmount) -> Double {
            let share = Double((now - start).nanoseconds) / Double(length.nanoseconds)
            return Double(count) + Double(previous) * (1 - share)
        }
    }

    public let policy: CallPolicy
    private let state: Mutex<State>

    public init(_ policy: CallPolicy) {
        self.policy = policy
        state = Mutex(State())
    }

    /// Calls that hold a place now.
    public var calls: Int { state.withLock { $0.calls } }

    /// Takes a place for a call that is to begin. It is given back by ``CallPlace/giveBack()``, or when nobody holds
    /// it any more.
    ///
    /// - Throws: ``PolicyRefusal/tooManyCalls``, ``PolicyRefusal/tooFast``.
    public func begin(at now: NIODeadline = .now()) throws(PolicyRefusal) -> CallPlace {
        let refusal: PolicyRefusal? = state.withLock { state in
            guard state.calls < policy.maximumCalls else { return .tooManyCalls }
            state.second.advance(to: now, length: .seconds(1))
            state.minute.advance(to: now, length: .minutes(1))
            guard state.second.load(at: now, length: .seconds(1)) + 1 <= Double(policy.maximumPerSecond),
                state.minute.load(at: now, length: .minutes(1)) + 1 <= Double(policy.maximumPerMinute)
            else { return .tooFast }
            state.calls += 1
            state.second.count += 1
            state.minute.count += 1
            return nil
        }
        if let refusal { throw refusal }
        return CallPlace(quota: self)
    }

    fileprivate func end() { state.withLock { $0.calls -= 1 } }
}

/// A place among the calls that a service may have at a time.
public final class CallPlace: Sendable {
    private let quota: CallQuota
    private let isGivenBack = Atomic<Bool>(false)

    fileprivate init(quota: CallQuota) {
        self.quota = quota
    }

    deinit { giveBack() }

    /// Repeating it does no harm.
    public func giveBack() {
        if !isGivenBack.exchange(true, ordering: .relaxed) { quota.end() }
    }
}
