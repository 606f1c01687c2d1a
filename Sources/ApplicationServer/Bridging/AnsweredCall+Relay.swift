import Logging
import Media
import NIOCore
import SDP
import SIP
import SIPTransport

/// Another party that we have called ourselves, with a media session of its own.
struct RelayedParty: Sendable {
    let leg: SIPLeg
    let session: MediaSessionID
    var audio: CallAudio
    /// Its answer, for a REFER to its dialog; `nil` if it was called in another way before.
    var answer: SIPResponse?
    /// Whether it and the caller hear one another.
    var isConnected = false
    /// Its dialog is over, for example because the caller has taken our place in it.
    var isGone = false
}

/// Transfers in which we speak to the target first.
extension AnsweredCall {
    /// Passes the audio of caller and target on, as the last resort.
    func transferByRelay(_ attempt: TransferAttempt) async throws(TransferFailure) {
        if party == nil { try await consult(attempt) }
        guard let party, !party.isGone else { throw TransferFailure(.noAnswer, .target) }
        do {
            try await core.media.bridge(core.session, with: party.session)
        } catch {
            await dropParty()
            throw TransferFailure(.media("\(error)"), .way)
        }
        guard !hasEnded, self.party?.leg == party.leg else { throw TransferFailure(.callerGone, .call) }
        self.party?.isConnected = true
        await core.media.stopPlayback(core.session)
        await core.server.count { $0.callsRelayed += 1 }
        await core.note("relayed", "the audio of caller and target goes through here still")
        core.server.logger.warning("call relayed after a transfer", metadata: ["sip.call_id": "\(callID)"])
    }

    /// Refers the caller to the dialog that we have with the target (RFC 5589 §7.1).
    func transferAttended(_ attempt: TransferAttempt) async throws(TransferFailure) {
        if party == nil { try await consult(attempt) }
        guard let party, !party.isGone else { throw TransferFailure(.noAnswer, .target) }
        guard let answer = party.answer, let uri = Self.replacing(party.leg.request, answer) else {
            throw TransferFailure(.unreachable("the target's answer names no dialog"), .way)
        }
        if let announcement = attempt.announcement {
            try? await core.media.play(file: announcement, .announcement, on: party.session, as: nil)
            await core.media.drainPlayback(party.session, atMost: .seconds(60))
        }
        guard !hasEnded else { throw TransferFailure(.callerGone, .call) }
        var attempt = attempt
        // The target has been told already.
        attempt.handOver = nil
        do throws(TransferFailure) {
            try await refer(to: uri, attempt)
        } catch {
            let isKept = attempt.keepsTarget && error.scope == .way && self.party?.isGone == false
            if !isKept { await dropParty() }
            throw self.party == nil && error.scope == .way ? TransferFailure(error.error, .target) : error
        }
        await hangUp()
    }

    /// The target's Contact with the dialog that an INVITE there is to take the place of (RFC 3891 §3).
    private static func replacing(_ invite: SIPRequest, _ answer: SIPResponse) -> SIPURI? {
        guard let contact = try? answer.headers.addresses(.contact).first, let callID = invite.headers.first(.callID),
            let toTag = try? answer.headers.address(.to).tag, let fromTag = try? invite.headers.address(.from).tag
        else { return nil }
        var uri = contact.uri
        uri.appendHeaderField(
            HeaderName.replaces.rawValue,
            Replaces(callID: callID, toTag: toTag, fromTag: fromTag).description
        )
        uri.appendHeaderField(HeaderName.require.rawValue, "replaces")
        return uri
    }

    // MARK: The target

    /// Calls the target with a description of ours. The caller hears it ring.
    private func consult(_ attempt: TransferAttempt) async throws(TransferFailure) {
        let session = try await openSession()
        var audio = session.audio
        let leg: SIPLeg
        do throws(TransferFailure) {
            leg = try await invite(attempt, describing: audio.localDescription())
        } catch {
            await core.media.release(session.id)
            throw error
        }
        party = RelayedParty(leg: leg, session: session.id, audio: audio)
        try? await core.media.play(tone: .ringback, for: .seconds(75), on: core.session, as: nextCommand())
        do throws(TransferFailure) {
            guard !hasEnded else { throw TransferFailure(.callerGone, .call) }
            let answer = try await ring(leg, for: attempt.ringTime)
            party?.answer = answer.response
            try await acceptFromParty(answer.body)
            guard !hasEnded else { throw TransferFailure(.callerGone, .call) }
        } catch {
            await core.media.stopPlayback(core.session)
            await dropParty()
            throw hasEnded ? TransferFailure(.callerGone, .call) : error
        }
        core.server.spawn { await self.followParty(leg) }
    }

