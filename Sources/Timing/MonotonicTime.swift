/// An instant on the driver's monotonic clock, in nanoseconds since an epoch that only the driver knows.
///
/// State machines never read a clock: the driver hands the present in, and tests hand in any instant they like.
public struct MonotonicTime: Sendable, Hashable, Comparable {
    /// Nanoseconds since the driver's epoch.
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    public static let zero = MonotonicTime(nanoseconds: 0)
    /// Later than every deadline a driver can reach (292 years after its epoch).
    public static let distantFuture = MonotonicTime(nanoseconds: .max)

    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Saturates at ``distantFuture``.
    public static func + (instant: MonotonicTime, duration: Duration) -> MonotonicTime {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return overflow ? .distantFuture : MonotonicTime(nanoseconds: sum)
    }

    /// The time from `earlier` to `self`; negative when `earlier` is later.
    public static func - (self: MonotonicTime, earlier: MonotonicTime) -> Duration {
        .nanoseconds(self.nanoseconds.subtractingReportingOverflow(earlier.nanoseconds).partialValue)
    }

    /// The first instant at or after `self` that is a multiple of `step` nanoseconds; saturates at
    /// ``distantFuture``.
    ///
    /// - Parameter step: Greater than 0.
    public func roundedUp(toMultipleOf step: Int64) -> MonotonicTime {
        let remainder = nanoseconds % step
        guard remainder != 0 else { return self }
        let missing = remainder < 0 ? -remainder : step - remainder
        let (sum, overflow) = nanoseconds.addingReportingOverflow(missing)
        return overflow ? .distantFuture : MonotonicTime(nanoseconds: sum)
    }

    /// The time from `self` to `later`.
    public func duration(to later: MonotonicTime) -> Duration {
        later - self
    }
}

extension Duration {
    /// The duration in whole nanoseconds, saturated to ± 292 years.
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in milliseconds, with its fraction.
    public var milliseconds: Double {
        Double(nanoseconds) / 1_000_000
    }
}
