import IMS
import Media
import NIOCore
import SDP
import SIP
import SIPTransport

/// The 2xx of a target.
struct TargetAnswer: Sendable {
    let description: SessionDescription
    /// The same as it came.
    let body: [UInt8]
    let response: SIPResponse
}

/// Third-party call control (RFC 3725).
extension AnsweredCall {
    func transferByReinvite(_ attempt: TransferAttempt) async throws(TransferFailure) {
        let known = audio.remoteDescription
        let other = try await invite(attempt, describing: known)
        guard !hasEnded else {
            await other.hangUp()
            throw TransferFailure(.callerGone, .call)
        }
        let relay = makeRelay(to: other, describing: known)
        bridge = Bridge(relay: relay)
        await playRinging()
        let confirmation: NIODeadline
        var hasAnswered = false
        do throws(TransferFailure) {
            let answer = try await ring(other, for: attempt.ringTime)
            hasAnswered = true
            guard !hasEnded else { throw TransferFailure(.callerGone, .call) }
            bridge?.phase = .moving
            confirmation = try await moveCaller(to: answer.description, known: known, over: relay, by: attempt.offer)
        } catch {
            if hasAnswered, error.scope == .way, attempt.keepsTarget, !hasEnded {
                let told = relay.description(toldTo: other)
                bridge = nil
                if await keep(other, told: told) { throw error }
            }
            await other.hangUp()
            await core.media.stopPlayback(core.session)
            bridge = nil
            throw hasEnded ? TransferFailure(.callerGone, .call) : error
        }
        await leave(to: other, confirmedAt: confirmation)
    }

    /// Between the caller's dialog and a target's.
    ///
    /// - Parameter description: What the target was told of the caller's media.
    func makeRelay(to other: SIPLeg, describing description: [UInt8]) -> LegRelay {
        LegRelay(server: core.server, first: leg, second: other, description: description, sessionTimer: .own) {
            [weak self] content in
            await self?.readdressed(content) ?? content
        }
    }

    /// Caller and target talk directly from now on. What becomes of a party that the caller had before does not concern
    /// them.
    func leave(to other: SIPLeg, confirmedAt confirmation: NIODeadline) async {
        let former = takeTalking()
        targetEnd = nil
        nextTarget = nil
        bridge?.phase = .connected
        await leg.relayPRACK()
        await core.releaseMedia(confirmedAt: confirmation)
        if let former { await drop(former, .transferred) }
        await core.note("media-path", "caller and target talk directly")
        core.server.spawn { await self.follow(other) }
    }

    // MARK: The target

    /// Calls the target with a description and what is handed over.
    ///
    /// - Throws: ``CallError/unreachable(_:)``; ``CallError/media(_:)`` while the caller has described nothing.
    func invite(_ attempt: TransferAttempt, describing description: [UInt8]) async throws(TransferFailure) -> SIPLeg {
        guard !description.isEmpty else { throw TransferFailure(.media("the caller's answer is still to come"), .way) }
        let resolved: ResolvedRoute
        do {
            resolved = try ResolvedRoute(attempt.target, for: core)
        } catch {
            throw TransferFailure(error as? CallError ?? .unreachable(attempt.target.text), .target)
        }
        do throws(RouteingB2BUA.Refusal) {
            var invite = try RouteingB2BUA.request(
                for: core.request,
                requestURI: resolved.requestURI,
                routes: resolved.routes
            )
            resolved.claim(&invite.headers)
            invite.body = description
            invite.headers.set(.contentType, "application/sdp")
            // Our own body, or none: what was said of the caller's does not hold for it.
            invite.headers.removeAll(.contentDisposition)
            attempt.handOver?.write(into: &invite, beside: description)
            // The target's session has a timer of its own.
            invite.headers.removeAll(.sessionExpires)
            invite.headers.removeAll(.minSE)
            // The caller's resources are there already; nothing is left to wait for.
            invite.headers.removeOption("precondition", from: .supported)
            invite.headers.removeOption("precondition", from: .require)
            return await core.server.stack.invite(invite, to: resolved.hop)
        } catch {
            throw TransferFailure(.unreachable("\(attempt.target.text): \(error)"), .target)
        }
    }

