import Media
import SDP
import SIP
import SIPTransport

extension CallCore {
    /// Sends the answer in a reliable 183 and waits until the caller has reserved what its session needs (RFC 3312 §5,
    /// TS 24.229 §5.1.4.1): it says so in an offer of UPDATE or PRACK.
    ///
    /// - Returns: What is negotiated then.
    /// - Throws: ``CallError/callerGone``, ``CallError/preconditionFailure``; the caller has its final response, and
    ///   nothing is left behind.
    func awaitPreconditions(_ negotiated: CallAudio) async throws -> CallAudio {
        var audio = negotiated
        note("preconditions", "waiting for the caller's resources")
        await leg.respond(
            .sessionProgress, .sdp(audio.localDescription(), headers: chargingContent.headers), reliably: true)
        let limit = server.configuration.preconditionTime
        let met: CallAudio? = await withTaskGroup(of: Void.self) { group in
            group.addTask { [leg] in
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                await leg.respond(.preconditionFailure)
            }
            defer { group.cancelAll() }
            for await event in leg.events {
                guard case .request(let incoming) = event else { continue }
                await answerEarly(incoming, &audio)
                if !audio.awaitsPreconditions { return audio }
            }
            return nil
        }
        guard let met else {
            // The stream has ended: CANCEL, BYE, no PRACK, or our 580.
            let isCancelled = await leg.wasCancelled
            setOutcome(isCancelled ? .cancelled : .rejected)
            await release()
            throw isCancelled ? CallError.callerGone : CallError.preconditionFailure
        }
        note("preconditions", "met")
        return met
    }

    /// A request of the caller's in the early dialog: another offer, or nothing that matters here.
    func answerEarly(_ incoming: InDialogRequest, _ audio: inout CallAudio) async {
        guard incoming.request.method.isKnownInDialog else { return await incoming.refuseMethod() }
        guard incoming.request.bringsContent else { return await incoming.respond(.ok) }
        guard let offer = incoming.request.sessionDescription else { return await incoming.refuseContent() }
        var changed = audio
        do {
            try changed.answer(offer)
            if let negotiated = changed.negotiated { try await media.setRemote(session, to: negotiated) }
        } catch {
            note("offer-refused", "\(error)")
            await incoming.respond(.notAcceptableHere)
            return
        }
        audio = changed
        await incoming.respond(.ok, .sdp(audio.localDescription()))
    }
}

extension SIPMethod {
    /// Methods that a user agent here answers inside a dialog although they bring nothing.
    fileprivate var isKnownInDialog: Bool { self == .update || self == .prack || self == .info || self == .options }
}
