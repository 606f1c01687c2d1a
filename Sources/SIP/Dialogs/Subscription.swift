import Timing

/// Names a subscription of ours: the Call-ID and the From tag of its SUBSCRIBE (RFC 6665 §4.4.1). Compares octet by
/// octet.
public struct SubscriptionID: Sendable, Hashable {
    public let callID: String
    public let localTag: String

    public init(callID: String, localTag: String) {
        self.callID = callID
        self.localTag = localTag
    }

    public static func == (left: SubscriptionID, right: SubscriptionID) -> Bool {
        left.callID.equalsExactly(right.callID) && left.localTag.equalsExactly(right.localTag)
    }

    public func hash(into hasher: inout Hasher) {
        callID.hashExactly(into: &hasher)
        localTag.hashExactly(into: &hasher)
    }
}

/// Why a subscription is over.
public enum SubscriptionEnd: Sendable, Hashable {
    /// The notifier said so in its last NOTIFY, with the reason and the seconds after which to try again, if it gave
    /// any (RFC 6665 §4.1.3).
    case terminated(reason: String?, retryAfter: UInt32?)
    /// SUBSCRIBE was refused, or got no answer (408, 503).
    case failed(StatusCode)
    /// No NOTIFY came within 64·T1 (timer N, §4.1.2.4).
    case silent
    /// It ran out before a refresh was accepted.
    case expired
}

/// The subscriber's side of one subscription (RFC 6665 §4.1).
struct Subscription: Sendable {
    enum Phase: Sendable, Hashable {
        /// Timer N runs until the first NOTIFY.
        case awaitingNotification(until: MonotonicTime)
        case active
        /// Expires: 0 is sent; the last NOTIFY is due until then.
        case ending(until: MonotonicTime)
    }

    /// Complete but for Via: what a refresh before the dialog exists repeats.
    var request: SIPRequest
    let hop: Hop
    let event: EventHeader
    /// Seconds that we ask for.
    var wanted: Int
    /// Made by the first NOTIFY or the 2xx, whichever comes first (§4.4.1).
    var dialog: Dialog?
    var phase: Phase
    /// When the notifier forgets us.
    var expiry: MonotonicTime?
    /// When to send SUBSCRIBE again; `nil` while that is under way.
    var refreshDue: MonotonicTime?
    /// When the driver wakes this subscription.
    var wake: MonotonicTime?
    /// 423 was answered once with a longer time.
    var hasRetried = false

    /// Takes the duration that the notifier grants. As TS 24.229 §5.7.1.1 has it for the registration-state event:
    /// again 600 s before the end, or after half of the time if it is shorter than 1 200 s.
    mutating func granted(_ seconds: Int, at now: MonotonicTime) {
        let duration = Duration.seconds(seconds)
        expiry = now + duration
        refreshDue = now + (seconds > 1_200 ? duration - .seconds(600) : duration / 2)
    }

    var nextTimeout: MonotonicTime? {
        switch phase {
        case .awaitingNotification(let due), .ending(let due): due
        case .active: [refreshDue, expiry].compactMap(\.self).min()
        }
    }
}
