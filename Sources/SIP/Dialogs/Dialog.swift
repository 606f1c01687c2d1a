/// A peer-to-peer relation between two user agents (RFC 3261 §12): what is needed to send requests inside it and
/// to judge those that come.
public struct Dialog: Sendable, Hashable {
    public let id: DialogID
    public internal(set) var isConfirmed: Bool
    /// The From value of our requests, with tag.
    public let local: String
    /// The To value of our requests, with tag.
    public let remote: String
    /// Request-URI of our requests: the peer's latest Contact.
    public internal(set) var remoteTarget: String
    /// Route values in the order in which they are sent.
    public internal(set) var routeSet: [String]
    public internal(set) var localSequence: UInt32
    public internal(set) var remoteSequence: UInt32?

    /// The dialog that a UAS has after its response with `localTag` (RFC 3261 §12.1.1).
    public init(accepting request: SIPRequest, localTag: String, isConfirmed: Bool) throws(SIPParseError) {
        let from = try request.headers.address(.from)
        id = DialogID(callID: try request.headers.callID(), localTag: localTag, remoteTag: from.tag ?? "")
        self.isConfirmed = isConfirmed
        local = (request.headers.first(.to) ?? "") + ";tag=" + localTag
        remote = request.headers.first(.from) ?? ""
        // Before RFC 3261 an INVITE could come without Contact; From stood in for it (RFC 2543 §6.13).
        remoteTarget = request.headers.contains(.contact) ? try request.headers.uriText(of: .contact) : from.uriText
        routeSet = request.headers.splitValues(.recordRoute)
        localSequence = 0
        remoteSequence = try request.headers.cSeq().number
    }

    /// The dialog that a UAC has after a response with a To tag (RFC 3261 §12.1.2).
    public init(request: SIPRequest, response: SIPResponse) throws(SIPParseError) {
        let from = try request.headers.address(.from)
        let to = try response.headers.address(.to)
        id = DialogID(callID: try request.headers.callID(), localTag: from.tag ?? "", remoteTag: to.tag ?? "")
        isConfirmed = response.status.isSuccess
        local = request.headers.first(.from) ?? ""
        remote = response.headers.first(.to) ?? ""
        // A provisional response may come without Contact; the 2xx brings it.
        remoteTarget = (try? response.headers.uriText(of: .contact)) ?? request.requestURI
        routeSet = response.headers.splitValues(.recordRoute).reversed()
        localSequence = try request.headers.cSeq().number
        remoteSequence = nil
    }

    /// The dialog that the first NOTIFY of a subscription makes, when it overtakes the 2xx (RFC 6665 §4.4.1).
    init(notifying notify: SIPRequest, of subscribe: SIPRequest) throws(SIPParseError) {
        let from = try notify.headers.address(.from)
        let to = try notify.headers.address(.to)
        id = DialogID(callID: try notify.headers.callID(), localTag: to.tag ?? "", remoteTag: from.tag ?? "")
        isConfirmed = true
        local = notify.headers.first(.to) ?? ""
        remote = notify.headers.first(.from) ?? ""
        remoteTarget = try notify.headers.uriText(of: .contact)
        routeSet = notify.headers.splitValues(.recordRoute)
        localSequence = try subscribe.headers.cSeq().number
        remoteSequence = try notify.headers.cSeq().number
    }

    /// A later response to the request that made the dialog: a 2xx fixes route set and target (§13.2.2.4).
    mutating func update(with response: SIPResponse) {
        if response.status.isSuccess, !isConfirmed {
            isConfirmed = true
            routeSet = response.headers.splitValues(.recordRoute).reversed()
        }
        refreshTarget(from: response.headers)
    }

    /// What a target refresh request or its 2xx names (§12.2).
    mutating func refreshTarget(from headers: SIPHeaders) {
        if let target = try? headers.uriText(of: .contact) { remoteTarget = target }
    }

    /// Whether the order of requests allows this number (§12.2.2); takes note of it if so.
    mutating func acceptSequence(_ number: UInt32) -> Bool {
        if let remoteSequence, number <= remoteSequence { return false }
        remoteSequence = number
        return true
    }

    /// A request inside the dialog (§12.2.1.1), without Via and Contact.
    ///
    /// - Parameter sequence: The CSeq number of an ACK or a CANCEL; `nil` takes the next one.
    mutating func request(_ method: SIPMethod, sequence: UInt32? = nil) -> (request: SIPRequest, hop: Hop?) {
        if sequence == nil { localSequence &+= 1 }
        var routes = routeSet
        var requestURI = remoteTarget
        let firstRoute = routes.first.flatMap { try? NameAddress(parsing: $0, field: .route) }
        if let firstRoute, !firstRoute.uri.isLooseRouter {
            // Strict router (§12.2.1.1): it goes into the Request-URI, the target to the end of the route.
            routes.removeFirst()
            routes.append("<\(remoteTarget)>")
            requestURI = firstRoute.uriText
        }
        var request = SIPRequest(method: method, requestURI: requestURI)
        for route in routes { request.headers.append(.route, route) }
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, local)
        request.headers.append(.to, remote)
        request.headers.append(.callID, id.callID)
        request.headers.append(.cSeq, CSeq(number: sequence ?? localSequence, method: method).description)
        let hopURI = firstRoute?.uri ?? (try? SIPURI(parsing: remoteTarget))
        return (request, hopURI.flatMap { Hop($0) })
    }
}

extension SIPMethod {
    /// Whether a request inside a dialog, and its 2xx, name the target of those that follow: re-INVITE (RFC 3261
    /// §12.2), UPDATE (RFC 3311 §5), SUBSCRIBE, NOTIFY and REFER (RFC 6665 §4.1.2.2, RFC 5057 §5.4).
    var refreshesTarget: Bool { makesDialog || self == .update || self == .notify }

    /// Whether a 2xx makes a dialog: INVITE (RFC 3261 §12.1), SUBSCRIBE (RFC 6665 §4.4.1), REFER (RFC 3515 §2.2).
    var makesDialog: Bool { self == .invite || self == .subscribe || self == .refer }
}
