import NIOCore
import SDP
import SIP
import SIPTransport

/// Out of the media path of a call whose audio we pass on.
extension AnsweredCall {
    /// Sets the time at which the release is tried next; without effect in a call that is not relayed, or has no retries
    /// left.
    ///
    /// - Parameter soon: One side has described itself anew, which may have changed what stood in the way.
    func retryRelease(soon: Bool = false) {
        guard parties.talking != nil, releaseRetry != nil else { return }
        let server = core.server
        releaseRetry?.schedule(soon: soon, on: server.stack.eventLoop) {
            server.spawn { await self.tryRelease() }
        }
    }

    private func tryRelease() async {
        // A transfer that is under way sets the timer again when it fails.
        guard let party = parties.talking, let retry = releaseRetry, !isBeingTransferred, !hasEnded else { return }
        releaseRetry?.tried()
        isBeingTransferred = true
        do throws(TransferFailure) {
            try await release(from: party, by: retry.offer)
            await core.server.count { $0.relaysReleased += 1 }
        } catch {
            await core.note("release-failed", "\(error.error)")
        }
        isBeingTransferred = false
        await settleTarget()
        retryRelease()
    }

    /// Tells caller and party of one another, the caller first: one that refuses leaves everything as it is.
    private func release(from party: RelayedParty, by offer: TransferPlan.Offer) async throws(TransferFailure) {
        guard let description = try? SessionDescription(parsing: party.audio.remoteDescription) else {
            throw TransferFailure(.media("the target has described nothing"), .way)
        }
        let relay = makeRelay(to: party.leg, describing: party.audio.description?.serialized() ?? [])
        // It is one session to the party, whoever's media it names.
        relay.beginReplacement(towards: party.leg)
        bridge = Bridge(relay: relay, phase: .moving)
        let confirmation: NIODeadline
        do throws(TransferFailure) {
            let response = try await offerToCaller(by: offer) { $0.relay(description).serialized() }
            let body = response.sessionDescription ?? []
            audio.setRemoteDescription(body)
            do throws(TransferFailure) {
                try await offerToTarget(relay.told(.sdp(body), to: party.leg).body, party.leg)
                guard parties.talking?.leg == party.leg, !hasEnded else { throw TransferFailure(.callerGone, .call) }
            } catch {
                if !hasEnded { await takeCallerBack() }
                throw error
            }
            confirmation = .now()
        } catch {
            bridge = nil
            throw error
        }
        takeTalking()
        targetEnd = nil
        bridge?.phase = .connected
        await leg.relayPRACK()
        await core.releaseMedia(confirmedAt: confirmation)
        await core.media.release(party.session)
        await core.note("media-path", "caller and target talk directly")
    }
}
