import IMS
import SIP
import SIPTransport

extension CallCore {
    /// Whether `leg` is one that somebody may take the place of.
    func takesPart(_ leg: SIPLeg) -> Bool { leg == currentLeg || relay?.has(leg) == true }

    /// Puts the caller of an INVITE with Replaces in the place of one of the parties (RFC 3891 §3, §4). The INVITE gets
    /// its final response here.
    func replace(_ replaced: SIPLeg, by leg: SIPLeg, _ incoming: ISCRequest) async {
        guard !isBeingReplaced else {
            await leg.respond(.temporarilyUnavailable, MessageContent(headers: .warning("another party is replacing")))
            return
        }
        isBeingReplaced = true
        defer { isBeingReplaced = false }
        note("replaces", "\(incoming.request.headers.first(.from) ?? "")")
        if let answered {
            await answered.replaceCaller(by: leg, incoming)
        } else if let relay {
            await replaceParty(replaced, of: relay, by: leg, incoming)
        } else {
            await leg.respond(.callDoesNotExist)
        }
    }

    /// Offers the new party's description to the one who stays, and that one's answer to the new party.
    func replaceParty(
        _ replaced: SIPLeg,
        of relay: LegRelay,
        by leg: SIPLeg,
        _ incoming: ISCRequest
    ) async {
        let other = relay.other(than: replaced)
        guard !incoming.awaitsResources else {
            return await refuseReplacement(leg, .preconditionFailure, "resources have to be reserved before")
        }
        let known = relay.descriptions(ofSender: replaced, toldReceiver: other)
        let response: SIPResponse
        switch await describe(leg, by: incoming, to: other, relay) {
        case .taken(let answer):
            response = answer
        case .refused(let refusal):
            relay.forget(toldTo: other, known)
            return await refuse(leg, refusal)
        }
        // Without an offer in the INVITE, the ACK of the new party brings the answer.
        let isAnswerDue = incoming.sessionDescription == nil && response.sessionDescription != nil
        let answer = answer(by: response, to: incoming)
        guard await leg.respond(.ok, answer) else {
            // The CANCEL and the answer crossed; nothing has changed for the party that was to be replaced.
            note("replaces-cancelled")
            return await relay.takeBack(response, by: other, from: replaced, known, isAnswerDue: isAnswerDue)
        }
        relay.replace(replaced, by: leg, description: answer.sessionDescription ?? [])
        if replaced == currentLeg { currentLeg = leg }
        note("replaced", replaced == self.leg ? "the caller" : "the other party")
        await replaced.hangUp(MessageContent(headers: .replaced))
    }

    /// What has come of an offer for a new party.
    enum Described {
        /// With the answer, or with an offer, which the ACK of the new party answers.
        case taken(SIPResponse)
        case refused(DescriptionRefusal)
    }

    /// Why the one who stays does not hear of a new party.
    struct DescriptionRefusal {
        let status: StatusCode
        let why: String
        /// What the new party has to know.
        var headers = SIPHeaders()
        /// Another time it may be taken.
        var isPassing = false
    }

    /// Offers what a new party's INVITE describes to the one who stays. The CANCEL of that INVITE takes the offer back.
    func describe(
        _ leg: SIPLeg,
        by incoming: ISCRequest,
        to other: SIPLeg,
        _ relay: LegRelay,
        hasSessionTimer: Bool = true
    ) async -> Described {
        relay.beginReplacement(towards: other)
        let request = incoming.request
        var content = RouteingB2BUA.content(from: request.headers, body: request.body)
        content.headers.removeAll(.replaces)
        content.headers.removeOption("replaces", from: .require)
        if !hasSessionTimer {
            content.headers.removeAll(.sessionExpires)
            content.headers.removeAll(.minSE)
        }
        // Both belong to the dialog that they came in (TS 24.229 §5.7.2, RFC 5502).
        content.headers.removeAll(.pServedUser)
        content.headers.removeAll(.pChargingVector)
        content.headers.copy(.pChargingVector, from: chargingFields(as: other.request))
        if content.body.isEmpty { content.refuseReliableProvisionals() }
        let response: SIPResponse
        do {
            response = try await other.request(.invite, relay.told(content, to: other), for: leg)
        } catch SIPLegError.offerPending {
            return .refused(.passing("an offer is open in the call"))
        } catch {
            return .refused(DescriptionRefusal(status: .temporarilyUnavailable, why: "the other party does not answer"))
        }
        guard response.status.isSuccess else {
            if response.status == .requestPending { return .refused(.passing("the other party makes an offer")) }
            // What these say is for who was asked.
            let isOurs = response.status == .unauthorized || response.status == .proxyAuthenticationRequired
            let status = isOurs || response.status.category == .redirection ? .temporarilyUnavailable : response.status
            var refusal = DescriptionRefusal(status: status, why: "the other party refuses the change")
            refusal.headers.copy(.minSE, from: response.headers)
            return .refused(refusal)
        }
        // Without an offer in the INVITE, the ACK of the new party brings the answer.
        if incoming.sessionDescription != nil || response.sessionDescription == nil { await other.acknowledge() }
        return .taken(response)
    }

