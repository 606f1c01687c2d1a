import IMS
import SIP
import SIPTransport

/// The other party of a call that leaves our media path, and the relay to it.
struct Bridge: Sendable {
    enum Phase: Sendable {
        /// The target is called; the caller's media is with us.
        case ringing
        /// The two are told of one another.
        case moving
        /// The caller's media goes to the other party.
        case connected
        /// So it does, while another one is put in that party's place.
        case replacing
    }

    let relay: LegRelay
    var phase = Phase.ringing

    var isConnected: Bool { phase == .connected || phase == .replacing }
    /// Whether what the caller asks for is not ours to answer any more.
    var hasCaller: Bool { phase != .ringing }
    var other: SIPLeg { relay.second }

    /// Passes on what one of the two asks of the other. Both have a dialog with us since the target has answered, so that
    /// only an offer has to wait while the two are told of one another.
    func forward(_ incoming: InDialogRequest, from leg: SIPLeg) async {
        if incoming.request.isOffer, phase != .connected {
            // It would cross ours (RFC 3261 §14.2).
            await incoming.respond(.requestPending)
        } else {
            relay.forward(incoming, from: leg)
        }
    }

    func hangUpOther() async { await other.hangUp() }
}
