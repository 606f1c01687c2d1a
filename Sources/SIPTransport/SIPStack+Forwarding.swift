import SIP

/// Requests that are forwarded by the stateful proxy (RFC 3261 §16).
extension SIPStack {
    /// - Parameter names: Hosts that mean this element beside the addresses it listens on.
    /// - Returns: The final response that went upstream; `nil` if the INVITE had one already.
    func forward(
        _ leg: SIPLeg,
        _ request: SIPRequest,
        to targets: ProxyTargetSet,
        names: [String]
    ) async -> StatusCode? {
        guard case .server(let id) = leg.role, serverLegs[id] != nil else { return nil }
        prepareProxy(names: names)
        serverLegs[id] = nil
        let status = await withCheckedContinuation { continuation in
            forwards[id] = continuation
            let isTaken = perform { endpoint, now, outputs in
                endpoint.forward(id, request, to: targets, at: now, into: &outputs)
            }
            if !isTaken { forwards.removeValue(forKey: id)?.resume(returning: nil) }
        }
        leg.finish()
        return status
    }

    /// Forwards a request outside dialogs to where its Route leads, in place of an answer.
    ///
    /// - Parameters:
    ///   - request: As the handler was given it.
    ///   - names: Hosts that mean this element beside the addresses it listens on.
    /// - Returns: `false` if it has had its final response; nothing is sent then.
    @discardableResult
    public func forward(_ transaction: ServerTransactionID, _ request: SIPRequest, names: [String] = []) -> Bool {
        prepareProxy(names: names)
        return perform { endpoint, now, outputs in endpoint.forward(transaction, request, at: now, into: &outputs) }
    }

    private func prepareProxy(names: [String]) {
        if let settings = endpoint.proxySettings {
            // A request may come before the last listener is open.
            if settings.names.count < listening.count + names.count {
                endpoint.proxySettings?.names = listening + names.map { HostPort(host: $0) }
            }
            return
        }
        var random = SystemRandomNumberGenerator()
        let key = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        endpoint.proxySettings = ProxySettings(key: key, names: listening + names.map { HostPort(host: $0) })
    }

    func forwarded(_ id: ServerTransactionID, _ status: StatusCode) {
        forwards.removeValue(forKey: id)?.resume(returning: status)
    }

    func endForwards() {
        for continuation in forwards.values { continuation.resume(returning: .serviceUnavailable) }
        forwards = [:]
    }
}

extension SIPLeg {
    /// Forwards the INVITE as a stateful proxy instead of answering it; returns with the final response that it got.
    /// Requests of the dialog pass by the stack from then on.
    ///
    /// - Parameters:
    ///   - request: The INVITE of the leg, perhaps without fields that are not to leave.
    ///   - names: Hosts that mean this element beside the addresses it listens on.
    /// - Returns: `nil` if the INVITE had its final response before.
    public func forward(_ request: SIPRequest, to targets: ProxyTargetSet, names: [String] = []) async -> StatusCode? {
        await stack.forward(self, request, to: targets, names: names)
    }
}
