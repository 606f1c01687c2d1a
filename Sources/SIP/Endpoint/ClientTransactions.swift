import Timing

extension SIPEndpoint {
    // MARK: Responses from the network

    func receive(_ response: SIPResponse, at now: MonotonicTime, into out: inout [Output]) {
        guard let via = try? response.headers.topVia(), let branch = via.branch,
            let cSeq = try? response.headers.cSeq(),
            let transaction = clientKeys[ClientTransactionKey(branch: branch, method: cSeq.method)],
            Self.belongs(response, to: transaction.request, isForwarded: transaction.forwarding != nil)
        else { return }
        var outputs: [ClientTransactionOutput] = []
        transaction.machine.receive(response.status, at: now, into: &outputs)
        for output in outputs {
            switch output {
            case .acknowledge: acknowledgeFailure(transaction, response, into: &out)
            case .deliver:
                noteNextNonce(response, of: transaction)
                if let branch = transaction.forwarding {
                    deliverForwarded(response, of: transaction, on: branch, at: now, into: &out)
                } else if answerChallenge(response, of: transaction, at: now, into: &out)
                    || lengthenInterval(response, of: transaction, at: now, into: &out)
                {
                    break
                } else if case .invite = transaction.machine {
                    deliverInvite(transaction, response, at: now, into: &out)
                } else {
                    deliver(transaction, response, at: now, into: &out)
                }
            case .retransmit: break
            case .terminated(let failure): finish(transaction, failure, at: now, into: &out)
            }
        }
        if response.status.isFinal { transaction.forgetRequest() }
        if transaction.machine.isProceeding, transaction.isCancelled { sendCancel(transaction, at: now, into: &out) }
        schedule(transaction)
    }

    /// What a response must have beyond branch and CSeq method to count as one to `request`: a single Via (RFC 3261
    /// §8.1.3.3), the same Call-ID and CSeq number, and a To that can be read.
    ///
    /// - Parameter isForwarded: The Vias below ours belong to those who the response goes back to (§16.7 step 3).
    private static func belongs(_ response: SIPResponse, to request: SIPRequest, isForwarded: Bool) -> Bool {
        var vias = 0
        response.headers.withValues(of: .via) { bytes in
            vias += topLevelValues(bytes).count
            return vias < 2
        }
        guard isForwarded ? vias > 1 : vias == 1, let callID = response.headers.first(.callID),
            callID.equalsExactly(request.headers.first(.callID) ?? "")
        else { return false }
        guard let number = try? response.headers.cSeq().number, number == (try? request.headers.cSeq().number) else {
            return false
        }
        return (try? response.headers.address(.to)) != nil
    }

    func schedule(_ transaction: ClientTransaction) {
        guard let due = transaction.nextTimeout else { return }
        if let wake = transaction.wake, wake <= due { return }
        transaction.wake = due
        schedule(.client(transaction.id), at: due)
    }

    private func acknowledgeFailure(
        _ transaction: ClientTransaction,
        _ response: SIPResponse,
        into out: inout [Output]
    ) {
        var ack = Self.hopByHop(.ack, from: transaction.request)
        if let to = response.headers.first(.to) { ack.headers.set(.to, to) }
        ack.headers.prepend(
            .via,
            configuration.via(
                for: transaction.destination.transport, towards: transaction.destination.host,
                branch: transaction.key.branch))
        out.append(.send(ack.serialized(), transaction.destination, transaction: nil))
    }

    private func deliver(
        _ transaction: ClientTransaction,
        _ response: SIPResponse,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        let id = transaction.id
        let method = transaction.request.method
        if method == .cancel { return }  // The INVITE's own 487 tells.
        if let subscription = transaction.subscription {
            receive(response, of: subscription, to: transaction.request, at: now, into: &out)
            return
        }
        if let dialog = transaction.dialog {
            settle(response, of: transaction, in: dialog, at: now)
            if method == .bye {
                if response.status.isFinal { removeDialog(dialog, at: now, into: &out) }
            } else if response.status.endsCall(of: method), dialogs[dialog]?.dialog.isConfirmed == true {
                if !transaction.isSessionRefresh { out.append(.event(.response(id, response, dialog))) }
                loseDialog(dialog, because: response.status, at: now, into: &out)
                return
            }
        }
        if !transaction.isSessionRefresh { out.append(.event(.response(id, response, transaction.dialog))) }
    }

