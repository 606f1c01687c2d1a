import Media
import SIP
import SIPTransport

/// Requests inside the dialogs whose media is with us: the caller's, and those of parties that we have called.
extension AnsweredCall {
    /// What we speak with the other side of a leg.
    func audio(of leg: SIPLeg) -> CallAudio? { leg == self.leg ? audio : parties[leg]?.audio }

    private func setAudio(_ audio: CallAudio, of leg: SIPLeg) {
        if leg == self.leg { self.audio = audio } else { parties[leg]?.audio = audio }
    }

    func session(of leg: SIPLeg) -> MediaSessionID? { leg == self.leg ? core.session : parties[leg]?.session }

    func answer(_ incoming: InDialogRequest, of leg: SIPLeg) async {
        let missing = CallCore.unsupportedOptions(in: incoming.request)
        guard missing.isEmpty else {
            return await incoming.respond(.badExtension, MessageContent(headers: CallCore.unsupported(missing)))
        }
        switch incoming.request.method {
        case .invite, .update:
            await answerOffer(incoming, of: leg)
        case .info:
            await answerInfo(incoming, of: leg)
        case .options:
            await incoming.respond(.ok, MessageContent(headers: CallCore.capabilities))
        case .notify:
            guard leg == self.leg, let referral, referral.isReported(by: incoming.request) else {
                return await incoming.respond(.callDoesNotExist)
            }
            referral.notifications.yield(incoming.request)
            await incoming.respond(.ok)
        case .refer:
            // The engine's side decides on transfers.
            await incoming.respond(.decline)
        default:
            await incoming.refuseMethod()
        }
    }

    /// A re-INVITE or UPDATE: hold, retrieve, another address (RFC 3261 §14.2, RFC 3311).
    private func answerOffer(_ incoming: InDialogRequest, of leg: SIPLeg) async {
        guard var changed = audio(of: leg), let session = session(of: leg) else {
            return await incoming.respond(.callDoesNotExist)
        }
        let wasHeld = changed.isHeld
        guard incoming.request.bringsContent else {
            guard incoming.request.method == .invite else { return await incoming.respond(.ok) }
            changed.reoffer()
            let offer = changed.localDescription()
            setAudio(changed, of: leg)
            return await incoming.respond(.ok, .sdp(offer))
        }
        guard let description = incoming.request.sessionDescription else { return await incoming.refuseContent() }
        do {
            try changed.answer(description)
            if let negotiated = changed.negotiated { try await core.media.setRemote(session, to: negotiated) }
        } catch {
            // RFC 3261 §14.2: the session stays as it was.
            await core.note("offer-refused", "\(error)")
            return await incoming.respond(.notAcceptableHere)
        }
        let answer = changed.localDescription()
        setAudio(changed, of: leg)
        await incoming.respond(.ok, .sdp(answer))
        retryRelease(soon: true)
        guard changed.isHeld != wasHeld else { return }
        let isCaller = leg == self.leg
        await core.note(changed.isHeld ? "hold" : "retrieve", isCaller ? "" : "by the target")
        if isCaller { callerHolds(changed.isHeld) }
    }

    /// The ACK brings the answer when our 200 brought the offer.
    ///
    /// - Returns: `false` if it is none that we can take: the leg is to be hung up on.
    func acceptDelayedAnswer(_ ack: SIPRequest, of leg: SIPLeg) async -> Bool {
        guard let answer = ack.sessionDescription, var changed = audio(of: leg), let session = session(of: leg) else {
            return true
        }
        do {
            try changed.accept(answer)
            // At once: with the ACK an offer of ours may go out, which is made of what is known here.
            setAudio(changed, of: leg)
            if let negotiated = changed.negotiated { try await core.media.setRemote(session, to: negotiated) }
        } catch {
            await core.note("answer-refused", "\(error)")
            return false
        }
        return true
    }

    /// Keeps the session of a leg alive by a re-INVITE that changes nothing (RFC 4028 §7.4).
    func refreshSession(of leg: SIPLeg) async {
        guard var offered = audio(of: leg) else { return }
        let offer = offered.refresh()
        setAudio(offered, of: leg)
        guard let response = try? await leg.request(.invite, .sdp(offer)), response.status.isSuccess else { return }
        await leg.acknowledge()
        guard var changed = audio(of: leg), let answer = response.sessionDescription else { return }
        if leg == self.leg, bridge?.isConnected == true {
            changed.setRemoteDescription(answer)
        } else {
            try? changed.accept(answer)
        }
        setAudio(changed, of: leg)
    }
}

extension CallAudio {
    /// The peer wants to hear nothing of us.
    fileprivate var isHeld: Bool { negotiated.map { !$0.direction.sends } ?? false }
}

extension InDialogRequest {
    /// A method that is not taken here, or not known at all (RFC 3261 §8.2.1, §21.5.2).
    func refuseMethod() async {
        await respond(SIPMethod.registered.contains(request.method) ? .methodNotAllowed : .notImplemented)
    }

    /// A body without a session description that we can read (RFC 3261 §8.2.3).
    func refuseContent() async { await respond(.unsupportedMediaType, MessageContent(headers: .acceptedContent)) }
}

extension SIPHeaders {
    /// What bodies we take, for 415.
    static var acceptedContent: SIPHeaders {
        var headers = SIPHeaders()
        headers.append(.accept, "application/sdp, multipart/mixed")
        headers.append(.acceptEncoding, "identity")
        return headers
    }
}