    /// Waits for the target's answer and acknowledges it.
    ///
    /// - Throws: ``CallError/refused(_:)``, ``CallError/noAnswer``; ``CallError/media(_:)`` when the answer describes
    ///   nothing that the caller can be told.
    func ring(_ other: SIPLeg, for time: Duration) async throws(TransferFailure) -> TargetAnswer {
        let watch = RingWatch(over: other, core.server, for: time)
        await watch.start()
        // A 2xx need not repeat what a reliable provisional response has said (RFC 6337 §2.2).
        var described: [UInt8] = []
        for await event in other.events {
            switch event {
            case .provisional(let response):
                await watch.heard()
                if response.isReliableProvisional {
                    described = response.sessionDescription ?? described
                    core.server.spawn { _ = try? await other.acknowledgeProvisional(response) }
                }
                if response.status > .trying { await core.note("\(response.status)", "from the target") }
            case .answered(let response):
                await watch.finish()
                await core.note("200", "from the target")
                await other.acknowledge()
                await other.setRequestFields(core.chargingFields(as: other.request))
                do {
                    let body = response.sessionDescription ?? described
                    return TargetAnswer(
                        description: try SessionDescription(parsing: body),
                        body: body,
                        response: response
                    )
                } catch {
                    throw TransferFailure(.media("the target's answer: \(error)"), .target)
                }
            case .rejected(let response):
                await watch.finish()
                // 487 to a CANCEL of ours is no refusal.
                throw TransferFailure(await watch.hasGivenUp ? .noAnswer : .refused(response.status.rawValue), .target)
            case .failed:
                await watch.finish()
                throw TransferFailure(.noAnswer, .target)
            case .request(let incoming):
                await incoming.answerWhileRinging()
            case .cancelled, .acknowledged, .ended, .sessionRefreshDue:
                break
            }
        }
        await watch.finish()
        throw TransferFailure(.noAnswer, .target)
    }

    // MARK: The caller

    /// Offers the target's description to the caller, and the caller's answer to the target when it differs from
    /// what the target knows.
    ///
    /// - Parameter known: What the target was told of the caller's media.
    /// - Returns: When the new media path was confirmed.
    /// - Throws: The caller's media is with us then, or the call is over.
    func moveCaller(
        to description: SessionDescription,
        known: [UInt8],
        over relay: LegRelay,
        by offer: TransferPlan.Offer
    ) async throws(TransferFailure) -> NIODeadline {
        let response = try await offerToCaller(by: offer) { $0.relay(description).serialized() }
        var confirmation = NIODeadline.now()
        let told = response.sessionDescription ?? []
        audio.setRemoteDescription(told)
        guard let answer = try? SessionDescription(parsing: told),
            !Self.sendsToSamePlace(known, answer)
        else { return confirmation }
        do throws(TransferFailure) {
            try await offerToTarget(relay.told(.sdp(told), to: relay.second).body, relay.second)
            confirmation = .now()
        } catch {
            await takeCallerBack()
            throw error
        }
        return confirmation
    }

    /// Sends an offer to the caller and acknowledges the answer. What the caller is told holds from then on; an offer that
    /// is refused leaves the session as it was (RFC 3261 §14.1).
    ///
    /// - Parameter describe: Makes the offer of what the caller knows, anew for each try: an offer of the caller's that was
    ///   open at the first one has got a version of ours as its answer (RFC 3264 §8).
    /// - Throws: ``CallError/refused(_:)``; ``CallError/callerGone`` when the dialog is over on either side, or the caller
    ///   is silent.
    func offerToCaller(
        by way: TransferPlan.Offer,
        _ describe: (inout CallAudio) -> [UInt8]
    ) async throws(TransferFailure) -> SIPResponse {
        var offered = audio
        let response: SIPResponse
        do {
            response = try await offerToCaller(by: way) {
                offered = audio
                return describe(&offered)
            }
        } catch SIPLegError.offerPending {
            throw TransferFailure(.refused(StatusCode.requestPending.rawValue), .way)
        } catch {
            throw TransferFailure(.callerGone, .call)
        }
        guard !response.status.endsCall(of: .invite) else { throw TransferFailure(.callerGone, .call) }
        guard response.status.isSuccess else { throw TransferFailure(.refused(response.status.rawValue), .way) }
        audio = offered
        return response
    }

