/// How a call leaves our media path.
public enum TransferMethod: String, Sendable, Hashable, CaseIterable {
    /// Third-party call control: INVITE to the target, an offer to the caller (RFC 3725). We stay in signalling.
    case reinvite
    /// REFER to the caller's side (RFC 3515). We leave the call.
    case refer
    /// We call the target first, and refer the caller to that dialog (RFC 3515 with Replaces, RFC 5589 §7). We leave the
    /// call.
    case attended
    /// We call the target and pass the audio on, each side with its codec. The last resort: our ports stay in use.
    case relay
}

/// What becomes of a caller whose target has hung up.
public enum AfterTarget: String, Sendable, Hashable, CaseIterable {
    /// The call is over.
    case hangUp = "hang-up"
    /// The caller's media comes to us again, and ``CallEvent/returned`` tells the service.
    case returnToService = "return"
}

/// Whom a call is to go to, in which ways, and how long each may take.
///
/// The targets are called in order. For each the ways are tried in order; a target that is busy, declines or does not
/// answer is not called again in another way. When nothing is left the caller is still with us.
public struct TransferPlan: Sendable, Hashable {
    public struct Target: Sendable, Hashable {
        public var target: RouteTarget
        /// `nil`: ``TransferPlan/ways``.
        public var ways: [TransferMethod]?
        /// How long it may ring; `nil`: ``TransferPlan/ringTime``.
        public var ringTime: Duration?

        public init(_ target: RouteTarget, ways: [TransferMethod]? = nil, ringTime: Duration? = nil) {
            self.target = target
            self.ways = ways
            self.ringTime = ringTime
        }
    }

    /// By what the caller is told of the new media.
    public enum Offer: String, Sendable, Hashable, CaseIterable {
        /// re-INVITE, which RFC 3311 §5.1 recommends in a confirmed dialog: a UA may ask its user first.
        case reinvite
        /// UPDATE if the caller's Allow names it: one round trip less. A caller who does not take it gets a re-INVITE.
        case update
    }

    public var targets: [Target]
    public var ways: [TransferMethod]
    /// How long a target may ring, and a REFER be under way; `nil`: that of the server.
    public var ringTime: Duration?
    /// How long after the answer to a REFER the first NOTIFY may come (RFC 3515 §2.4.4 wants it at once).
    public var notifyTime: Duration
    /// For all targets and ways together; `nil`: no limit but those of each.
    public var limit: Duration?
    public var offer: Offer
    /// WAV file that the target of an attended transfer hears before the caller is referred to it.
    public var announcement: String?
    /// Of no meaning for ways by which we leave the call.
    public var afterTarget: AfterTarget
    /// A call whose audio we pass on is tried to be released by ``offer`` after so long, then after twice as long, and so
    /// on five times; and again when one of the two has made an offer. `nil`: never.
    public var releaseRetry: Duration?

    public init(
        _ targets: [Target],
        ways: [TransferMethod] = [.reinvite],
        ringTime: Duration? = nil,
        notifyTime: Duration = .seconds(32),
        limit: Duration? = nil,
        offer: Offer = .reinvite,
        announcement: String? = nil,
        afterTarget: AfterTarget = .hangUp,
        releaseRetry: Duration? = nil
    ) {
        self.targets = targets
        self.ways = ways
        self.ringTime = ringTime
        self.notifyTime = notifyTime
        self.limit = limit
        self.offer = offer
        self.announcement = announcement
        self.afterTarget = afterTarget
        self.releaseRetry = releaseRetry
    }
}

/// One way to one target that came to nothing.
struct TransferFailure: Error {
    /// What is left to be tried.
    enum Scope: Sendable, Hashable {
        /// The target does not want the call, or is not there: the next target.
        case target
        /// The caller's side does not take part in this: the next way.
        case way
        /// There is no caller any more.
        case call
    }

    let error: CallError
    let scope: Scope

    init(_ error: CallError, _ scope: Scope) {
        self.error = error
        if case .callerGone = error { self.scope = .call } else { self.scope = scope }
    }
}

/// What one way to one target needs to know.
struct TransferAttempt: Sendable {
    let target: RouteTarget
    let ringTime: Duration
    let notifyTime: Duration
    let offer: TransferPlan.Offer
    /// What goes along; `nil`: nothing.
    var handOver: HandOverWriter?
    var announcement: String?
    /// A target that has answered is kept for the next way when only the caller's side refuses this one.
    var keepsTarget = false
    /// As ``TransferPlan/releaseRetry``.
    var releaseRetry: Duration?
}
