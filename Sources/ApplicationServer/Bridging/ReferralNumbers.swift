import SIP
import SIPTransport
import Synchronization

/// Which REFER of one dialog is which of the other, for the `id` by which NOTIFY and SUBSCRIBE name it.
///
/// That `id` is the CSeq number of the REFER (RFC 3515 §2.4.6), and each of our dialogs counts for itself.
final class ReferralNumbers: Sendable {
    private struct Referral {
        let receivedOn: SIPLeg
        let received: UInt32
        let sent: UInt32
    }

    /// REFERs of a call that are remembered; of more, the oldest are forgotten.
    private static let capacity = 16
    private let referrals = Mutex<[Referral]>([])

    /// A REFER that came on `leg` with one CSeq number goes on with another.
    func note(receivedOn leg: SIPLeg, _ received: UInt32, sent: UInt32) {
        referrals.withLock { referrals in
            guard !referrals.contains(where: { $0.receivedOn == leg && $0.received == received && $0.sent == sent })
            else {
                return
            }
            if referrals.count == Self.capacity { referrals.removeFirst() }
            referrals.append(Referral(receivedOn: leg, received: received, sent: sent))
        }
    }

    /// Renames the subscription that a request from `leg` speaks of as the other dialog knows it. What names no REFER
    /// that went through stays as it is.
    func translate(_ headers: inout SIPHeaders, from leg: SIPLeg) {
        guard var event = try? headers.event(), event.package == "refer", let id = event.id.flatMap(UInt32.init) else {
            return
        }
        let other = referrals.withLock { referrals -> UInt32? in
            for referral in referrals.reversed() {
                if referral.receivedOn == leg {
                    if referral.received == id { return referral.sent }
                } else if referral.sent == id {
                    return referral.received
                }
            }
            return nil
        }
        guard let other else { return }
        event.id = String(other)
        headers.set(.event, event.description)
    }
}
