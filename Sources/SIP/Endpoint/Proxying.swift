import Timing

/// What an endpoint needs to forward requests instead of answering them.
public struct ProxySettings: Sendable {
    /// Hosts that mean this element beside the local addresses.
    public var names: [HostPort]
    public var timerC: Duration
    let key: [UInt8]
    let loops: LoopDetector

    /// - Parameter key: Secret, random, 32 octets; the same for the life of the process.
    public init(key: [UInt8], names: [HostPort] = [], timerC: Duration = .seconds(200)) {
        self.key = key
        self.names = names
        self.timerC = timerC
        loops = LoopDetector(key: key)
    }

    /// User part of our Record-Route: nobody but the parties of a forwarded call can name it, so that no request is
    /// relayed for others.
    func routeToken(callID: String) -> String {
        "p" + (KeyedHash.sha256(Array(callID.utf8), key: key) ?? []).prefix(8).hexadecimal
    }
}

/// A server transaction that is forwarded (RFC 3261 §16).
struct ProxiedRequest: Sendable {
    var context: ProxyContext
    /// The client transactions of the branches.
    var branches: [ProxyBranchID: ClientTransactionID] = [:]
    /// When the driver wakes this context.
    var wake: MonotonicTime?
}

/// The branch of a forwarded request that a client transaction is for.
struct ProxiedBranch: Sendable, Hashable {
    let server: ServerTransactionID
    let branch: ProxyBranchID
}

extension SIPEndpoint {
    private func proxyConfiguration(_ settings: ProxySettings) -> ProxyConfiguration {
        ProxyConfiguration(
            names: Array(configuration.localAddresses.values) + Array(configuration.otherAddresses.values)
                + settings.names,
            recordRoutes: configuration.localAddresses,
            timerC: settings.timerC
        )
    }

