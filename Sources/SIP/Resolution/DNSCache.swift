import Timing

/// Answers of name servers for as long as they are valid; an answer without records is one too (RFC 2308).
public struct DNSCache: Sendable {
    private struct Entry: Sendable {
        let records: [DNSRecord]
        let until: MonotonicTime
    }

    private var entries: [DNSQuestion: Entry] = [:]
    /// Answers held at a time.
    private let capacity: Int
    /// No answer is believed longer.
    private static let longest = Duration.seconds(3_600)

    public init(capacity: Int = 4_096) {
        self.capacity = capacity
    }

    public var count: Int { entries.count }

    public func records(for question: DNSQuestion, at now: MonotonicTime) -> [DNSRecord]? {
        guard let entry = entries[question], entry.until > now else { return nil }
        return entry.records
    }

    /// - Parameter lifetime: The least TTL of the records. Of an empty answer: what the SOA record allows.
    public mutating func insert(
        _ records: [DNSRecord],
        for question: DNSQuestion,
        lifetime: Duration,
        at now: MonotonicTime
    ) {
        guard lifetime > .zero else { return }
        if entries.count >= capacity, entries[question] == nil {
            entries = entries.filter { $0.value.until > now }
            // All still valid: any one goes, it costs a question at most.
            if entries.count >= capacity, let victim = entries.keys.first { entries[victim] = nil }
        }
        entries[question] = Entry(records: records, until: now + min(lifetime, Self.longest))
    }
}
