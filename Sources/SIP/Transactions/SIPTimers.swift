import Timing

/// The timers of RFC 3261 §17.1.1.1 and table 4; the others follow from these three.
public struct SIPTimers: Sendable, Hashable {
    /// Round-trip estimate; first retransmission interval.
    public var t1: Duration
    /// Longest retransmission interval of non-INVITE requests and of INVITE responses.
    public var t2: Duration
    /// How long a message can stay in the network.
    public var t4: Duration

    public init(t1: Duration = .milliseconds(500), t2: Duration = .seconds(4), t4: Duration = .seconds(5)) {
        self.t1 = t1
        self.t2 = t2
        self.t4 = t4
    }

    /// How long it takes until the interval of the client's timer E has become T2: 3.5 s by default (RFC 4320 §4.1).
    var timeUntilT2: Duration {
        var (elapsed, interval) = (t1, t1 * 2)
        while interval < t2 {
            elapsed += interval
            interval *= 2
        }
        return elapsed
    }

    /// 64·T1: timers B, D (UDP), F, H, J (UDP), L, M.
    public var transactionTimeout: Duration { t1 * 64 }

    /// When to look for what is due: at a deadline or up to an eighth of T1 behind it, so that one wake-up serves those that
    /// lie close together. Most of them are those of transactions that have had their answer.
    package func wakeUp(for deadline: MonotonicTime) -> MonotonicTime {
        deadline.roundedUp(toMultipleOf: max(1, t1.nanoseconds / 8))
    }
}

/// Why a transaction ended without the answer that its user waits for.
public enum TransactionFailure: Error, Sendable, Hashable {
    /// Timer B or F; the user treats it as 408 (RFC 3261 §8.1.3.1).
    case timeout
    /// The transport could not send; the user treats it as 503.
    case transport
    /// Timer H, or no ACK for a 2xx within 64·T1.
    case noACK
}
