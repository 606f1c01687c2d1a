/// An event of a session with its place among all of them.
public struct MediaSessionNotice: Sendable, Hashable {
    /// 1 for a session's first event, then one more for each, also across streams: where one is left out, what was
    /// told in between has been lost.
    public let sequence: UInt64
    public let event: MediaSessionEvent

    public init(sequence: UInt64, event: MediaSessionEvent) {
        self.sequence = sequence
        self.event = event
    }
}
