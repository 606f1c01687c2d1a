import NIOCore
import SIP
import SIPTransport

/// The REFER that is under way in a call, and where its NOTIFYs go.
struct Referral: Sendable {
    let notifications: AsyncStream<SIPRequest>.Continuation
    /// CSeq number of the REFER, by which NOTIFYs may name it (RFC 3515 §2.4.6); `nil` until it is sent.
    var sequence: UInt32?

    /// Whether a NOTIFY is of this REFER. One that names none is, and one that names a later number: a challenge makes us
    /// send it again with that (RFC 3261 §22.2), and no other REFER comes behind it.
    func isReported(by request: SIPRequest) -> Bool {
        guard let event = try? request.headers.event() else { return true }
        guard event.package == "refer" else { return false }
        guard let id = event.id else { return true }
        guard let number = UInt32(id), let sequence else { return false }
        return number >= sequence
    }
}

extension AnsweredCall {
    /// Refers the caller's side to the target; returns when it reports an answer (RFC 3515).
    ///
    /// - Throws: ``CallError/noAnswer`` also when the reports end without a final status, or none comes in time.
    func transferByRefer(_ attempt: TransferAttempt) async throws(TransferFailure) {
        let uri: SIPURI
        do {
            let resolved = try ResolvedRoute(attempt.target, for: core)
            uri = try SIPURI(parsing: resolved.requestURI)
        } catch {
            throw TransferFailure(error as? CallError ?? .unreachable(attempt.target.text), .target)
        }
        try await refer(to: uri, attempt)
    }

    /// Sends the REFER and follows its reports to the end.
    func refer(to target: SIPURI, _ attempt: TransferAttempt) async throws(TransferFailure) {
        var uri = target
        attempt.handOver?.write(into: &uri)
        var headers = SIPHeaders()
        headers.append(.referTo, "<\(uri)>")
        headers.append(.referredBy, await core.server.stack.contact(.udp))
        let (notifications, continuation) = AsyncStream<SIPRequest>.makeStream(bufferingPolicy: .bufferingOldest(16))
        referral = Referral(notifications: continuation)
        defer {
            referral = nil
            continuation.finish()
        }
        let response: SIPResponse
        do {
            response = try await leg.request(.refer, MessageContent(headers: headers)) { sequence in
                self.assumeIsolated { $0.referral?.sequence = sequence }
            }
        } catch {
            throw TransferFailure(.callerGone, .call)
        }
        guard !response.status.endsCall(of: .refer) else { throw TransferFailure(.callerGone, .call) }
        guard response.status.isSuccess else { throw TransferFailure(.refused(response.status.rawValue), .way) }
        // RFC 4488 §4: no subscription, so that no NOTIFY will come. A caller who leaves us was answered.
        let isSilent = response.headers.first(.referSub)?.lowercased().hasPrefix("false") == true
        if isSilent { await core.note("refer-unreported") }
        let status = await finalStatus(in: notifications, attempt, isSilent: isSilent)
        guard let status else {
            if isSilent, hasEnded { return }
            throw TransferFailure(hasEnded ? .callerGone : .noAnswer, .way)
        }
        guard (200..<300).contains(status) else {
            throw TransferFailure(.refused(status), Self.isTargets(status) ? .target : .way)
        }
    }

    /// The final status that the NOTIFYs of a REFER report in `message/sipfrag` (RFC 3515 §2.4.5); `nil` when the
    /// subscription ends without one, none comes in time, or the caller is gone.
    private func finalStatus(
        in notifications: AsyncStream<SIPRequest>,
        _ attempt: TransferAttempt,
        isSilent: Bool
    ) async -> Int? {
        let end = referral?.notifications
        let loop = core.server.stack.eventLoop
        let first = isSilent ? nil : loop.scheduleTask(in: TimeAmount(attempt.notifyTime)) { end?.finish() }
        let last = loop.scheduleTask(in: TimeAmount(attempt.ringTime)) { end?.finish() }
        defer {
            first?.cancel()
            last.cancel()
        }
        for await notification in notifications {
            first?.cancel()
            let fragment = String(decoding: notification.body.prefix(64), as: UTF8.self)
            let fields = fragment.split(separator: " ", maxSplits: 2)
            if fields.count >= 2, fields[0] == "SIP/2.0", let status = Int(fields[1].prefix(3)), status >= 200 {
                return status
            }
            if notification.headers.first(.subscriptionState)?.lowercased().hasPrefix("terminated") == true {
                return nil
            }
        }
        return nil
    }

    /// Whether a final status is the target's own word, and not that of somebody who could not reach it.
    private static func isTargets(_ status: Int) -> Bool {
        [404, 408, 410, 480, 484, 486, 487].contains(status) || status >= 600
    }
}
