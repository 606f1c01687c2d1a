import IMS
import SDP
import SIP
import SIPTransport

/// Whether the caller has acknowledged our 200, and who waits for that.
struct Acknowledgement {
    private var isOver = false
    private var hasArrived = false
    private var waiting: CheckedContinuation<Bool, Never>?

    mutating func arrived() { settle(hasArrived: true) }

    /// No ACK comes any more.
    mutating func finish() { settle(hasArrived: hasArrived) }

    /// - Returns: Whether it is known; otherwise `continuation` gets it later.
    mutating func wait(_ continuation: CheckedContinuation<Bool, Never>) {
        if isOver { continuation.resume(returning: hasArrived) } else { waiting = continuation }
    }

    private mutating func settle(hasArrived: Bool) {
        self.hasArrived = hasArrived
        isOver = true
        waiting?.resume(returning: hasArrived)
        waiting = nil
    }
}

/// Call pick-up: an INVITE whose Replaces names the early dialog in which a party of ours rings (RFC 3891 §3).
extension CallCore {
    /// Puts the caller of the INVITE in the place of the party that rings, which gets a CANCEL. The INVITE gets its final
    /// response here.
    ///
    /// The caller and the new party have both made an offer. So the caller gets an answer with which nothing flows, and
    /// then what the new party has offered (RFC 3725 §4.4). From the answer on there is no way back: if the two cannot be
    /// put through, both are told.
    func pickUp(from ringing: SIPLeg, by leg: SIPLeg, _ incoming: ISCRequest) async {
        guard !isBeingReplaced, answered == nil, let relay, relay.second == ringing else {
            return await refuseReplacement(leg, .callDoesNotExist, "the call is over or in other hands")
        }
        isBeingReplaced = true
        defer { isBeingReplaced = false }
        note("replaces", "\(incoming.request.headers.first(.from) ?? "")")
        let missing = Self.unsupportedOptions(in: incoming.request)
        guard missing.isEmpty else {
            await leg.respond(.badExtension, MessageContent(headers: Self.unsupported(missing)))
            return
        }
        guard !request.request.headers.lists("precondition", in: .require), let answer = waitingAnswer() else {
            return await refuseReplacement(leg, .notAcceptableHere, "nobody else can take this call")
        }
        let fork = (try? incoming.request.headers.address(.from))?.tag
        guard await self.leg.respond(.ok, .sdp(answer, headers: chargingContent.headers), fork: fork) else {
            return await refuseReplacement(leg, .callDoesNotExist, "the call is over or in other hands")
        }
        unacknowledged = []
        relay.replace(ringing, by: leg, description: [])
        _ = relay.told(.sdp(answer), to: self.leg)
        await ringWatch?.finish()
        note("picked-up")
        await ringing.cancel(reasons: [#"SIP;cause=200;text="Call completed elsewhere""#])
        guard await callerHasAcknowledged() else {
            return await refuseReplacement(leg, .callDoesNotExist, "the caller is gone")
        }
        await putThrough(leg, incoming, relay)
    }

    private func waitingAnswer() -> [UInt8]? {
        guard let offer = request.sessionDescription, let description = try? SessionDescription(parsing: offer) else {
            return nil
        }
        return description.waitingAnswer(sessionID: .random(in: 1..<1 << 62))?.serialized()
    }

    private func callerHasAcknowledged() async -> Bool {
        await withCheckedContinuation { acknowledgement.wait($0) }
    }

    private func putThrough(_ leg: SIPLeg, _ incoming: ISCRequest, _ relay: LegRelay) async {
        guard let response = await describe(leg, by: incoming.request, to: self.leg, relay) else {
            return await giveUp()
        }
        relay.replace(leg, by: leg, description: response.sessionDescription ?? [])
        guard await leg.respond(.ok, RouteingB2BUA.content(from: response.headers, body: response.body)) else {
            // Its CANCEL and the answer crossed.
            if incoming.request.body.isEmpty { await self.leg.acknowledge() }
            return await giveUp()
        }
        note("replaced", "the other party")
        setOutcome(.routed)
    }

    /// Neither the party that rang nor the one who picked up is there any more.
    private func giveUp() async {
        setOutcome(.failed)
        var headers = SIPHeaders()
        headers.append(.reason, #"SIP;cause=480;text="Nobody has taken the call""#)
        await leg.hangUp(MessageContent(headers: headers))
    }
}
