/// How long an engine has taken to answer of late: from the end of the caller's words to its first audio.
public struct ResponseTimes: Sendable, Hashable {
    static let remembered = 64
    /// Fewer say nothing.
    static let fewest = 8

    private var times: [Duration] = []
    private var next = 0

    public init() {}

    public var count: Int { times.count }

    mutating func add(_ time: Duration) {
        if times.count < Self.remembered {
            times.append(time)
        } else {
            times[next] = time
            next = (next + 1) % Self.remembered
        }
    }

    /// Nine of ten answers came within this time; `nil` while too few are known.
    public var ninthDecile: Duration? {
        guard times.count >= Self.fewest else { return nil }
        let sorted = times.sorted()
        return sorted[min(sorted.count - 1, sorted.count * 9 / 10)]
    }
}
