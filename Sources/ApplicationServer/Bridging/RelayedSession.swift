import SDP

/// The session that a party was described, which goes on when somebody else describes it: same origin, next version,
/// no fewer media lines (RFC 3264 §8).
struct RelayedSession: Sendable {
    private var origin: Origin
    private var media: [MediaDescription]

    /// - Parameter description: The latest that the party was sent.
    /// - Returns: `nil` for bytes that are no description: then nothing has to go on.
    init?(after description: [UInt8]) {
        guard let parsed = try? SessionDescription(parsing: description) else { return nil }
        origin = parsed.origin
        media = parsed.media
    }

    /// The description with the origin of this session. What does not parse stays as it is.
    mutating func readdress(_ description: [UInt8]) -> [UInt8] {
        guard let parsed = try? SessionDescription(parsing: description) else { return description }
        origin.sessionVersion &+= 1
        var relayed = parsed.relayed(as: origin)
        if media.count > relayed.media.count { relayed.media += media[relayed.media.count...].map(\.refused) }
        media = relayed.media
        return relayed.serialized()
    }
}