    /// Forwards a request that the user was given, in place of an answer. The response comes from one of the targets,
    /// and the user hears of it by ``SIPEndpointEvent/forwarded(_:_:)``; what follows in the dialog passes by.
    ///
    /// - Parameters:
    ///   - request: As the user was given it; it may have taken fields off.
    ///   - targets: `nil`: where Route and Request-URI lead.
    /// - Returns: `false`, and nothing is done, if the transaction is gone or was answered, or
    ///   ``SIPEndpoint/proxySettings`` is not set.
    @discardableResult
    public func forward(
        _ id: ServerTransactionID,
        _ request: SIPRequest,
        to targets: ProxyTargetSet? = nil,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> Bool {
        guard let settings = proxySettings, let transaction = servers[id], transaction.finalStatus == nil,
            proxied[id] == nil
        else { return false }
        let configuration = proxyConfiguration(settings)
        let loops = settings.loops
        transaction.isForwarded = true
        do throws(ProxyRejection) {
            let admitted = try ProxyRequest(
                request, on: transaction.source.transport, configuration: configuration, loops: loops)
            let token = settings.routeToken(callID: request.headers.first(.callID) ?? "")
            let targets = if let targets { targets } else { ProxyTargetSet(try admitted.requestURITarget()) }
            let context = ProxyContext(
                request: admitted, targets: targets, routeToken: token, seed: randomToken(),
                configuration: configuration, loops: loops)
            proxied[id] = ProxiedRequest(context: context)
            advance(id, at: now, into: &out) { context, out in context.start(at: now, into: &out) }
        } catch {
            respond(id, error.status, MessageContent(headers: error.headers), at: now, into: &out)
            out.append(.event(.forwarded(id, error.status)))
        }
        return true
    }

    // MARK: Requests that pass by

    /// Whether a request inside a dialog is one of a call that was forwarded: our Record-Route has come back.
    func passesBy(_ request: SIPRequest) -> Bool {
        guard let settings = proxySettings, let callID = request.headers.first(.callID) else { return false }
        let token = settings.routeToken(callID: callID)
        if let top = request.headers.firstValue(.route) {
            guard let route = try? NameAddress(parsing: top, field: .route) else { return false }
            if route.uri.user == token { return true }
        }
        // A strict router before us (§16.4).
        return (try? request.uri().user) == token
    }

    /// The ACK of a 2xx passes by without state (§16.7 step 10 has no place for it, §16.11 has).
    func forwardACK(_ request: SIPRequest, from source: SIPSource, into out: inout [Output]) {
        guard let settings = proxySettings, passesBy(request) else { return }
        let configuration = proxyConfiguration(settings)
        guard
            let admitted = try? ProxyRequest(
                request, on: source.transport, configuration: configuration, loops: settings.loops),
            let forward = try? admitted.forward(
                to: admitted.requestURITarget(), breadth: 1, routeToken: nil, unique: randomToken(),
                configuration: configuration, loops: settings.loops)
        else { return }
        var copy = forward.request
        copy.headers.prepend(
            .via,
            self.configuration.via(
                for: forward.hop.transport, towards: forward.hop.host, branch: forward.viaBranch))
        out.append(.send(copy.serialized(), .hop(forward.hop), transaction: nil))
    }

    // MARK: Input of the context

    /// The caller's CANCEL has got its 200 (§16.10).
    func cancelForwarded(
        _ id: ServerTransactionID,
        because reasons: [String],
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        advance(id, at: now, into: &out) { context, out in context.cancel(because: reasons, at: now, into: &out) }
    }

    /// A response to a branch, past the transaction layer, with our Via on top.
    func deliverForwarded(
        _ received: SIPResponse,
        of transaction: ClientTransaction,
        on branch: ProxiedBranch,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        var response = received
        response.headers.replaceTopValue(.via, with: nil)
        guard proxied[branch.server] != nil else {
            if ProxyContext.relaysAfterEnd(response.status, to: transaction.request.method) {
                relay(response, branch.server, at: now, &out)
            }
            return
        }
        if response.status == .serviceUnavailable {
            out.append(.event(.unserved(UnservedForward(transaction, branch, .response(response)))))
            return
        }
        advance(branch.server, at: now, into: &out) { context, out in
            context.receive(response, on: branch.branch, at: now, into: &out)
        }
    }

    func failForwarded(
        _ transaction: ClientTransaction,
        on branch: ProxiedBranch,
        _ failure: TransactionFailure,
        into out: inout [Output]
    ) {
        out.append(.event(.unserved(UnservedForward(transaction, branch, .failure(failure)))))
    }

    func proxyTimeout(
        _ id: ServerTransactionID,
        due: MonotonicTime,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard proxied[id]?.wake == due else { return }
        proxied[id]?.wake = nil
        advance(id, at: now, into: &out) { context, out in context.handleTimeout(at: now, into: &out) }
    }

    // MARK: Output of the context

    func advance(
        _ id: ServerTransactionID,
        at now: MonotonicTime,
        into out: inout [Output],
        _ step: (inout ProxyContext, inout [ProxyContext.Output]) -> Void
    ) {
        guard var context = proxied[id]?.context else { return }
        var outputs: [ProxyContext.Output] = []
        step(&context, &outputs)
        proxied[id]?.context = context
        for output in outputs {
            switch output {
            case .forward(let branch, let forward):
                let client = open(
                    forward.request, .hop(forward.hop), dialog: nil, branch: forward.viaBranch, isAuthorized: true,
                    at: now, into: &out)
                client.forwarding = ProxiedBranch(server: id, branch: branch)
                proxied[id]?.branches[branch] = client.id
            case .cancel(let branch):
                if let client = proxied[id]?.branches[branch] {
                    cancel(client, reasons: context.cancelReasons, at: now, into: &out)
                }
            case .relay(let response):
                relay(response, id, at: now, &out)
            case .respond(let status, let headers):
                respond(id, status, MessageContent(headers: headers), at: now, into: &out)
            case .terminated:
                proxied[id] = nil
                out.append(.event(.forwarded(id, servers[id]?.finalStatus ?? .requestTimeout)))
            }
        }
        scheduleProxy(id)
    }

    private func scheduleProxy(_ id: ServerTransactionID) {
        guard let due = proxied[id]?.context.nextTimeout else { return }
        if let wake = proxied[id]?.wake, wake <= due { return }
        proxied[id]?.wake = due
        schedule(.proxy(id), at: due)
    }

    /// Sends a response of a target upstream as it is.
    private func relay(
        _ response: SIPResponse,
        _ id: ServerTransactionID,
        at now: MonotonicTime,
        _ out: inout [Output]
    ) {
        guard let transaction = servers[id] else { return }
        let bytes = response.serialized()
        var outputs: [ServerTransactionOutput] = []
        let isTaken = transaction.machine.respond(response.status, bytes, at: now, into: &outputs)
        if isTaken, response.status.isFinal {
            transaction.finalStatus = response.status
            transaction.forgetRequest()
        }
        settle(transaction, outputs, at: now, into: &out)
        // RFC 6026 §7.1: each further 2xx of an INVITE passes the Accepted state.
        if !isTaken, transaction.request.method == .invite, response.status.isSuccess,
            transaction.finalStatus?.isSuccess == true
        {
            out.append(.send(bytes, transaction.replyTo, transaction: nil))
        }
    }
}
