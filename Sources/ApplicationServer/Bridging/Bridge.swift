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
    }

    let relay: LegRelay
    var phase = Phase.ringing

    var isConnected: Bool { phase == .connected }
    /// Whether what the caller asks for is not ours to answer any more.
    var hasCaller: Bool { phase != .ringing }
    var other: SIPLeg { relay.second }

    func forward(_ incoming: InDialogRequest, from leg: SIPLeg) async {
        if isConnected {
            relay.forward(incoming, from: leg)
        } else {
            // An offer now would cross ours (RFC 3261 §14.2).
            let isOffer = incoming.request.method == .invite || incoming.request.method == .update
            await incoming.respond(isOffer ? .requestPending : .ok)
        }
    }

    func forwardACK(_ ack: SIPRequest, from leg: SIPLeg) async {
        if isConnected { await relay.forwardACK(ack, from: leg) }
    }

    func hangUpOther() async { await other.hangUp() }
}
