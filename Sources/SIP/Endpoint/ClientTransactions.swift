import Timing

extension SIPEndpoint {
    // MARK: Responses from the network

    mutating func receive(_ response: SIPResponse, at now: MonotonicTime, into out: inout [Output]) {
        guard let via = try? response.headers.topVia(), let branch = via.branch,
            let cSeq = try? response.headers.cSeq(),
            let id = clientKeys[ClientTransactionKey(branch: branch, method: cSeq.method)],
            let transaction = clients[id],
            Self.belongs(response, to: transaction.request, isForwarded: transaction.forwarding != nil)
        else { return }
        var machine = transaction.machine
        var outputs: [ClientTransactionOutput] = []
        machine.receive(response.status, at: now, into: &outputs)
        clients[id]?.machine = machine
        // What a challenge has ended, if the request went out once more.
        var ended: ClientTransactionID?
        for output in outputs {
            switch output {
            case .acknowledge: acknowledgeFailure(transaction, response, into: &out)
            case .deliver:
                if let branch = transaction.forwarding {
                    deliverForwarded(response, on: branch, transaction.request.method, at: now, into: &out)
                } else if let challenged = answerChallenge(response, of: id, at: now, into: &out) {
                    ended = challenged
                } else if case .invite = machine {
                    deliverInvite(id, response, at: now, into: &out)
                } else {
                    deliver(id, response, at: now, into: &out)
                }
            case .retransmit: break
            case .terminated(let failure): finish(ended ?? id, failure, at: now, into: &out)
            }
        }
        if response.status.isFinal { clients[ended ?? id]?.forgetRequest() }
        if machine.isProceeding, clients[id]?.isCancelled == true { sendCancel(id, at: now, into: &out) }
        scheduleClient(id)
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

    mutating func scheduleClient(_ id: ClientTransactionID) {
        guard let due = clients[id]?.nextTimeout else { return }
        if let wake = clients[id]?.wake, wake <= due { return }
        clients[id]?.wake = due
        schedule(.client(id), at: due)
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

    private mutating func deliver(
        _ id: ClientTransactionID,
        _ response: SIPResponse,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let transaction = clients[id] else { return }
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
            } else if method.tellsOfDialog, response.endsDialog, dialogs[dialog]?.dialog.isConfirmed == true {
                if !transaction.isSessionRefresh { out.append(.event(.response(id, response, dialog))) }
                loseDialog(dialog, because: response.status, at: now, into: &out)
                return
            }
        }
        if !transaction.isSessionRefresh { out.append(.event(.response(id, response, transaction.dialog))) }
    }

    /// What the final response to an UPDATE or PRACK of ours does to its dialog.
    private mutating func settle(
        _ response: SIPResponse,
        of transaction: ClientTransaction,
        in dialog: DialogID,
        at now: MonotonicTime
    ) {
        let method = transaction.request.method
        guard response.status.isFinal, method.carriesOffers, var usage = dialogs[dialog] else { return }
        if transaction.request.hasDescription {
            usage.exchange.received(
                response.status.isSuccess ? .reliableResponse(to: method, isFinal: true) : .failure(of: method),
                hasDescription: response.hasDescription
            )
        }
        if method == .update {
            if response.status.isSuccess {
                usage.learn(from: response.headers)
                usage.dialog.refreshTarget(from: response.headers)
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
        dialogs[dialog] = usage
        scheduleDialog(dialog)
    }

    // MARK: Time and transport

    mutating func clientTimeout(
        _ id: ClientTransactionID,
        due: MonotonicTime,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let transaction = clients[id], transaction.wake == due else { return }
        clients[id]?.wake = nil
        step(id, at: now, into: &out) { machine, outputs in machine.handleTimeout(at: now, into: &outputs) }
        scheduleClient(id)
    }

    /// The driver could not send what it was given for this transaction.
    public mutating func transportFailed(
        _ id: ClientTransactionID,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        step(id, at: now, into: &out) { machine, outputs in machine.transportFailed(into: &outputs) }
    }

    /// Lets something happen to a transaction that is no response.
    private mutating func step(
        _ id: ClientTransactionID,
        at now: MonotonicTime,
        into out: inout [Output],
        _ body: (inout ClientTransactionMachine, inout [ClientTransactionOutput]) -> Void
    ) {
        guard var machine = clients[id]?.machine else { return }
        var outputs: [ClientTransactionOutput] = []
        body(&machine, &outputs)
        clients[id]?.machine = machine
        for output in outputs {
            switch output {
            case .retransmit: retransmit(id, into: &out)
            case .terminated(let failure): finish(id, failure, at: now, into: &out)
            case .acknowledge, .deliver: break
            }
        }
    }

    private func retransmit(_ id: ClientTransactionID, into out: inout [Output]) {
        guard let transaction = clients[id] else { return }
        out.append(.send(transaction.request.serialized(), transaction.destination, transaction: id))
    }

    private mutating func finish(
        _ id: ClientTransactionID,
        _ failure: TransactionFailure?,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let transaction = clients.removeValue(forKey: id) else { return }
        clientKeys[transaction.key] = nil
        removeEarlyDialogs(of: transaction, at: now, into: &out)
        if let dialog = transaction.dialog, dialogs[dialog]?.pendingClientInvite == id {
            dialogs[dialog]?.pendingClientInvite = nil
        }
        guard let failure else { return }
        if let branch = transaction.forwarding {
            failForwarded(branch, failure, at: now, into: &out)
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
            if transaction.isInDialog, let dialog = transaction.dialog {
                let method = transaction.request.method
                // What has brought nothing leaves the exchange as it is.
                if method == .invite || transaction.request.hasDescription {
                    dialogs[dialog]?.exchange.received(.failure(of: method), hasDescription: false)
                }
                guard !method.isOfSubscription, dialogs[dialog]?.dialog.isConfirmed == true else { return }
                loseDialog(dialog, because: .requestTimeout, at: now, into: &out)
            }
        }
    }

    /// Early dialogs end with the INVITE that made them (RFC 3261 §13.2.2.3, §13.2.2.4).
    mutating func removeEarlyDialogs(
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
    /// Whether 481 and 408 to it tell of a subscription, not of the call in whose dialog it is sent (RFC 5057 §5.1).
    fileprivate var isOfSubscription: Bool { self == .notify || self == .subscribe }

    /// Whether 481 and 408 to it mean that the call is over. 481 to a PRACK is about the provisional response only
    /// (RFC 3262 §3).
    fileprivate var tellsOfDialog: Bool { self != .prack && !isOfSubscription }
}
