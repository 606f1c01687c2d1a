import NIOCore
import Synchronization

/// Counts what a service calls against the limits of its ``CallPolicy``.
public final class CallQuota: Sendable {
    private struct State {
        var calls = 0
        /// When the latest calls began; from ``oldest`` on and around, once it is full.
        var starts: [NIODeadline] = []
        var oldest = 0

        /// When the call began that so many others have followed; `nil` if there were fewer.
        func start(before count: Int) -> NIODeadline? {
            guard count >= 0, count < starts.count else { return nil }
            let index = oldest + starts.count - 1 - count
            return starts[index < starts.count ? index : index - starts.count]
        }

        mutating func append(_ start: NIODeadline, keeping capacity: Int) {
            guard starts.count >= capacity else { return starts.append(start) }
            starts[oldest] = start
            oldest = oldest + 1 < starts.count ? oldest + 1 : 0
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
            for (limit, interval) in [
                (policy.maximumPerSecond, TimeAmount.seconds(1)), (policy.maximumPerMinute, .minutes(1)),
            ] {
                guard limit > 0 else { return .tooFast }
                if let start = state.start(before: limit - 1), now - start < interval { return .tooFast }
            }
            state.calls += 1
            state.append(now, keeping: max(policy.maximumPerSecond, policy.maximumPerMinute))
            return nil
        }
        if let refusal { throw refusal }
        return CallPlace(quota: self)
    }

    /// Takes a place for a call that must not be refused, such as that of a caller whose engine is lost. It counts like
    /// the others: what an engine asks for has to wait until there is room.
    public func take(at now: NIODeadline = .now()) -> CallPlace {
        state.withLock { state in
            state.calls += 1
            state.append(now, keeping: max(policy.maximumPerSecond, policy.maximumPerMinute))
        }
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
