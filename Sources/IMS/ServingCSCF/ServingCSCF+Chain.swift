import SIP
import Timing

extension ServingCSCF {
    /// A request that is no REGISTER: finds the chain it belongs to and takes it one step further.
    mutating func proxy(
        _ original: SIPRequest, _ transaction: Transaction, _ now: MonotonicTime, _ out: inout [Output]
    ) throws(Refusal) {
        var request = original
        let hops: Int
        do throws(SIPParseError) { hops = try request.headers.maxForwards() ?? 70 } catch { throw Refusal(.badRequest) }
        guard hops > 0 else { throw Refusal(.tooManyHops) }
        request.headers.set(.maxForwards, String(hops - 1))
        let route = stripOwnRoute(&request)
        if isInDialog(request) {
            send(request, to: .network, nil, upstream: transaction, now, &out)
            return
        }
        if let key = route?.user, let dialog = originalDialogs[key] {
            try resume(dialog, request, transaction, now, &out)
            return
        }
        // What P-Served-User says is believed of those who may say it: application servers, by `orig` on the Route.
        if let route, route.user == "orig" || route.parameters.contains("orig") {
            try beginOriginating(request, transaction, now, &out)
        } else {
            request.headers.removeAll(.pServedUser)
            try routeOn(request, transaction, now, &out)
        }
    }

    /// The application server gave the request back (TS 24.229 §5.4.3.2 and §5.4.3.3, step 1: original dialog
    /// identifier).
    private mutating func resume(
        _ dialog: OriginalDialog, _ request: SIPRequest, _ transaction: Transaction, _ now: MonotonicTime,
        _ out: inout [Output]
    ) throws(Refusal) {
        if configuration.defaultHandling.isStrict, var open = branches[dialog.branch] {
            open.isTaken = true
            open.deadline = nil
            branches[dialog.branch] = open
        }
        out.append(.decided(.handedBack(dialog.criterion)))
        let chain = dialog.chain
        guard chain.isTerminating, !isSameTarget(request.requestURI, dialog.requestURI, chain) else {
            try advance(request, chain, transaction, now, &out)
            return
        }
        out.append(.decided(.retargeted(from: dialog.requestURI, to: request.requestURI)))
        if let contact = subscriptions[chain.subscription].contact(equalTo: request.requestURI) {
            send(request, to: .userAgent(contact), nil, upstream: transaction, now, &out)
            return
        }
        // §5.4.3.3: what remains of the terminating chain is not used; services after retargeting come first.
        var diverted = chain
        diverted.sessionCase = .originatingCDIV
        diverted.position = 0
        out.append(.decided(.chainBegan(servedUser: diverted.identity, diverted.sessionCase)))
        try advance(request, diverted, transaction, now, &out)
    }

    private mutating func beginOriginating(
        _ request: SIPRequest, _ transaction: Transaction, _ now: MonotonicTime, _ out: inout [Output]
    ) throws(Refusal) {
        let isDiverted = (try? request.headers.address(.pServedUser))?.parameters.contains("orig-cdiv") ?? false
        guard
            let served = ServedUserSelection.servedUser(of: request, sessionCase: .originating)?.uri,
            let found = find(served)
        else { throw Refusal(.forbidden) }
        guard !found.identity.isBarred else { throw Refusal(.forbidden) }
        let isRegistered = subscriptions[found.subscription].isRegistered
        let sessionCase: SessionCase =
            isDiverted ? .originatingCDIV : isRegistered ? .originating : .originatingUnregistered
        let chain = ServedChain(
            subscription: found.subscription, profile: found.profile, identity: served, sessionCase: sessionCase,
            isRegistered: isRegistered)
        out.append(.decided(.chainBegan(servedUser: served, sessionCase)))
        try advance(request, chain, transaction, now, &out)
    }

    /// To the next application server of the chain, or on from its end.
    mutating func advance(
        _ request: SIPRequest, _ chain: ServedChain, _ transaction: Transaction, _ now: MonotonicTime,
        _ out: inout [Output]
    ) throws(Refusal) {
        var chain = chain
        let profile = subscriptions[chain.subscription].profiles[chain.profile]
        if let match = profile.firstMatch(for: request, in: chain.context, from: chain.position) {
            chain.position = match.next
            send(request, to: .applicationServer(match.criterion), chain, upstream: transaction, now, &out)
            return
        }
        out.append(.decided(.chainEnded(chain.sessionCase)))
        var request = request
        request.headers.removeAll(.pServedUser)
        guard chain.isTerminating else {
            try routeOn(request, transaction, now, &out)
            return
        }
        guard let contact = subscriptions[chain.subscription].contacts.last?.uri else {
            throw Refusal(.temporarilyUnavailable)
        }
        send(request, to: .userAgent(contact), nil, upstream: transaction, now, &out)
    }

    /// On from the end of the originating side: along a Route that is left, else to the terminating side if the
    /// Request-URI is one of our users, else out.
    private mutating func routeOn(
        _ request: SIPRequest, _ transaction: Transaction, _ now: MonotonicTime, _ out: inout [Output]
    ) throws(Refusal) {
        guard !request.headers.contains(.route) else {
            send(request, to: .network, nil, upstream: transaction, now, &out)
            return
        }
        guard let found = find(request.requestURI) else {
            if let uri = try? request.uri(), uri.scheme != .tel, configuration.isHome(uri.host) {
                throw Refusal(.notFound)
            }
            send(request, to: .network, nil, upstream: transaction, now, &out)
            return
        }
        guard !found.identity.isBarred else { throw Refusal(.notFound) }
        let isRegistered = subscriptions[found.subscription].isRegistered
        let chain = ServedChain(
            subscription: found.subscription, profile: found.profile, identity: request.requestURI,
            sessionCase: isRegistered ? .terminatingRegistered : .terminatingUnregistered, isRegistered: isRegistered)
        out.append(.decided(.chainBegan(servedUser: chain.identity, chain.sessionCase)))
        try advance(request, chain, transaction, now, &out)
    }

    // MARK: Questions

    /// Whether both name the same served user: equal URIs, or two forms of one identity in one profile.
    private func isSameTarget(_ new: String, _ old: String, _ chain: ServedChain) -> Bool {
        if IdentityForm(new).text == IdentityForm(old).text { return true }
        guard let found = find(new), let former = find(old) else { return false }
        return found.subscription == chain.subscription && found.identity.identity == former.identity.identity
            && IdentityForm(new).number != nil
    }

    private func isInDialog(_ request: SIPRequest) -> Bool {
        (try? request.headers.address(.to))?.tag != nil
    }

    /// Removes the topmost Route entry if it is ours.
    @discardableResult
    func stripOwnRoute(_ request: inout SIPRequest) -> SIPURI? {
        guard let uri = (try? request.headers.address(.route))?.uri, configuration.isOwn(uri) else { return nil }
        request.headers.removeFirstValue(of: .route)
        return uri
    }
}
