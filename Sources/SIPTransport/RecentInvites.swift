import Timing

/// INVITEs that were let in during the last minute, by their keys: the only ones that may come again while they have a
/// transaction (RFC 3261 §17.1.1.2: for 64·T1).
struct RecentInvites {
    private var current: Set<UInt64> = []
    private var former: Set<UInt64> = []
    private var currentEnd: MonotonicTime?
    private let lifetime: Duration

    /// - Parameter lifetime: For which they are known at least; twice as long at most.
    init(lifetime: Duration) {
        self.lifetime = lifetime
    }

    mutating func insert(_ key: UInt64, at now: MonotonicTime) {
        if now >= currentEnd ?? .zero {
            let isOld = currentEnd.map { now >= $0 + lifetime } ?? true
            former = isOld ? [] : current
            current = []
            currentEnd = now + lifetime
        }
        current.insert(key)
    }

    func contains(_ key: UInt64) -> Bool { current.contains(key) || former.contains(key) }
}
