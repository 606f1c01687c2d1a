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
            try await replace(former, by: other, knowing: known, answer.description, attempt)
        } catch {
            await other.hangUp()
            throw hasEnded ? TransferFailure(.callerGone, .call) : error
        }
        core.server.spawn { await self.follow(other) }
        await former.hangUp(MessageContent(headers: .transferred))
        await core.note("media-path", "caller and next target talk directly")
    }

    /// Moves the caller from one target to the next. The two of before stay together when that fails.
    ///
    /// - Parameters:
    ///   - known: What the next target was told of the caller's media.
    ///   - description: What it has answered.
    private func replace(
        _ former: SIPLeg,
        by other: SIPLeg,
        knowing known: [UInt8],
        _ description: SessionDescription,
        _ attempt: TransferAttempt
    ) async throws(TransferFailure) {
        guard let relay = bridge?.relay else { throw TransferFailure(.callerGone, .call) }
        bridge?.phase = .replacing
        defer { bridge?.phase = .connected }
        var before: SessionDescription?
        let response = try await offerToCaller(by: attempt.offer) {
            before = $0.description
            return $0.relay(description).serialized()
        }
        let body = response.sessionDescription ?? []
        audio.setRemoteDescription(body)
        // It may have been told in the session of the target before.
        var session = RelayedSession(after: known)
        var told = known
        do throws(TransferFailure) {
            if let answer = try? SessionDescription(parsing: body), !Self.sendsToSamePlace(known, answer) {
                told = session?.readdress(body) ?? body
                try await offerToTarget(told, other)
            }
            guard relay.has(former), !hasEnded else { throw TransferFailure(.callerGone, .call) }
        } catch {
            await moveBack(to: former, before, over: relay, attempt)
            throw error
        }
        relay.replace(former, by: other, description: told, session: session)
        targetEnd = nil
        nextTarget = nil
    }

    /// Offers the caller what the target of before has described, and that one the caller's answer. When the two cannot
    /// be put together again, their audio is passed on; and when they do not take part in that either, it is as if the target
    /// had hung up.
    private func moveBack(
        to former: SIPLeg,
        _ description: SessionDescription?,
        over relay: LegRelay,
        _ attempt: TransferAttempt
    ) async {
        guard !hasEnded, targetEnd == nil else { return }
        do throws(TransferFailure) {
            guard let description else { throw TransferFailure(.media("the target has described nothing"), .way) }
            let response = try await offerToCaller(by: .reinvite) { $0.relay(description).serialized() }
            let body = response.sessionDescription ?? []
            audio.setRemoteDescription(body)
            guard let answer = try? SessionDescription(parsing: body),
                !Self.sendsToSamePlace(relay.description(toldTo: former), answer)
            else { return }
            try await offerToTarget(relay.told(.sdp(body), to: former).body, former)
        } catch {
            await core.note("release-failed", "\(error.error)")
            if error.scope == .way, targetEnd == nil, await passOn(former, over: relay, attempt) { return }
            await core.note("target-lost", "\(error.error)")
            targetEnd = targetEnd ?? .lost
            await former.hangUp()
        }
    }

    /// Takes the media of caller and target back to us and passes it on.
    ///
    /// - Returns: Whether the two hear one another.
    private func passOn(_ former: SIPLeg, over relay: LegRelay, _ attempt: TransferAttempt) async -> Bool {
        guard await keep(former, told: relay.description(toldTo: former), isFollowed: true) else { return false }
        await reclaimCaller(keepsTarget: true)
        guard !hasEnded else { return false }
        do throws(TransferFailure) {
            try await transferByRelay(attempt)
            return true
        } catch {
            await dropConsulted()
            return false
        }
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
