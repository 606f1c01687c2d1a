/// Identifies a dialog from our side (RFC 3261 §12). Compares octet by octet: a peer chooses these strings, and
/// Unicode normalisation would let it make one of them equal another, or costly to hash.
public struct DialogID: Sendable, Hashable, Digested {
    public let callID: String
    public let localTag: String
    public let remoteTag: String
    /// Hash of all three: an identifier is looked up far more often than it is made.
    let digest: Int

    public init(callID: String, localTag: String, remoteTag: String) {
        self.callID = callID
        self.localTag = localTag
        self.remoteTag = remoteTag
        var hasher = Hasher()
        callID.hashExactly(into: &hasher)
        localTag.hashExactly(into: &hasher)
        remoteTag.hashExactly(into: &hasher)
        digest = hasher.finalize()
    }

    public static func == (left: DialogID, right: DialogID) -> Bool {
        left.digest == right.digest && left.callID.equalsExactly(right.callID)
            && left.localTag.equalsExactly(right.localTag) && left.remoteTag.equalsExactly(right.remoteTag)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

extension String {
    /// Compares octets, not canonically equivalent characters.
    package func equalsExactly(_ other: String) -> Bool {
        let count = utf8.count
        guard count == other.utf8.count else { return false }
        let (own, others) = (utf8.span, other.utf8.span)
        return own.equals(others, at: 0..<count)
    }

    package func hashExactly(into hasher: inout Hasher) {
        var text = self
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xFF as UInt8)
    }
}
