import SIP
import SIPTransport

extension CallCore {
    /// Forwards the INVITE as a record-routing proxy. The call is forgotten when the INVITE has its final response.
    ///
    /// - Parameter groups: Targets of a group are called together, the groups one after another.
    @inline(never)
    func forward(to groups: [[RouteTarget]]) async {
        await releaseMedia()
        let targets: ProxyTargetSet
        do {
            targets = ProxyTargetSet(groups: try groups.map { try $0.map { try proxyTarget($0) } })
        } catch {
            await reject(.badGateway, reason: nil, retryAfter: nil)
            return
        }
        guard !targets.groups.isEmpty else { return await reject(.notFound, reason: nil, retryAfter: nil) }
        noteDecision("forward to \(groups.joined().map(\.text).joined(separator: ", "))")
        let names = Array(server.configuration.ownHosts)
        var request = request.request
        if let network, groups.joined().contains(where: \.isServingCSCF) {
            request.headers.setOriginatingNetwork(network)
        }
        let status = await leg.forward(request, to: targets, names: names)
        note(status.map { "\($0)" } ?? "cancelled", "forwarded")
        switch status {
        case nil, .requestTerminated: setOutcome(.cancelled)
        case .some(let status): setOutcome(status.isSuccess ? .routed : .rejected)
        }
        await release()
    }

    /// The same Request-URI and hop as a routed call has; Route leaves as it came but for our own entry.
    private func proxyTarget(_ target: RouteTarget) throws -> ProxyTarget {
        if case .originating = target { throw CallError.unreachable("\(target.text): a proxy starts no call") }
        let resolved = try ResolvedRoute(target, for: self)
        guard let uri = try? SIPURI(parsing: resolved.requestURI) else { throw CallError.unreachable(target.text) }
        return ProxyTarget(uri: uri, uriText: resolved.requestURI, hop: resolved.hop)
    }
}

extension RouteTarget {
    fileprivate var isServingCSCF: Bool { if case .servingCSCF = self { true } else { false } }
}

extension IncomingCall {
    /// Forwards the call as a stateful proxy (RFC 3261 §16): no dialog of ours, record-routed; returns when the INVITE
    /// has its final response.
    ///
    /// - Parameter groups: The targets of a group ring together, the groups one after another.
    public consuming func forward(to groups: [[RouteTarget]]) async {
        call.markDecided()
        await call.forward(to: groups)
    }
}
