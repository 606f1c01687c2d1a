import Synchronization

/// What is counted on the event loops of connections.
final class SharedCounters: Sendable {
    private let counters = Mutex(SIPStackCounters())

    func add(_ counter: WritableKeyPath<SIPStackCounters, UInt64> & Sendable) {
        counters.withLock { $0[keyPath: counter] += 1 }
    }

    /// `others`, and what has been counted here.
    func added(to others: SIPStackCounters) -> SIPStackCounters {
        let own = counters.withLock { $0 }
        var sum = others
        sum.connectionsAccepted += own.connectionsAccepted
        sum.connectionsRefused += own.connectionsRefused
        sum.connectionsTimedOut += own.connectionsTimedOut
        sum.tlsRefused += own.tlsRefused
        return sum
    }
}
