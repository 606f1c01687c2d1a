/// Whose turn it is in the exchange of offers and answers of one dialog.
///
/// Follows every message that may carry a session description, so that an offer which would cross another one is
/// refused instead of answered.
///
/// Source: RFC 3264 §4, RFC 3311 §5, RFC 6337 §2 (table 1).
public struct OfferAnswerExchange: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// No offer is open: either side may make one.
        case stable
        /// Our offer waits for the peer's answer.
        case localOffer
        /// The peer's offer waits for our answer.
        case remoteOffer
    }

    /// Where in the signalling a message stands.
    public enum Place: Sendable, Hashable {
        case request(SIPMethod)
        /// 2xx, or a provisional response that is sent reliably (RFC 3262): what it carries counts.
        case reliableResponse(to: SIPMethod, isFinal: Bool)
        /// 3xx–6xx, or no response at all.
        case failure(of: SIPMethod)
    }

    public private(set) var state: State
    /// Offer and answer of the latest INVITE have been exchanged: what its later responses describe is passed over, for it
    /// can only repeat the first (RFC 3261 §13.2.1).
    private var isInviteAnswered = false

    public init(_ state: State = .stable) {
        self.state = state
    }

    /// How an offer that arrives now has to be refused (RFC 3261 §14.2, RFC 3311 §5.2): 491 when ours is open, 500
    /// with Retry-After when the peer's own one before it is; `nil` when it may be answered.
    public var refusalOfOffer: StatusCode? {
        switch state {
        case .stable: nil
        case .localOffer: .requestPending
        case .remoteOffer: .serverInternalError
        }
    }

    public mutating func sent(_ place: Place, hasDescription: Bool) {
        note(place, hasDescription, mine: .localOffer, theirs: .remoteOffer)
    }

    public mutating func received(_ place: Place, hasDescription: Bool) {
        note(place, hasDescription, mine: .remoteOffer, theirs: .localOffer)
    }

    private mutating func note(_ place: Place, _ hasDescription: Bool, mine: State, theirs: State) {
        switch place {
        case .request(.invite): isInviteAnswered = false
        case .reliableResponse(to: .invite, _) where isInviteAnswered: return
        default: break
        }
        let before = state
        state = Self.next(state, place, hasDescription, mine: mine, theirs: theirs)
        guard before == theirs, state == .stable, hasDescription else { return }
        switch place {
        case .reliableResponse(to: .invite, _), .request(.prack): isInviteAnswered = true
        default: break
        }
    }

    /// - Parameters:
    ///   - mine: The state while an offer of the message's sender is open.
    ///   - theirs: The state while one of its receiver is.
    private static func next(
        _ state: State,
        _ place: Place,
        _ hasDescription: Bool,
        mine: State,
        theirs: State
    ) -> State {
        switch place {
        case .request(.ack):
            // The last chance to answer: whatever was open is over.
            return .stable
        case .request(let method):
            guard hasDescription, method.carriesOffers else { return state }
            return state == theirs ? .stable : mine
        case .reliableResponse(let method, let isFinal):
            guard method.carriesOffers else { return state }
            if hasDescription {
                if state == theirs { return .stable }
                // An offer may open in a response to an INVITE only.
                return state == .stable && method == .invite ? mine : state
            }
            // A 2xx without the answer that was due closes the exchange all the same.
            return isFinal && state == theirs ? .stable : state
        case .failure(let method):
            return method.carriesOffers ? .stable : state
        }
    }
}

extension SIPMethod {
    /// Whether a request of this method or its response may carry a session description that counts.
    var carriesOffers: Bool { self == .invite || self == .update || self == .prack }
}

extension SIPHeaders {
    /// Whether the Content-Type is one that carries a session description: `application/sdp`, or a multipart that
    /// may hold one.
    var describesSession: Bool {
        var result = false
        withValues(of: .contentType) { value in
            result =
                value.count >= 15 && value.equalsIgnoringCase("application/sdp", at: 0..<15)
                || value.count >= 10 && value.equalsIgnoringCase("multipart/", at: 0..<10)
            return false
        }
        return result
    }
}

extension SIPRequest {
    var hasDescription: Bool { !body.isEmpty && headers.describesSession }
}

extension SIPResponse {
    var hasDescription: Bool { !body.isEmpty && headers.describesSession }
}
