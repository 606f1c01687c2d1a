import Media
import SDP
import SIP
import SIPTransport

extension CallCore {
    /// Plays an announcement to a caller who has no answer yet (RFC 3960 §3, TS 24.628 §4.7): our description goes in a
    /// 183, reliably to a caller that knows 100rel. Offers of the caller are answered meanwhile.
    ///
    /// - Throws: As ``prepareMedia()``; ``CallError/media(_:)`` also for a caller who has described nothing yet and for a
    ///   file that cannot be read. ``CallError/callerGone`` and ``CallError/preconditionFailure`` when the call is over.
    func playEarly(_ announcement: Announcement) async throws {
        try await prepareMedia()
        guard let audio, audio.negotiated != nil else {
            throw CallError.media("the caller's description is still to come")
        }
        try await describeEarly(audio)
        note("early-media", audio.negotiated?.codec.encodingName ?? "")
        isPlayingEarly = true
        let result = await withTaskGroup(of: Result<Void, MediaPlaneError>.self) { group in
            group.addTask {
                let result: Result<Void, MediaPlaneError>
                do throws(MediaPlaneError) {
                    result = .success(try await self.play(announcement))
                } catch {
                    result = .failure(error)
                }
                await self.endEarlyPlayback()
                return result
            }
            await followEarlyLeg()
            // The caller is gone: what is queued will not be heard.
            if isPlayingEarly { await releaseMedia() }
            return await group.next()
        }
        guard !isReleased, await !leg.wasCancelled else {
            note("cancelled")
            setOutcome(.cancelled)
            await release()
            throw CallError.callerGone
        }
        if case .failure(let error)? = result { throw CallError.media("\(error)") }
    }

    private func endEarlyPlayback() {
        isPlayingEarly = false
        leg.interruptEvents()
    }

    /// Sends our description once; a later announcement needs none.
    private func describeEarly(_ audio: CallAudio) async throws {
        guard !hasDescribedEarly else { return }
        hasDescribedEarly = true
        var audio = audio
        if audio.awaitsPreconditions, leg.supportsReliableProvisionals {
            self.audio = try await awaitPreconditions(audio)
            hasAnsweredReliably = true
            return
        }
        let content = MessageContent.sdp(audio.localDescription(), headers: earlyMediaHeaders)
        self.audio = audio
        hasAnsweredReliably = leg.supportsReliableProvisionals
        await leg.respond(.sessionProgress, content, reliably: hasAnsweredReliably)
    }

    /// Says that this early media is the network's to a side that asks for it (RFC 5009 §8).
    private var earlyMediaHeaders: SIPHeaders {
        var headers = chargingContent.headers
        let asked = (try? request.request.headers.pEarlyMedia()) ?? []
        if asked.contains(where: { $0.isToken("supported") }) { headers.append(.pEarlyMedia, "sendonly") }
        return headers
    }

    /// Until the announcement or the leg is over.
    private func followEarlyLeg() async {
        for await event in leg.events {
            guard case .request(let incoming) = event, var audio else { continue }
            await answerEarly(incoming, &audio)
            self.audio = audio
        }
    }
}

extension IncomingCall {
    /// Plays an announcement to the caller before any answer. The call can then still be answered, rejected or routed;
    /// a party that it is routed to answers in a dialog of its own.
    ///
    /// - Throws: ``CallError/media(_:)`` for a caller who has described nothing yet, or without a port;
    ///   ``CallError/notAcceptable(_:)``, ``CallError/unsupportedExtensions(_:)``: nothing was sent then.
    ///   ``CallError/callerGone``, ``CallError/preconditionFailure``: the call is over.
    public func playEarly(_ announcement: Announcement) async throws {
        do {
            try await call.playEarly(announcement)
        } catch {
            if await call.hasEnded { call.markDecided() }
            throw error
        }
    }
}
