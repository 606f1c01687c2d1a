import IMS
import SIP
import SIPTransport

/// A party that a call is carried to.
struct RouteStep: Sendable {
    var target: RouteTarget
    /// Header fields of it go along.
    var handOver: HandOverWriter?
    /// How long it may ring; `nil`: as the server has it.
    var ringTime: Duration?
    /// A provisional response that the caller gets.
    var notice: StatusCode?
    /// What is different in its INVITE.
    var change: @Sendable (inout SIPRequest) -> Void = { _ in }

    init(_ target: RouteTarget, handOver: HandOverWriter? = nil, ringTime: Duration? = nil) {
        self.target = target
        self.handOver = handOver
        self.ringTime = ringTime
    }
}

/// Why a party did not take a call.
struct RouteFailure: Sendable {
    /// `nil`: it gave none.
    var response: SIPResponse?
    /// It could not be sent anything.
    var isSilent = false
    /// It has sent 180.
    var hasRung = false
    /// It rang for too long and was cancelled.
    var hasGivenUp = false
}

/// Who is called next; `nil`: nobody.
typealias NextRoute = @Sendable (RouteFailure) async -> RouteStep?

extension CallCore {
    /// Calls another party in the place of one that does not take the call.
    ///
    /// - Returns: `false` when nobody else is to be called, the caller is gone, or somebody has picked up the call meanwhile.
    func reroute(
        after failure: RouteFailure,
        of failed: SIPLeg,
        _ relay: LegRelay,
        _ next: NextRoute?
    ) async -> Bool {
        guard let next, await isCallerWaiting, let step = await next(failure), await isCallerWaiting,
            relay.second == failed
        else { return false }
        let other: SIPLeg
        do {
            other = try await call(step)
        } catch {
            note("route-failed", "\(step.target.text): \(error)")
            return false
        }
        guard relay.second == failed else {
            await other.cancel()
            return false
        }
        // A PRACK for a party that is out of the call is answered here.
        unacknowledged = []
        relay.replace(relay.second, by: other, description: other.request.sessionDescription ?? [])
        await notify(step)
        await watch(other, for: step.ringTime)
        // The CANCEL may have come while nobody was called.
        if await !isCallerWaiting { await other.cancel() }
        return true
    }

    func notify(_ step: RouteStep) async {
        guard let notice = step.notice else { return }
        await leg.respond(notice, chargingContent, reliably: leg.requiresReliableProvisionals)
    }

    var isCallerWaiting: Bool {
        get async {
            let wasCancelled = await leg.wasCancelled
            return !hasCallerLeft && !wasCancelled
        }
    }
}
