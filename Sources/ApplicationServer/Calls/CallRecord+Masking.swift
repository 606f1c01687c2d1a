extension CallRecord.Entry {
    /// Events whose details are words of ours, numbers and URIs. What the others tell may be the words of a caller, of
    /// an engine or of another party.
    private static let ownWords: Set<String> = [
        "200", "ack", "actions", "barge-in", "bye-received", "call-ended", "capacity", "decision", "dialog-lost",
        "engine-down", "engine-goes-away", "engine-ready", "filler", "first-audio", "hold", "invite", "media-path",
        "media-released", "no-answer", "no-input", "no-match", "preconditions", "refused", "relayed", "replaced",
        "retrieve", "rtp-inactive", "slow-turn", "transfer", "transfer-failed", "transfer-way-failed", "transferred",
        "turn-too-long",
    ]

    /// The entry without what was said, and without who said it.
    public func masked(by mask: IdentityMask) -> CallRecord.Entry {
        guard !detail.isEmpty else { return self }
        var entry = self
        let isOurs = Self.ownWords.contains(event) || event.utf8.allSatisfy { (0x30...0x39).contains($0) }
        entry.detail = isOurs ? mask.masked(text: detail) : "***"
        return entry
    }
}

extension CallRecord {
    /// The record without what was said, and without who said it.
    public func masked(by mask: IdentityMask) -> CallRecord {
        var record = self
        record.caller = mask.masked(caller)
        record.callee = mask.masked(callee)
        record.entries = entries.map { $0.masked(by: mask) }
        return record
    }
}
