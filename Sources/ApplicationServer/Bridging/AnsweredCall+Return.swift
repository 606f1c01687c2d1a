import SIP
import SIPTransport

/// What becomes of a caller whose target is gone.
extension AnsweredCall {
    /// The caller waits for the next target if that is being called, and else follows, or comes back to the service.
    func targetLeft(_ end: DialogEnd) async {
        guard !hasEnded else { return }
        guard !isBeingTransferred else {
            targetEnd = end
            return await waitForNext()
        }
        if afterTarget == .returnToService { return await returnToService() }
        let bridge = bridge
        await core.releaseMedia()
        finish(.transferred)
        if let bridge {
            await bridge.relay.end(end, from: bridge.other)
        } else {
            await leg.hangUp()
        }
    }

    /// What was put off while a transfer was under way: the target that the caller had may be gone.
    func settleTarget() async {
        await comingBack?.value
        guard let end = targetEnd else { return }
        targetEnd = nil
        await core.media.stopPlayback(core.session)
        await targetLeft(end)
    }

    private func returnToService() async {
        await reclaimCaller()
        guard !hasEnded else { return await core.releaseMedia() }
        await core.server.count { $0.callersReturned += 1 }
        await core.note("returned", "the target has hung up")
        callerReturned()
    }

    // MARK: While the next target is called

    /// A caller whose target has hung up hears the next one ring.
    func waitForNext() async {
        guard targetEnd != nil else { return }
        guard bridge?.phase == .connected else { return await playRinging() }
        // Before that one is called there is nothing to hear.
        if nextTarget != nil { await comeBack() }
    }

    /// Takes the media of a caller whose target has hung up back to us, so that the next target can be heard ringing.
    /// Returns when that is done, whoever began it; without effect while the target is there.
    func comeBack() async {
        if let comingBack { return await comingBack.value }
        guard targetEnd != nil, bridge?.phase == .connected else { return }
        let task = Task {
            await reclaimCaller()
            if !hasEnded, nextTarget != nil { await playRinging() }
        }
        comingBack = task
        await task.value
        comingBack = nil
    }

    // MARK: Back to our media

    /// Takes the caller's media back to us if it is with the target, who is hung up on unless we speak to them ourselves; a
    /// caller who cannot be brought back is hung up on as well.
    func reclaimCaller(keepsTarget: Bool = false) async {
        guard let bridge else { return }
        self.bridge = nil
        if !keepsTarget { await bridge.hangUpOther() }
        await bridge.relay.refuseOffers(of: leg)
        do {
            let media = try await core.reopenMedia()
            core.server.spawn { await self.followMedia(media.events) }
            audio.move(to: media.address)
            try await bringCallerBack()
        } catch {
            await core.note("caller-lost", "\(error)")
            await hangUp(reason: "SIP;cause=503;text=\"No media\"")
        }
    }

    /// Offers our media to the caller.
    ///
    /// - Throws: When the caller does not take it.
    func bringCallerBack() async throws {
        let response = try await offerToCaller(by: .reinvite) {
            $0.reoffer()
            return $0.localDescription()
        }
        try audio.accept(response.sessionDescription ?? [])
        if let negotiated = audio.negotiated { try await core.media.setRemote(core.session, to: negotiated) }
    }
}
