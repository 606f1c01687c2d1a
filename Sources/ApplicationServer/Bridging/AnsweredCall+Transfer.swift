import IMS
import Media
import SDP
import SIP
import SIPTransport

/// How a call leaves our media path.
public enum TransferMethod: String, Sendable, Hashable, CaseIterable {
    /// Third-party call control: INVITE to the target, re-INVITE to the caller (RFC 3725). We stay in signalling.
    case reinvite
    /// REFER to the caller's side (RFC 3515). We leave the call.
    case refer
}

extension AnsweredCall {
    /// Sends the call on to another party. The caller stays with us when it fails.
    ///
    /// By ``TransferMethod/reinvite`` it returns when the caller's media goes to the target; engine and ports are
    /// given back by then, and the call's events end when the two hang up. By ``TransferMethod/refer`` it returns
    /// when the target has answered the caller, and our leg is hung up.
    ///
    /// - Throws: ``CallError``.
    public func transfer(to target: RouteTarget, by method: TransferMethod = .reinvite) async throws {
        guard !hasEnded, bridge == nil else { throw CallError.callerGone }
        await core.note("transfer", "\(method.rawValue) to \(target.text)")
        do {
            switch method {
            case .reinvite: try await transferByReinvite(target)
            case .refer: try await transferByRefer(target)
            }
            await core.server.count { $0.transfers += 1 }
            await core.note("transferred")
        } catch {
            await core.server.count { $0.transfersFailed += 1 }
            await core.note("transfer-failed", "\(error)")
            throw error
        }
    }

    // MARK: Third-party call control

    private func transferByReinvite(_ target: RouteTarget) async throws {
        let (invite, hop) = try requestToTarget(target)
        let other = await core.server.stack.invite(invite, to: hop)
        guard !hasEnded else {
            await other.hangUp()
            throw CallError.callerGone
        }
        let relay = LegRelay(server: core.server, first: leg, second: other) { [weak self] content in
            await self?.readdressed(content) ?? content
        }
        bridge = Bridge(relay: relay)
        // Nobody is left in silence while the target rings.
        try? await core.media.play(tone: .ringback, for: .seconds(75), on: core.session, as: nextCommand())
        do {
            let answer = try await ring(other)
            try await moveCaller(to: answer, of: other)
        } catch {
            await other.hangUp()
            await core.media.stopPlayback(core.session)
            bridge = nil
            throw hasEnded ? CallError.callerGone : error
        }
        bridge?.isConnected = true
        await leg.relayPRACK()
        await core.note("media-path", "caller and target talk directly")
        await core.releaseMedia()
        core.server.spawn { await self.follow(other) }
    }

    /// The INVITE to the target, with the caller's description as it stands (RFC 3725 §4.1).
    ///
    /// - Throws: ``CallError/unreachable(_:)``; ``CallError/media(_:)`` while the caller has described nothing.
    private func requestToTarget(_ target: RouteTarget) throws -> (SIPRequest, Hop) {
        let resolved = try ResolvedRoute(target, for: core.request)
        guard !audio.remoteDescription.isEmpty else { throw CallError.media("the caller's answer is still to come") }
        do throws(RouteingB2BUA.Refusal) {
            var invite = try RouteingB2BUA.request(
                for: core.request,
                requestURI: resolved.requestURI,
                routes: resolved.routes
            )
            invite.body = audio.remoteDescription
            invite.headers.set(.contentType, "application/sdp")
            // The caller's resources are there already; nothing is left to wait for.
            invite.headers.removeOption("precondition", from: .supported)
            invite.headers.removeOption("precondition", from: .require)
            return (invite, resolved.hop)
        } catch {
            throw CallError.unreachable("\(target.text): \(error)")
        }
    }

