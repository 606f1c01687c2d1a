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

    /// A description as the answer to an offer, which has as many media lines (RFC 3264 §6): more of the offer are refused,
    /// and refused ones at the end are left out where ``readdress(_:)`` had added them to the offer.
    static func answer(_ description: [UInt8], to offer: [UInt8]) -> [UInt8] {
        guard let offered = try? SessionDescription(parsing: offer).media,
            var answer = try? SessionDescription(parsing: description), offered.count != answer.media.count
        else { return description }
        if offered.count > answer.media.count { answer.media += offered[answer.media.count...].map(\.refused) }
        while answer.media.count > offered.count, answer.media.last?.port == 0 { answer.media.removeLast() }
        return answer.serialized()
    }

    /// Whether two descriptions differ in their origins at most.
    static func areSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard let one = try? SessionDescription(parsing: one), let other = try? SessionDescription(parsing: other)
        else {
            return one == other
        }
        return one.relayed(as: other.origin).serialized() == other.relayed(as: other.origin).serialized()
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
