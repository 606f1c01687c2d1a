import Media
import SIP
import SIPTransport

/// Another party that we have called ourselves, with a media session of its own.
struct RelayedParty: Sendable {
    let leg: SIPLeg
    let session: MediaSessionID
    var audio: CallAudio
    /// Its answer, for a REFER to its dialog; `nil` if it was called in another way before.
    var answer: SIPResponse?
    /// Its dialog is over, for example because the caller has taken our place in it.
    var isGone = false
}

/// The parties of a call that we have called ourselves.
struct RelayedParties: Sendable {
    /// It and the caller hear one another through us.
    var talking: RelayedParty?
    /// Called, and not put through yet.
    var consulted: RelayedParty?

    /// The party of a leg. What is set for a leg that no party has is dropped.
    subscript(leg: SIPLeg) -> RelayedParty? {
        get { talking?.leg == leg ? talking : consulted?.leg == leg ? consulted : nil }
        set {
            if talking?.leg == leg { talking = newValue } else if consulted?.leg == leg { consulted = newValue }
        }
    }
}