    /// What the one who stays has said, for the new party.
    func answer(by response: SIPResponse, to incoming: ISCRequest) -> MessageContent {
        var answer = RouteingB2BUA.content(from: response.headers, body: response.body)
        if let offer = incoming.sessionDescription { answer.answer(offer) }
        return answer
    }

    func refuse(_ leg: SIPLeg, _ refusal: DescriptionRefusal) async {
        note("replaces-refused", refusal.why)
        var headers = refusal.headers
        headers.copy(.warning, from: .warning(refusal.why))
        await leg.respond(refusal.status, MessageContent(headers: headers))
    }

    func refuseReplacement(_ leg: SIPLeg, _ status: StatusCode, _ why: String) async {
        await refuse(leg, DescriptionRefusal(status: status, why: why))
    }
}

extension CallCore.DescriptionRefusal {
    fileprivate static func passing(_ why: String) -> Self {
        Self(status: .temporarilyUnavailable, why: why, isPassing: true)
    }
}

extension AnsweredCall {
    /// Goes on with another caller: engine and media session stay, our side is described anew.
    func replaceCaller(by newLeg: SIPLeg, _ incoming: ISCRequest) async {
        guard !hasEnded else {
            await newLeg.respond(.decline)
            return
        }
        guard bridge == nil else {
            let why = "a party of a call that was transferred is not replaced"
            await newLeg.respond(.notAcceptableHere, MessageContent(headers: .warning(why)))
            return
        }
        let missing = CallCore.unsupportedOptions(in: incoming.request)
        guard missing.isEmpty else {
            await newLeg.respond(.badExtension, MessageContent(headers: CallCore.unsupported(missing)))
            return
        }
        let requiresPreconditions = incoming.request.headers.lists("precondition", in: .require)
        var fresh = audio.forAnotherParty(usesPreconditions: requiresPreconditions)
        if let offer = incoming.sessionDescription {
            do {
                try fresh.answer(offer)
                guard !fresh.awaitsPreconditions else {
                    let why = "the resources have to be reserved before a party is replaced"
                    await newLeg.respond(.preconditionFailure, MessageContent(headers: .warning(why)))
                    return
                }
                if let negotiated = fresh.negotiated {
                    try await core.media.setRemote(core.session, to: negotiated)
                }
            } catch {
                await core.note("offer-refused", "\(error)")
                await newLeg.respond(.notAcceptableHere)
                return
            }
        }
        let headers = core.chargingAnswer(to: incoming.request)
        guard await newLeg.respond(.ok, .sdp(fresh.localDescription(), headers: headers)) else {
            if let negotiated = audio.negotiated { try? await core.media.setRemote(core.session, to: negotiated) }
            return
        }
        audio = fresh
        await newLeg.setRequestFields(core.chargingFields(as: incoming.request))
        let replaced = leg
        await moved(to: newLeg, incoming)
        await core.note("replaced", "the caller")
        await replaced.hangUp(MessageContent(headers: .replaced))
    }
}

extension SIPHeaders {
    /// Why the replaced party gets a BYE (RFC 3326).
    fileprivate static var replaced: SIPHeaders {
        var headers = SIPHeaders()
        headers.append(.reason, "SIP;cause=200;text=\"Replaced\"")
        return headers
    }
}
