import IMS
import NIOCore
import SDP
import SIP
import SIPTransport

extension AnsweredCall {
    /// Puts another target in the place of the one that the call went to before. Those two talk on until the new one
    /// has answered, and also when it does not.
    func transferAgain(_ attempt: TransferAttempt) async throws(TransferFailure) {
        guard let bridge, bridge.isConnected else { throw TransferFailure(.media("a transfer is under way"), .way) }
        let relay = bridge.relay
        let former = relay.second
        let known = relay.description(toldTo: former)
        let other = try await invite(attempt, describing: known)
        nextTarget = other
        defer { nextTarget = nil }
        do throws(TransferFailure) {
            guard !hasEnded else { throw TransferFailure(.callerGone, .call) }
            let answer = try await ring(other, for: attempt.ringTime)
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
}
