import IMS
import NIOCore
import SDP
import SIP
import SIPTransport

extension AnsweredCall {
    /// Puts another target in the place of the one that the call went to before. Those two talk on until the new one
    /// has answered, and also when it does not. A caller whose target hangs up first waits with us.
    func transferAgain(_ attempt: TransferAttempt) async throws(TransferFailure) {
        guard let bridge, bridge.isConnected else { throw TransferFailure(.media("a transfer is under way"), .way) }
        let relay = bridge.relay
        let former = relay.second
        let known = relay.description(toldTo: former)
        let other = try await invite(attempt, describing: known)
        nextTarget = other
        defer { nextTarget = nil }
        do throws(TransferFailure) {
            await comeBack()
            guard !hasEnded else { throw TransferFailure(.callerGone, .call) }
            let answer = try await ring(other, for: attempt.ringTime)
            await comeBack()
            guard !hasEnded else { throw TransferFailure(.callerGone, .call) }
            guard self.bridge != nil else { return try await connectWaiting(other, answer, known, attempt) }
            let before = audio
            let response = try await offerToCaller(audio.relay(answer.description).serialized(), by: attempt.offer)
            guard response.status.isSuccess else {
                // The caller's media stays where it was (RFC 3261 §14.1), with the version that it knows.
                audio = before
                throw TransferFailure(.refused(response.status.rawValue), .way)
            }
            audio.setRemoteDescription(response.body)
            if let description = try? SessionDescription(parsing: response.body),
                !Self.sendsToSamePlace(known, description)
            {
                try await offerToTarget(response.body, other)
            }
            guard relay.has(former), !hasEnded else { throw TransferFailure(.callerGone, .call) }
            relay.replace(former, by: other, description: response.body)
            targetEnd = nil
        } catch {
            await other.hangUp()
            throw hasEnded ? TransferFailure(.callerGone, .call) : error
        }
        core.server.spawn { await self.follow(other) }
        await former.hangUp(MessageContent(headers: .transferred))
        await core.note("media-path", "caller and next target talk directly")
    }

    /// Sends a caller on whose target hung up while the next one rang, so that the media is with us.
    ///
    /// - Parameter known: What the next target was told of the caller's media.
    private func connectWaiting(
        _ other: SIPLeg,
        _ answer: TargetAnswer,
        _ known: [UInt8],
        _ attempt: TransferAttempt
    ) async throws(TransferFailure) {
        let relay = makeRelay(to: other, describing: known)
        // It may have been told in the session of the target before.
        relay.beginReplacement(towards: other)
        bridge = Bridge(relay: relay, phase: .moving)
        let confirmation: NIODeadline
        do throws(TransferFailure) {
            confirmation = try await moveCaller(
                to: answer.description, known: known, over: relay, by: attempt.offer)
            guard !hasEnded else { throw TransferFailure(.callerGone, .call) }
        } catch {
            bridge = nil
            throw error
        }
        await leave(to: other, confirmedAt: confirmation)
    }
}
