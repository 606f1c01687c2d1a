/// How a service transfers its calls.
public struct TransferSettings: Sendable, Hashable {
    /// In the order they are tried.
    public var ways: [TransferMethod]
    /// How the INVITE gets to a target.
    public var route: TransferRoute
    /// Names of targets that are tried after the one that was asked for, in order.
    public var next: [String]
    /// How long a target may ring; `nil`: that of the server.
    public var ringTime: Duration?
    /// How long after the answer to a REFER the first NOTIFY may come.
    public var notifyTime: Duration
    /// For all targets and ways together.
    public var limit: Duration?
    public var offer: TransferPlan.Offer
    /// WAV file that the target of an attended transfer hears first.
    public var announcement: String?
    /// What becomes of the caller when the target hangs up. Only an ``AssistantService`` takes a caller back, who gets the
    /// engine again.
    public var afterTarget: AfterTarget
    /// As ``TransferPlan/releaseRetry``.
    public var releaseRetry: Duration?

    public init(
        ways: [TransferMethod] = [.reinvite],
        route: TransferRoute = .direct,
        next: [String] = [],
        ringTime: Duration? = nil,
        notifyTime: Duration = .seconds(32),
        limit: Duration? = nil,
        offer: TransferPlan.Offer = .reinvite,
        announcement: String? = nil,
        afterTarget: AfterTarget = .hangUp,
        releaseRetry: Duration? = nil
    ) {
        self.ways = ways
        self.route = route
        self.next = next
        self.ringTime = ringTime
        self.notifyTime = notifyTime
        self.limit = limit
        self.offer = offer
        self.announcement = announcement
        self.afterTarget = afterTarget
        self.releaseRetry = releaseRetry
    }

    /// - Parameter targets: URIs, in order.
    func plan(_ targets: [String], ways: [TransferMethod]? = nil) -> TransferPlan {
        TransferPlan(
            targets.map { TransferPlan.Target(route.target($0)) },
            ways: ways ?? self.ways,
            ringTime: ringTime,
            notifyTime: notifyTime,
            limit: limit,
            offer: offer,
            announcement: announcement,
            releaseRetry: releaseRetry
        )
    }
}