    private func offerToCaller(by way: TransferPlan.Offer, _ describe: () -> [UInt8]) async throws -> SIPResponse {
        // The Call-ID is the caller's.
        if way == .update, leg.request.headers.lists("UPDATE", in: .allow) {
            let response = try await offer(on: leg, by: .update, glare: 0...2_000, describe)
            if !Self.wantsReinvite(response.status) { return response }
        }
        let response = try await offer(on: leg, by: .invite, glare: 0...2_000, describe)
        if response.status.isSuccess { await leg.acknowledge() }
        return response
    }

    /// 504 says that the user has to be asked (RFC 3311 §5.2); the others that UPDATE is not known after all.
    private static func wantsReinvite(_ status: StatusCode) -> Bool {
        status == .serverTimeout || status == .methodNotAllowed || status == .notImplemented
    }

    /// - Returns: The target's answer.
    /// - Throws: ``CallError/refused(_:)``; ``CallError/noAnswer`` when the target is gone or silent.
    @discardableResult
    func offerToTarget(_ offer: [UInt8], _ other: SIPLeg) async throws(TransferFailure) -> [UInt8] {
        let response: SIPResponse
        do {
            response = try await self.offer(on: other, by: .invite, glare: 2_100...4_000) { offer }
        } catch {
            throw TransferFailure(.noAnswer, .target)
        }
        guard response.status.isSuccess else { throw TransferFailure(.refused(response.status.rawValue), .way) }
        await other.acknowledge()
        return response.sessionDescription ?? []
    }

    /// Sends an offer, and after glare once more. An offer of the other side's that has no answer yet is waited for.
    ///
    /// - Parameters:
    ///   - glare: Milliseconds to wait then; the owner of the Call-ID waits longer (RFC 3261 §14.1).
    ///   - describe: Makes the offer, anew for each try.
    /// - Throws: ``SIPLegError``, ``TransactionFailure``.
    private func offer(
        on leg: SIPLeg,
        by method: SIPMethod,
        glare: ClosedRange<Int>,
        _ describe: () -> [UInt8]
    ) async throws -> SIPResponse {
        var hasCrossed = false
        var triesLeft = Self.triesOfOffer
        while true {
            triesLeft -= 1
            do {
                let response = try await leg.request(method, .sdp(describe()))
                guard response.status == .requestPending, !hasCrossed, triesLeft > 0 else { return response }
                hasCrossed = true
            } catch SIPLegError.offerPending where triesLeft > 0 {
                // A hold, for example, came first.
            }
            try? await Task.sleep(for: .milliseconds(Int.random(in: glare) / 10 * 10))
        }
    }

    private static let triesOfOffer = 5

    /// Brings the caller's media back to us; a caller who cannot be brought back is hung up on.
    func takeCallerBack() async {
        do {
            try await bringCallerBack()
        } catch {
            await core.note("caller-lost", "\(error)")
            await hangUp(reason: "SIP;cause=503;text=\"Transfer failed\"")
        }
    }

    /// A description of the target's with our origin: to the caller it is one session, whoever's media it names
    /// (RFC 3264 §8).
    func readdressed(_ content: MessageContent) -> MessageContent {
        guard let body = content.sessionDescription, let description = try? SessionDescription(parsing: body) else {
            return content
        }
        var content = content
        content.replaceSessionDescription(with: audio.relay(description).serialized())
        return content
    }

    static func sendsToSamePlace(_ known: [UInt8], _ answer: SessionDescription) -> Bool {
        guard let before = try? SessionDescription(parsing: known), let old = before.activeAudio,
            let new = answer.activeAudio
        else { return false }
        return old.port == new.port && old.formats.first == new.formats.first
            && before.direction(of: old) == answer.direction(of: new)
            && before.connection(of: old)?.address == answer.connection(of: new)?.address
            && answer.hasSameProtection(as: before)
    }
}
