import IMS
import SIP
import SIPTransport

/// The other party of a call that left our media path, and the relay to it.
struct Bridge: Sendable {
    let relay: LegRelay
    /// Whether the caller's media goes to the other party already.
    var isConnected = false

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
