import Timing

/// The dialogs that ended lately: who wants to replace one of them is declined, not told that it never was (RFC 3891
/// §3).
///
/// Remembers an end for 32 s at least and 64 s at most, and no more than twice ``limit`` of them.
struct EndedDialogs: Sendable {
    static let memory = Duration.seconds(32)
    static let limit = 4_096

    private var recent: Set<DialogID> = []
    private var earlier: Set<DialogID> = []
    /// When ``recent`` becomes ``earlier``.
    private var turn = MonotonicTime.zero

    var count: Int { recent.count + earlier.count }

    mutating func insert(_ id: DialogID, at now: MonotonicTime) {
        age(at: now)
        if recent.count >= Self.limit {
            earlier = recent
            recent = []
        }
        recent.insert(id)
    }

    mutating func contains(_ id: DialogID, at now: MonotonicTime) -> Bool {
        age(at: now)
        return recent.contains(id) || earlier.contains(id)
    }

    private mutating func age(at now: MonotonicTime) {
        guard now >= turn else { return }
        earlier = now >= turn + Self.memory ? [] : recent
        recent = []
        turn = now + Self.memory
    }
}