    /// Speaks to a target ourselves that was called for the caller and has answered.
    ///
    /// - Returns: `false` if it does not take part; it is to be hung up on.
    func keep(_ leg: SIPLeg) async -> Bool {
        guard let session = try? await openSession() else { return false }
        var audio = session.audio
        let offer = audio.localDescription()
        party = RelayedParty(leg: leg, session: session.id, audio: audio)
        do throws(TransferFailure) {
            try await acceptFromParty(try await offerToTarget(offer, leg))
        } catch {
            party = nil
            await core.media.release(session.id)
            return false
        }
        core.server.spawn { await self.followParty(leg) }
        return true
    }

    private func openSession() async throws(TransferFailure) -> (id: MediaSessionID, audio: CallAudio) {
        partyCount += 1
        let id = MediaSessionID("\(core.session)-\(partyCount)")
        let events = await core.media.open(id)
        do {
            let address = try await core.media.allocateLeg(id)
            core.server.spawn { await self.followMedia(of: id, events) }
            let configuration = core.server.configuration
            let audio = CallAudio(
                address: address,
                codecs: configuration.codecs,
                protection: configuration.protection
            )
            return (id, audio)
        } catch {
            await core.media.release(id)
            throw TransferFailure(.media("\(error)"), .way)
        }
    }

    private func acceptFromParty(_ answer: [UInt8]) async throws(TransferFailure) {
        guard var audio = party?.audio, let session = party?.session else { throw TransferFailure(.noAnswer, .target) }
        do {
            try audio.accept(answer)
            if let negotiated = audio.negotiated { try await core.media.setRemote(session, to: negotiated) }
        } catch {
            throw TransferFailure(.media("the target's answer: \(error)"), .target)
        }
        party?.audio = audio
    }

    /// Hangs up on the party and gives its media back.
    func dropParty() async {
        guard let dropped = party else { return }
        party = nil
        await dropped.leg.hangUp()
        await core.media.release(dropped.session)
    }

    // MARK: Following

    /// Keys that one side presses are sent to the other. Who has fallen silent ends the call.
    func passOn(_ event: MediaSessionEvent) async {
        guard let party, party.isConnected else { return }
        switch event {
        case .digit(let digit):
            try? await core.media.sendDigits(String(digit), on: party.session, as: nil)
        case .inactive:
            await hangUp(reason: "SIP;cause=408;text=\"No media\"")
        default:
            break
        }
    }

    private func followMedia(of session: MediaSessionID, _ events: AsyncStream<MediaSessionNotice>) async {
        for await notice in events {
            guard party?.session == session, party?.isConnected == true else { continue }
            switch notice.event {
            case .digit(let digit): try? await sendDigits(String(digit))
            case .inactive: await hangUp(reason: "SIP;cause=408;text=\"No media\"")
            default: break
            }
        }
    }

    private func followParty(_ leg: SIPLeg) async {
        for await event in leg.events {
            guard party?.leg == leg else {
                if case .request(let incoming) = event { await incoming.respond(.callDoesNotExist) }
                continue
            }
            switch event {
            case .request(let incoming):
                await answer(incoming)
            case .acknowledged(let ack):
                if !ack.body.isEmpty { try? await acceptFromParty(ack.body) }
            case .ended:
                await partyEnded()
            case .sessionRefreshDue:
                guard let offer = party?.audio.refresh() else { break }
                if let answer = try? await offerToTarget(offer, leg) { try? await acceptFromParty(answer) }
            case .provisional, .answered, .rejected, .failed, .cancelled:
                break
            }
        }
    }

    private func partyEnded() async {
        guard let ended = party else { return }
        await core.note("bye-received", "from the target")
        party?.isGone = true
        await core.media.release(ended.session)
        guard ended.isConnected else { return }
        party = nil
        await core.releaseMedia()
        finish(.transferred)
        await self.leg.hangUp()
    }

    /// A request of the party inside its dialog: hold, retrieve, another address, a key.
    private func answer(_ incoming: InDialogRequest) async {
        guard var audio = party?.audio, let session = party?.session else {
            return await incoming.respond(.callDoesNotExist)
        }
        switch incoming.request.method {
        case .invite where incoming.request.body.isEmpty:
            audio.reoffer()
            let offer = audio.localDescription()
            party?.audio = audio
            await incoming.respond(.ok, .sdp(offer))
        case .invite, .update:
            guard !incoming.request.body.isEmpty else { return await incoming.respond(.ok) }
            do {
                try audio.answer(incoming.request.body)
                if let negotiated = audio.negotiated { try await core.media.setRemote(session, to: negotiated) }
            } catch {
                return await incoming.respond(.notAcceptableHere)
            }
            let answer = audio.localDescription()
            party?.audio = audio
            await incoming.respond(.ok, .sdp(answer))
        case .options:
            await incoming.respond(.ok)
        case .refer:
            await incoming.respond(.decline)
        default:
            await incoming.respond(.notImplemented)
        }
    }
}
