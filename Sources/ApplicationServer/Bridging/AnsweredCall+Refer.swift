import SIP
import SIPTransport

extension AnsweredCall {
    /// Refers the caller's side to the target and hangs up when it reports an answer (RFC 3515).
    ///
    /// - Throws: ``CallError``; ``CallError/noAnswer`` also when the reports end without a final status.
    func transferByRefer(_ target: RouteTarget) async throws {
        let resolved = try ResolvedRoute(target, for: core.request)
        var headers = SIPHeaders()
        headers.append(.referTo, "<\(resolved.requestURI)>")
        headers.append(.referredBy, await core.server.stack.contact(.udp))
        let (notifications, continuation) = AsyncStream<SIPRequest>.makeStream(bufferingPolicy: .bufferingOldest(16))
        referral = continuation
        defer { referral = nil }
        let response: SIPResponse
        do {
            response = try await leg.request(.refer, MessageContent(headers: headers))
        } catch {
            throw CallError.callerGone
        }
        guard response.status != .callDoesNotExist else { throw CallError.callerGone }
        guard response.status.isSuccess else { throw CallError.refused(response.status.rawValue) }
        let limit = core.server.configuration.ringTime
        let status = try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask { await Self.finalStatus(in: notifications) }
            group.addTask {
                try await Task.sleep(for: limit)
                throw CallError.noAnswer
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let status else { throw hasEnded ? CallError.callerGone : CallError.noAnswer }
        guard (200..<300).contains(status) else { throw CallError.refused(status) }
        await hangUp()
    }

    /// The final status that the NOTIFYs of a REFER report in `message/sipfrag` (RFC 3515 §2.4.5); `nil` when the
    /// subscription ends without one.
    private static func finalStatus(in notifications: AsyncStream<SIPRequest>) async -> Int? {
        for await notification in notifications {
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
}
