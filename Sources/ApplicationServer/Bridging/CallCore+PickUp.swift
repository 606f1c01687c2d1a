import IMS
import SDP
import SIP
import SIPTransport

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
        guard !incoming.awaitsResources else {
            return await refuseReplacement(leg, .preconditionFailure, "resources have to be reserved before")
        }
        guard !request.awaitsResources, let answer = waitingAnswer() else {
            return await refuseReplacement(leg, .notAcceptableHere, "nobody else can take this call")
        }
        guard await leg.awaitsAnswer else { return }
        let fork = (try? incoming.request.headers.address(.from))?.tag
        guard await self.leg.respond(.ok, .sdp(answer, headers: chargingContent.headers), fork: fork) else {
            return await comeTooLate(for: ringing, leg, incoming)
        }
        isBeingPickedUp = true
        defer { isBeingPickedUp = false }
        await take(from: ringing, leg, relay)
        _ = relay.told(.sdp(answer), to: self.leg)
        note("picked-up")
        await ringing.cancel(reasons: [#"SIP;cause=200;text="Call completed elsewhere""#])
        ringing.interruptEvents()
        guard await callerHasAcknowledged() else {
            setOutcome(.failed)
            return await refuseReplacement(leg, .callDoesNotExist, "the caller is gone")
        }
        await putThrough(leg, incoming, relay)
    }

    /// The caller has had a final response: that of the party that rang, or the one to its own CANCEL.
    private func comeTooLate(for ringing: SIPLeg, _ leg: SIPLeg, _ incoming: ISCRequest) async {
        let isEarlyOnly = (try? incoming.request.headers.replaces())?.isEarlyOnly ?? false
        guard record.outcome == .routed, let relay, relay.has(ringing) else {
            return await refuseReplacement(leg, .callDoesNotExist, "the call is over")
        }
        guard !isEarlyOnly else { return await refuseReplacement(leg, .busyHere, "the call has been answered") }
        await replaceParty(ringing, of: relay, by: leg, incoming)
    }

    /// Nobody rings any more: nothing that was under way with that party goes on.
    private func take(from ringing: SIPLeg, _ leg: SIPLeg, _ relay: LegRelay) async {
        unacknowledged = []
        relay.replace(ringing, by: leg, description: [])
        await ringWatch?.finish()
        // Who has picked up neither rings nor gives up.
        let watch = RingWatch(over: leg, server)
        await watch.finish()
        ringWatch = watch
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
        let response: SIPResponse
        switch await describePatiently(leg, by: incoming, relay) {
        case .taken(let answer):
            response = answer
        case .refused(let refusal):
            await refuse(leg, refusal)
            return await giveUp()
        }
        let answer = answer(by: response, to: incoming)
        relay.replace(leg, by: leg, description: answer.sessionDescription ?? [])
        guard await leg.respond(.ok, answer) else {
            // Its CANCEL and the answer crossed.
            if incoming.sessionDescription == nil { await self.leg.acknowledge() }
            return await giveUp()
        }
        note("replaced", "the other party")
        setOutcome(.routed)
    }

    /// Offers that cross are made again (RFC 3261 §14.1): nobody else is there who could take the call.
    private func describePatiently(_ leg: SIPLeg, by incoming: ISCRequest, _ relay: LegRelay) async -> Described {
        // There is no session timer in the caller's dialog: our 200 has said so.
        var described = await describe(leg, by: incoming, to: self.leg, relay, hasSessionTimer: false)
        for _ in 0..<Self.mostRepetitions {
            guard case .refused(let refusal) = described, refusal.isPassing, await leg.awaitsAnswer else { break }
            try? await Task.sleep(for: .milliseconds(10 * Int.random(in: 1...200)))
            described = await describe(leg, by: incoming, to: self.leg, relay, hasSessionTimer: false)
        }
        return described
    }

    private static let mostRepetitions = 5

    /// Neither the party that rang nor the one who picked up is there any more.
    private func giveUp() async {
        setOutcome(.failed)
        var headers = SIPHeaders()
        headers.append(.reason, #"SIP;cause=480;text="Nobody has taken the call""#)
        await leg.hangUp(MessageContent(headers: headers))
    }
}

extension ISCRequest {
    /// Whether a session is not to be set up before resources are reserved (RFC 3312 §5).
    fileprivate var requiresPreconditions: Bool { request.headers.lists("precondition", in: .require) }

    /// Whether they are not.
    var awaitsResources: Bool {
        if requiresPreconditions { return true }
        guard request.headers.lists("precondition", in: .supported), let offer = sessionDescription,
            let audio = (try? SessionDescription(parsing: offer))?.activeAudio
        else { return false }
        return Preconditions(offeredIn: audio).map { !$0.areMet } ?? false
    }
}
