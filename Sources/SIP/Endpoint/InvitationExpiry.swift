import Timing

extension SIPEndpoint {
    /// An INVITE is no longer valid (RFC 3261 §13.3.1 step 1): it gets 487 unless the user has answered it. One that is
    /// forwarded is left to those who answer it.
    func expire(_ invite: ServerTransaction, at now: MonotonicTime, into out: inout [Output]) {
        invite.expiry = nil
        let isAnswered = invite.dialog.flatMap { dialogs[$0] }?.reliable.holdsFinal == true
        guard invite.isPendingInvite, !invite.isForwarded, !isAnswered else {
            settle(invite, [], at: now, into: &out)
            return
        }
        let cancel = Self.hopByHop(.cancel, from: invite.request)
        respond(invite, .requestTerminated, at: now, into: &out)
        out.append(.event(.cancelled(invite.id, cancel)))
    }
}

extension SIPRequest {
    /// A time further ahead than this is as good as none.
    private static let longestExpiry = 86_400

    /// When the invitation ends by its Expires, in seconds (RFC 3261 §20.19); `nil` when it does not say so.
    func invitationExpiry(from now: MonotonicTime) -> MonotonicTime? {
        guard let seconds = try? headers.expires(), seconds <= Self.longestExpiry else { return nil }
        return now + .seconds(seconds)
    }
}
