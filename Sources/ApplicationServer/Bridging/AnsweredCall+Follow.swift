import SIP
import SIPTransport

extension AnsweredCall {
    /// Follows the leg of a target until it is over, whether its audio goes through us or only its signalling does. One
    /// that another target has taken the place of is not heard any more.
    func follow(_ other: SIPLeg) async {
        for await event in other.events {
            if let party = parties[other] {
                await handle(event, of: party)
            } else if let bridge, bridge.relay.has(other) {
                await handle(event, ofTarget: other, bridge)
            } else if case .request(let incoming) = event {
                await incoming.respond(.callDoesNotExist)
            }
        }
    }

    private func handle(_ event: SIPLegEvent, ofTarget other: SIPLeg, _ bridge: Bridge) async {
        switch event {
        case .request(let incoming):
            await bridge.forward(incoming, from: other)
        case .acknowledged(let ack):
            await bridge.forwardACK(ack, from: other)
        case .ended(let end):
            await core.note(end.isBye ? "bye-received" : "dialog-lost", "from the target")
            await targetLeft(end)
        case .sessionRefreshDue:
            let description = bridge.relay.description(toldTo: other)
            if let response = try? await other.request(.invite, .sdp(description)), response.status.isSuccess {
                await other.acknowledge()
            }
        case .provisional, .answered, .rejected, .failed, .cancelled:
            break
        }
    }

    private func handle(_ event: SIPLegEvent, of party: RelayedParty) async {
        switch event {
        case .request(let incoming):
            if let bridge, bridge.hasCaller {
                await bridge.forward(incoming, from: party.leg)
            } else {
                await answer(incoming, of: party.leg)
            }
        case .acknowledged(let ack):
            if await !acceptDelayedAnswer(ack, of: party.leg) {
                // The leg's events end with it, so that nobody else tells of its end.
                await party.leg.hangUp()
                await ended(party, .lost)
            }
        case .ended(let end):
            await ended(party, end)
        case .sessionRefreshDue:
            await refreshSession(of: party.leg)
        case .provisional, .answered, .rejected, .failed, .cancelled:
            break
        }
    }

    // MARK: The target is gone

    /// The target that the caller had is gone: the caller waits for the next one if that is being called, and else
    /// follows, or comes back to the service.
    func targetLeft(_ end: DialogEnd) async {
        guard !hasEnded else { return }
        guard !isBeingTransferred else {
            targetEnd = end
            return await playRinging()
        }
        if afterTarget == .returnToService { return await takeBack() }
        let bridge = bridge
        await core.releaseMedia()
        finish(.transferred)
        if let bridge {
            await bridge.relay.end(end, from: bridge.other)
        } else {
            await leg.hangUp()
        }
    }

    /// Takes the caller's media back to us, whoever had it.
    private func takeBack() async {
        if let bridge {
            self.bridge = nil
            await bridge.hangUpOther()
            do {
                let media = try await core.reopenMedia()
                core.server.spawn { await self.followMedia(media.events) }
                audio.move(to: media.address)
                try await bringCallerBack()
            } catch {
                await core.note("caller-lost", "\(error)")
                return await hangUp(reason: "SIP;cause=503;text=\"No media\"")
            }
        }
        guard !hasEnded else { return await core.releaseMedia() }
        await core.server.count { $0.callersReturned += 1 }
        await core.note("returned", "the target has hung up")
        callerReturned()
    }

    /// Offers our media to the caller.
    ///
    /// - Throws: When the caller does not take it.
    func bringCallerBack() async throws {
        audio.reoffer()
        let response = try await offerToCaller(audio.localDescription(), by: .reinvite)
        guard response.status.isSuccess else { throw CallError.refused(response.status.rawValue) }
        try audio.accept(response.body)
        if let negotiated = audio.negotiated { try await core.media.setRemote(core.session, to: negotiated) }
    }
}
