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
    private func replaceParty(
        _ replaced: SIPLeg,
        of relay: LegRelay,
        by leg: SIPLeg,
        _ incoming: ISCRequest
    ) async {
        let other = relay.other(than: replaced)
        let request = incoming.request
        guard let response = await describe(leg, by: request, to: other, relay) else { return }
        let answer = RouteingB2BUA.content(from: response.headers, body: response.body)
        relay.replace(replaced, by: leg, description: response.sessionDescription ?? [])
        guard await leg.respond(.ok, answer) else {
            // The CANCEL and the answer crossed; nothing has changed for the party that was to be replaced.
            relay.replace(leg, by: replaced, description: response.sessionDescription ?? [])
            if request.body.isEmpty { await other.acknowledge() }
            if let back = try? await other.request(.invite, relay.restored(for: other)), back.status.isSuccess {
                await other.acknowledge()
            }
            note("replaces-cancelled")
            return
        }
        if replaced == currentLeg { currentLeg = leg }
        note("replaced", replaced == self.leg ? "the caller" : "the other party")
        await replaced.hangUp(MessageContent(headers: .replaced))
    }

    /// Offers what a new party's INVITE describes to the one who stays.
    ///
    /// - Returns: What that one has answered: with the answer, or with an offer, which the ACK of the new party answers.
    ///   `nil` if it takes no change; the new party has been told.
    func describe(
        _ leg: SIPLeg,
        by request: SIPRequest,
        to other: SIPLeg,
        _ relay: LegRelay
    ) async -> SIPResponse? {
        relay.beginReplacement(towards: other)
        var content = RouteingB2BUA.content(from: request.headers, body: request.body)
        content.headers.removeAll(.replaces)
        content.headers.removeOption("replaces", from: .require)
        let response: SIPResponse
        do {
            response = try await other.request(.invite, relay.told(content, to: other))
        } catch SIPLegError.offerPending {
            await refuseReplacement(leg, .temporarilyUnavailable, "an offer is open in the call")
            return nil
        } catch {
            await refuseReplacement(leg, .temporarilyUnavailable, "the other party does not answer")
            return nil
        }
        guard response.status.isSuccess else {
            let status = response.status == .requestPending ? .temporarilyUnavailable : response.status
            await refuseReplacement(leg, status, "the other party refuses the change")
            return nil
        }
        // Without an offer in the INVITE, the ACK of the new party brings the answer.
        if !request.body.isEmpty || response.body.isEmpty { await other.acknowledge() }
        return response
    }

    func refuseReplacement(_ leg: SIPLeg, _ status: StatusCode, _ why: String) async {
        note("replaces-refused", why)
        await leg.respond(status, MessageContent(headers: .warning(why)))
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