    /// Waits for the target's answer and acknowledges it.
    ///
    /// - Returns: The target's description.
    /// - Throws: ``CallError/refused(_:)``, ``CallError/noAnswer``; ``CallError/media(_:)`` when the answer describes
    ///   nothing that the caller can be told.
    private func ring(_ other: SIPLeg) async throws -> SessionDescription {
        let watch = RingWatch(over: other, core.server)
        await watch.start()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            // A 2xx need not repeat what a reliable provisional response has said (RFC 6337 §2.2).
            var described: [UInt8] = []
            for await event in other.events {
                switch event {
                case .provisional(let response):
                    await watch.heard()
                    if response.isReliableProvisional {
                        if !response.body.isEmpty { described = response.body }
                        group.addTask { _ = try? await other.acknowledgeProvisional(response) }
                    }
                    if response.status > .trying { await core.note("\(response.status)", "from the target") }
                case .answered(let response):
                    await watch.finish()
                    await core.note("200", "from the target")
                    await other.acknowledge()
                    do {
                        return try SessionDescription(parsing: response.body.isEmpty ? described : response.body)
                    } catch {
                        throw CallError.media("the target's answer: \(error)")
                    }
                case .rejected(let response):
                    await watch.finish()
                    // 487 to a CANCEL of ours is no refusal.
                    throw await watch.hasGivenUp ? CallError.noAnswer : .refused(response.status.rawValue)
                case .failed:
                    await watch.finish()
                    throw CallError.noAnswer
                case .request(let incoming):
                    await incoming.respond(.requestPending)
                case .cancelled, .acknowledged, .ended, .sessionRefreshDue:
                    break
                }
            }
            await watch.finish()
            throw CallError.noAnswer
        }
    }

    /// Offers the target's description to the caller, and the caller's answer to the target when it differs from
    /// what the target knows.
    ///
    /// - Throws: ``CallError``; the caller's media is with us then, or the call is over.
    private func moveCaller(to description: SessionDescription, of other: SIPLeg) async throws {
        let known = audio.remoteDescription
        let response = try await offerToCaller(audio.relay(description).serialized())
        guard response.status.isSuccess else { throw CallError.refused(response.status.rawValue) }
        await leg.acknowledge()
        audio.setRemoteDescription(response.body)
        guard let answer = try? SessionDescription(parsing: response.body),
            !Self.sendsToSamePlace(known, answer)
        else { return }
        do {
            try await offerToTarget(response.body, other)
        } catch {
            await takeCallerBack()
            throw error
        }
    }

    /// - Throws: ``CallError/callerGone`` when the dialog is over on either side, or the caller is silent.
    private func offerToCaller(_ offer: [UInt8]) async throws -> SIPResponse {
        do {
            // The Call-ID is the caller's.
            let response = try await Self.offer(offer, on: leg, glare: 0...2_000)
            guard response.status != .callDoesNotExist else { throw CallError.callerGone }
            return response
        } catch {
            throw CallError.callerGone
        }
    }

    /// - Throws: ``CallError/refused(_:)``; ``CallError/noAnswer`` when the target is gone or silent.
    private func offerToTarget(_ offer: [UInt8], _ other: SIPLeg) async throws {
        let response: SIPResponse
        do {
            response = try await Self.offer(offer, on: other, glare: 2_100...4_000)
        } catch {
            throw CallError.noAnswer
        }
        guard response.status.isSuccess else { throw CallError.refused(response.status.rawValue) }
        await other.acknowledge()
    }

    /// Sends a re-INVITE, and after glare once more.
    ///
    /// - Parameter glare: Milliseconds to wait then; the owner of the Call-ID waits longer (RFC 3261 §14.1).
    /// - Throws: ``SIPLegError``, ``TransactionFailure``.
    private static func offer(
        _ description: [UInt8],
        on leg: SIPLeg,
        glare: ClosedRange<Int>
    ) async throws -> SIPResponse {
        let response = try await leg.request(.invite, .sdp(description))
        guard response.status == .requestPending else { return response }
        try? await Task.sleep(for: .milliseconds(Int.random(in: glare) / 10 * 10))
        return try await leg.request(.invite, .sdp(description))
    }

    /// Brings the caller's media back to us; a caller who cannot be brought back is hung up on.
    private func takeCallerBack() async {
        do {
            audio.reoffer()
            let response = try await offerToCaller(audio.localDescription())
            guard response.status.isSuccess else { throw CallError.refused(response.status.rawValue) }
            await leg.acknowledge()
            try audio.accept(response.body)
            if let negotiated = audio.negotiated { try await core.media.setRemote(core.session, to: negotiated) }
        } catch {
            await core.note("caller-lost", "\(error)")
            await hangUp(reason: "SIP;cause=503;text=\"Transfer failed\"")
        }
    }

    /// A description of the target's with our origin: to the caller it is one session, whoever's media it names
    /// (RFC 3264 §8).
    private func readdressed(_ content: MessageContent) -> MessageContent {
        guard content.contentType?.lowercased().hasPrefix("application/sdp") == true,
            let description = try? SessionDescription(parsing: content.body)
        else { return content }
        var content = content
        content.body = audio.relay(description).serialized()
        return content
    }

    private static func sendsToSamePlace(_ known: [UInt8], _ answer: SessionDescription) -> Bool {
        guard let before = try? SessionDescription(parsing: known), let old = before.activeAudio,
            let new = answer.activeAudio
        else { return false }
        return old.port == new.port && old.formats.first == new.formats.first
            && before.connection(of: old)?.address == answer.connection(of: new)?.address
            && answer.hasSameProtection(as: before)
    }

    /// Relays from the target until its leg is over.
    private func follow(_ other: SIPLeg) async {
        for await event in other.events {
            switch event {
            case .request(let incoming):
                await bridge?.forward(incoming, from: other)
            case .acknowledged(let ack):
                await bridge?.forwardACK(ack, from: other)
            case .ended(let end):
                await core.note("bye-received", "from the target")
                finish(.transferred)
                await bridge?.relay.end(end, from: other)
            case .sessionRefreshDue:
                if let response = try? await other.request(.invite, .sdp(audio.remoteDescription)),
                    response.status.isSuccess
                {
                    await other.acknowledge()
                }
            case .provisional, .answered, .rejected, .failed, .cancelled:
                break
            }
        }
    }
}

extension RouteTarget {
    var text: String {
        switch self {
        case .direct(let uri): uri
        case .servingCSCF(let uri): uri ?? "the S-CSCF"
        }
    }
}