    /// What the final response to a request of ours other than INVITE does to its dialog.
    private func settle(
        _ response: SIPResponse,
        of transaction: ClientTransaction,
        in dialog: DialogID,
        at now: MonotonicTime
    ) {
        let method = transaction.request.method
        guard response.status.isFinal, let usage = dialogs[dialog] else { return }
        if method.refreshesTarget, response.status.isSuccess { usage.dialog.refreshTarget(from: response.headers) }
        guard method.carriesOffers else { return }
        if transaction.request.hasDescription {
            usage.exchange.received(
                response.status.isSuccess ? .reliableResponse(to: method, isFinal: true) : .failure(of: method),
                hasDescription: response.hasDescription
            )
        }
        if method == .update {
            if response.status.isSuccess {
                usage.learn(from: response.headers)
                if usage.dialog.isConfirmed {
                    usage.timer = agreedSessionTimer(
                        response, to: transaction.request, transaction.sessionTimer, at: now)
                }
            } else {
                usage.timer?.refreshFailed(at: now)
                if response.status == .methodNotAllowed || response.status == .notImplemented {
                    usage.peerAllowsUpdate = false
                }
            }
        }
        schedule(usage)
    }

    // MARK: Time and transport

    func clientTimeout(_ transaction: ClientTransaction, at now: MonotonicTime, into out: inout [Output]) {
        transaction.wake = nil
        step(transaction, at: now, into: &out) { machine, outputs in machine.handleTimeout(at: now, into: &outputs) }
        schedule(transaction)
    }

    /// The driver could not send what it was given for this transaction.
    public func transportFailed(
        _ id: ClientTransactionID,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let transaction = clients[id] else { return }
        step(transaction, at: now, into: &out) { machine, outputs in machine.transportFailed(into: &outputs) }
    }

    /// The driver has put a request on a connection.
    public func sent(_ id: ClientTransactionID, over flow: FlowID) { clients[id]?.flow = flow }

    /// A connection has closed. Requests that went out by it and have had no response at all are lost, whether the peer has
    /// read them or not: another server may take them (RFC 3263 §4.3). What has had a response may get its final one by
    /// another connection (RFC 3261 §18.2.2), and so may requests inside dialogs, which have no other server and would end
    /// their calls.
    public func connectionClosed(_ flow: FlowID, at now: MonotonicTime, into out: inout [Output]) {
        let lost = clients.keys(where: { $0.flow == flow && $0.machine.isUnanswered && !$0.isInDialog })
        for id in lost { transportFailed(id, at: now, into: &out) }
    }

    /// Lets something happen to a transaction that is no response.
    private func step(
        _ transaction: ClientTransaction,
        at now: MonotonicTime,
        into out: inout [Output],
        _ body: (inout ClientTransactionMachine, inout [ClientTransactionOutput]) -> Void
    ) {
        var outputs: [ClientTransactionOutput] = []
        body(&transaction.machine, &outputs)
        for output in outputs {
            switch output {
            case .retransmit:
                let bytes = transaction.request.serialized()
                out.append(.send(bytes, transaction.destination, transaction: transaction.id))
            case .terminated(let failure): finish(transaction, failure, at: now, into: &out)
            case .acknowledge, .deliver: break
            }
        }
    }

    private func finish(
        _ transaction: ClientTransaction,
        _ failure: TransactionFailure?,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        let id = transaction.id
        clients[id] = nil
        clientKeys[transaction.key] = nil
        removeEarlyDialogs(of: transaction, at: now, into: &out)
        let usage = transaction.dialog.flatMap { dialogs[$0] }
        if let usage, usage.pendingClientInvite == id { usage.pendingClientInvite = nil }
        guard let failure else { return }
        if let branch = transaction.forwarding {
            failForwarded(transaction, on: branch, failure, into: &out)
            return
        }
        switch transaction.request.method {
        case .cancel:
            break
        case .bye:
            if let dialog = transaction.dialog { removeDialog(dialog, at: now, into: &out) }
            out.append(.event(.failed(id, failure)))
        case .subscribe where transaction.subscription != nil:
            if let subscription = transaction.subscription {
                let status: StatusCode = failure == .timeout ? .requestTimeout : .serviceUnavailable
                subscriptionRefused(subscription, status, at: now, &out)
            }
        default:
            if !transaction.isSessionRefresh { out.append(.event(.failed(id, failure))) }
            if transaction.isInDialog, let usage {
                let method = transaction.request.method
                // What has brought nothing leaves the exchange as it is.
                if method == .invite || transaction.request.hasDescription {
                    usage.exchange.received(.failure(of: method), hasDescription: false)
                }
                guard !method.isOfSubscription, usage.dialog.isConfirmed else { return }
                loseDialog(usage.id, because: .requestTimeout, at: now, into: &out)
            }
        }
    }

    /// Early dialogs end with the INVITE that made them (RFC 3261 §13.2.2.3, §13.2.2.4).
    func removeEarlyDialogs(
        of transaction: ClientTransaction,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        for dialog in transaction.earlyDialogs where dialogs[dialog]?.dialog.isConfirmed == false {
            removeDialog(dialog, at: now, into: &out)
        }
    }
}

extension SIPMethod {
    /// Whether silence upon it tells of a subscription, not of the call in whose dialog it is sent (RFC 5057 §5.1).
    fileprivate var isOfSubscription: Bool { self == .notify || self == .subscribe }
}
