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

    /// The ACK we sent, repeated when the 2xx comes again (§13.2.2.4).
    struct SentACK: Sendable {
        let sequence: UInt32
        let bytes: [UInt8]
        let destination: SIPDestination
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
    var sentACK: SentACK?
    /// The 2xx to our latest INVITE has come, and the user has not acknowledged it.
    var isACKDue = false
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

    /// The transaction of an INVITE of ours has ended: a 2xx that comes again belongs to nothing from now on.
    func forgetACK(of request: SIPRequest) {
        guard request.method == .invite, let sentACK, (try? request.headers.cSeq().number) == sentACK.sequence else {
            return
        }
        self.sentACK = nil
    }

    /// Takes note of what a message of the peer says of the peer.
    func learn(from headers: SIPHeaders) {
        if headers.contains(.allow) { peerAllowsUpdate = headers.lists(SIPMethod.update.rawValue, in: .allow) }
    }
}
