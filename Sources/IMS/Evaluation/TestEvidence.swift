/// The bytes of a request that decided a test: what was matched, or what came nearest to it.
public struct TestEvidence: Sendable, Hashable {
    /// Where they stand: `method`, `Request-URI`, the name of a header as the message has it, or `m=`.
    public var place: String
    /// The whole value, unfolded.
    public var value: [UInt8]
    /// What of the value the test looks at: all of it, save for a Request-URI (TS 29.228 Annex F).
    public var compared: Range<Int>
    /// What of it matched or, for a miss, the longest stretch that a match could begin with; empty if there is none.
    public var hit: Range<Int>
    /// Whether the bytes satisfy what the test looks for, negation aside.
    public var isMatch: Bool
    /// A clause such as `a match gets no further than "alice"`.
    public var reason: String

    /// The value in three parts, the middle one being the hit, as text.
    public var parts: (before: String, hit: String, after: String) {
        (text(0..<hit.lowerBound), text(hit), text(hit.upperBound..<value.count))
    }

    private func text(_ range: Range<Int>) -> String { value.span.text(range) }
}
