import Timing

/// A dialog with what its INVITE usage still waits for.
final class DialogUsage {
    /// A 2xx that is repeated until its ACK comes (RFC 3261 §13.3.1.4).
    struct UnacknowledgedSuccess: Sendable {
        let bytes: [UInt8]
        let destination: SIPDestination
        let sequence: UInt32
        var interval: Duration
        var nextDue: MonotonicTime
        let deadline: MonotonicTime

        mutating func retransmitted(at now: MonotonicTime, longest: Duration) {
            interval = min(interval * 2, longest)
            nextDue = now + interval
        }
    }

    var dialog: Dialog
    /// CSeq number of our latest INVITE in this dialog, which its ACK repeats.
    var inviteSequence: UInt32
    /// CSeq number of the peer's latest INVITE, which a RAck names.
    var inviteSequenceOfPeer: UInt32 = 0
    /// CSeq number of the peer's latest re-INVITE or UPDATE that has changed the target.
    var targetSequence: UInt32?
    var success: UnacknowledgedSuccess?
    /// Of our latest INVITE; the ACK repeats them.
    var credentials = SIPHeaders()
    /// Our latest INVITE, when its 2xx has come and the user has not acknowledged it.
    var unacknowledged: ClientTransactionID?
    var pendingServerInvite: ServerTransactionID?
    var pendingClientInvite: ClientTransactionID?
    /// The peer's UPDATE that we have not answered (RFC 3311 §5.2).
    var pendingServerUpdate: ServerTransactionID?
    /// Our provisional responses to ``pendingServerInvite``.
    var reliable = ReliableProvisionals()
    /// RSeq of the latest reliable response to ``pendingClientInvite`` that came in order.
    var lastRSeq: UInt32?
    var exchange = OfferAnswerExchange()
    var timer: SessionTimer?
    /// Whether the peer's Allow names UPDATE.
    var peerAllowsUpdate = false
    /// A BYE of ours is under way, or is ``waitingBYE``.
    var isEnding = false
    /// Our BYE, which has to wait for the ACK of our 2xx (RFC 3261 §15).
    var waitingBYE: MessageContent?
    /// See ``SIPEndpoint/setRequestFields(_:in:)``.
    var requestFields: SIPHeaders?
    /// When the driver wakes this dialog.
    var wake: MonotonicTime?

    init(dialog: Dialog, pendingServerInvite: ServerTransactionID? = nil) {
        self.dialog = dialog
        inviteSequence = dialog.localSequence
        self.pendingServerInvite = pendingServerInvite
    }

    var id: DialogID { dialog.id }

    /// Whether no INVITE is open on either side: none waits for its final response (RFC 3261 §14.1), none of ours for its
    /// ACK, which repeats its CSeq number.
    var mayInvite: Bool { pendingServerInvite == nil && pendingClientInvite == nil && unacknowledged == nil }

    var nextTimeout: MonotonicTime? {
        var due = MonotonicTime.distantFuture
        if let success { due = min(due, min(success.nextDue, success.deadline)) }
        if let outstanding = reliable.outstanding { due = min(due, min(outstanding.nextDue, outstanding.deadline)) }
        if let timer, dialog.isConfirmed, !isEnding { due = min(due, timer.nextDue) }
        return due == .distantFuture ? nil : due
    }

    /// Nothing is repeated or refreshed any more.
    func end() {
        isEnding = true
        success = nil
        reliable.finish()
        timer = nil
    }

    /// Takes note of what a message of the peer says of the peer.
    func learn(from headers: SIPHeaders) {
        if headers.contains(.allow) { peerAllowsUpdate = headers.lists(SIPMethod.update.rawValue, in: .allow) }
    }
}
