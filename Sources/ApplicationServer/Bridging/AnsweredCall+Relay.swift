import Logging
import Media
import NIOCore
import SDP
import SIP
import SIPTransport

/// Transfers in which we speak to the target first.
extension AnsweredCall {
    /// Passes the audio of caller and target on, as the last resort. A party that the caller had before is hung up on.
    func transferByRelay(_ attempt: TransferAttempt) async throws(TransferFailure) {
        if parties.consulted == nil { try await consult(attempt) }
        guard let called = parties.consulted, !called.isGone else { throw TransferFailure(.noAnswer, .target) }
        do {
            try await core.media.bridge(core.session, with: called.session)
        } catch {
            await dropConsulted()
            await bridgeTalking()
            throw TransferFailure(.media("\(error)"), .way)
        }
        guard !hasEnded else { throw TransferFailure(.callerGone, .call) }
        // The party may have held or hung up meanwhile.
        guard let party = parties.consulted, party.leg == called.leg, !party.isGone else {
            await core.media.release(called.session)
            await bridgeTalking()
            throw TransferFailure(.noAnswer, .target)
        }
        let former = parties.talking
        parties = RelayedParties(talking: party)
        targetEnd = nil
        await core.media.stopPlayback(core.session)
        if let former { await drop(former, .transferred) }
        await core.server.count { $0.callsRelayed += 1 }
        await core.note("relayed", "the audio of caller and target goes through here still")
        core.server.logger.warning("call relayed after a transfer", metadata: ["sip.call_id": "\(callID)"])
        releaseRetry?.cancel()
        releaseRetry = attempt.releaseRetry.map { ReleaseRetry(every: $0, by: attempt.offer) }
        retryRelease()
    }

    /// Refers the caller to the dialog that we have with the target (RFC 5589 §7.1).
    func transferAttended(_ attempt: TransferAttempt) async throws(TransferFailure) {
        if parties.consulted == nil { try await consult(attempt) }
        guard let party = parties.consulted, !party.isGone else { throw TransferFailure(.noAnswer, .target) }
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
            let isKept = attempt.keepsTarget && error.scope == .way && parties.consulted?.isGone == false
            if !isKept { await dropConsulted() }
            throw parties.consulted == nil && error.scope == .way ? TransferFailure(error.error, .target) : error
        }
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

    /// Lets caller and present target hear one another again, after somebody else had the target's place.
    private func bridgeTalking() async {
        guard let party = parties.talking else { return }
        do {
            try await core.media.bridge(core.session, with: party.session)
        } catch {
            await core.note("relay-lost", "\(error)")
        }
    }

    // MARK: The target

    /// Calls the target with a description of ours. A caller who has nobody to talk to hears it ring.
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
        parties.consulted = RelayedParty(leg: leg, session: session.id, audio: audio)
        await playRinging()
        do throws(TransferFailure) {
            guard !hasEnded else { throw TransferFailure(.callerGone, .call) }
            let answer = try await ring(leg, for: attempt.ringTime)
            parties[leg]?.answer = answer.response
            try await accept(answer.body, from: leg)
            guard !hasEnded else { throw TransferFailure(.callerGone, .call) }
        } catch {
            await dropConsulted()
            throw hasEnded ? TransferFailure(.callerGone, .call) : error
        }
        core.server.spawn { await self.follow(leg) }
    }

    /// Nobody is left in silence while a target rings.
    func playRinging() async {
        guard parties.talking == nil else { return }
        try? await core.media.play(tone: .ringback, for: .seconds(75), on: core.session, as: nextCommand())
    }

    /// Speaks to a target ourselves that was called for the caller and has answered.
    ///
    /// - Parameters:
    ///   - told: What it was told of the caller's media last.
    ///   - isFollowed: Whether somebody hears what it does already.
    /// - Returns: `false` if it does not take part; it is to be hung up on.
    func keep(_ leg: SIPLeg, told: [UInt8], isFollowed: Bool = false) async -> Bool {
        guard let session = try? await openSession() else { return false }
        var audio = session.audio
        audio.continueSession(after: told)
        let offer = audio.localDescription()
        parties.consulted = RelayedParty(leg: leg, session: session.id, audio: audio)
        do throws(TransferFailure) {
            try await accept(try await offerToTarget(offer, leg), from: leg)
        } catch {
            parties.consulted = nil
            await core.media.release(session.id)
            return false
        }
        if !isFollowed { core.server.spawn { await self.follow(leg) } }
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

    private func accept(_ answer: [UInt8], from leg: SIPLeg) async throws(TransferFailure) {
        guard var party = parties[leg] else { throw TransferFailure(.noAnswer, .target) }
        do {
            try party.audio.accept(answer)
            if let negotiated = party.audio.negotiated {
                try await core.media.setRemote(party.session, to: negotiated)
            }
        } catch {
            throw TransferFailure(.media("the target's answer: \(error)"), .target)
        }
        parties[leg]?.audio = party.audio
    }

    // MARK: The end of a party

    /// Hangs up on a party that was called and not put through, and gives its media back. A caller who waited for it
    /// hears it ring no more.
    func dropConsulted() async {
        guard let dropped = parties.consulted else { return }
        parties.consulted = nil
        if parties.talking == nil { await core.media.stopPlayback(core.session) }
        await drop(dropped)
    }

    /// Hangs up on the party whose audio is passed on.
    func dropTalking() async {
        if let dropped = takeTalking() { await drop(dropped) }
    }

    /// Another one gets the place of the party whose audio is passed on: what that party does is not heard any more.
    @discardableResult
    func takeTalking() -> RelayedParty? {
        releaseRetry?.cancel()
        releaseRetry = nil
        defer { parties.talking = nil }
        return parties.talking
    }

    func drop(_ party: RelayedParty, _ headers: SIPHeaders = SIPHeaders()) async {
        await party.leg.hangUp(MessageContent(headers: headers))
        await core.media.release(party.session)
    }

    /// A party has hung up, or its dialog is over for another reason.
    func ended(_ party: RelayedParty, _ end: DialogEnd) async {
        await core.note(end.isBye ? "bye-received" : "dialog-lost", "from the target")
        guard parties.talking?.leg == party.leg else {
            parties[party.leg]?.isGone = true
            await core.media.release(party.session)
            return
        }
        takeTalking()
        // Noted at once: after the next await the caller may have another target.
        let isWaiting = isBeingTransferred
        if isWaiting { targetEnd = end }
        await core.media.unbridge(party.session)
        await core.media.release(party.session)
        if isWaiting { await waitForNext() } else { await targetLeft(end) }
    }

    // MARK: Media

    /// Keys that one side presses are sent to the other. Who has fallen silent ends the call.
    func passOn(_ event: MediaSessionEvent) async {
        guard let party = parties.talking else { return }
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
            guard parties.talking?.session == session else { continue }
            switch notice.event {
            case .digit(let digit): try? await sendDigits(String(digit))
            case .inactive: await hangUp(reason: "SIP;cause=408;text=\"No media\"")
            default: break
            }
        }
    }
}

extension SIPHeaders {
    /// Why a party gets a BYE whose place another one has taken (RFC 3326).
    static var transferred: SIPHeaders {
        var headers = SIPHeaders()
        headers.append(.reason, "SIP;cause=200;text=\"Transferred\"")
        return headers
    }
}
