import Timing

extension SIPEndpoint {
    // MARK: Requests of the transaction user

    /// Sends a request outside any dialog. Via is added; a new From tag, Call-ID and CSeq are the user's.
    ///
    /// - Parameter sessionTimer: Of an INVITE: whether the endpoint asks for a session timer.
    public mutating func send(
        _ request: SIPRequest,
        to hop: Hop,
        sessionTimer: SessionTimerHandling = .carried,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> ClientTransactionID {
        var request = request
        if request.method == .invite, sessionTimer == .own {
            requestSessionTimer(&request.headers, running: nil)
        }
        let id = open(request, .hop(hop), dialog: nil, at: now, into: &out)
        clients[id]?.sessionTimer = sessionTimer
        return id
    }

    /// Sends a request inside a dialog.
    ///
    /// - Returns: `nil` if the dialog does not exist, its next hop cannot be reached by any transport we have (a
    ///   BYE ends the dialog nevertheless), an INVITE in it has no final response yet (RFC 3261 §14.1), or an offer
    ///   would cross one that is open (RFC 3311 §5.1).
    public mutating func send(
        _ method: SIPMethod,
        in id: DialogID,
        _ content: MessageContent = .empty,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> ClientTransactionID? {
        guard var usage = dialogs[id] else { return nil }
        let isOffer = method == .invite || method == .update && !content.body.isEmpty
        if method == .invite, usage.pendingClientInvite != nil || usage.pendingServerInvite != nil { return nil }
        if isOffer, usage.exchange.state != .stable { return nil }
        let (made, hop) = usage.dialog.request(method)
        guard let hop else {
            // Nobody can be told; what is left is to forget.
            if method == .bye { removeDialog(id, at: now, into: &out) }
            return nil
        }
        var request = made
        let refreshesTarget =
            method == .invite || method == .update || method == .subscribe || method == .refer || method == .notify
        if refreshesTarget, !content.headers.contains(.contact) {
            request.headers.append(.contact, configuration.contact(for: hop.transport))
        }
        if !content.headers.contains(.userAgent) { request.headers.append(.userAgent, configuration.product) }
        content.add(to: &request.headers)
        request.body = content.body
        if method == .invite || method == .update, content.sessionTimer == .own, usage.dialog.isConfirmed {
            requestSessionTimer(&request.headers, running: usage.timer)
        }
        if method == .invite {
            usage.inviteSequence = usage.dialog.localSequence
            usage.lastRSeq = nil
        }
        usage.exchange.sent(.request(method), hasDescription: request.hasDescription)
        if method == .bye { usage.isEnding = true }
        dialogs[id] = usage
        let transaction = open(request, .hop(hop), dialog: id, at: now, into: &out)
        clients[transaction]?.sessionTimer = content.sessionTimer
        if method == .invite { dialogs[id]?.pendingClientInvite = transaction }
        return transaction
    }

    /// Sends the PRACK of a reliable provisional response, which came with the dialog that it made (RFC 3262 §4).
    ///
    /// - Parameter content: The answer, when the response carried an offer; or an offer.
    /// - Returns: `nil` as ``send(_:in:_:at:into:)``, and for a response that is not reliable.
    public mutating func acknowledgeProvisional(
        _ response: SIPResponse,
        in id: DialogID,
        _ content: MessageContent = .empty,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> ClientTransactionID? {
        guard response.isReliableProvisional, let rSeq = try? response.headers.rSeq(),
            let cSeq = try? response.headers.cSeq()
        else { return nil }
        var content = content
        content.headers.append(.rAck, RAck(rSeq: rSeq.number, cSeq: cSeq))
        return send(.prack, in: id, content, at: now, into: &out)
    }

    /// Gives up an INVITE: CANCEL now, or as soon as a provisional response has come (RFC 3261 §9.1). The user
    /// still gets the final response.
    public mutating func cancel(_ id: ClientTransactionID, at now: MonotonicTime, into out: inout [Output]) {
        guard var transaction = clients[id], case .invite(let machine) = transaction.machine, machine.isPending else {
            return
        }
        transaction.isCancelled = true
        clients[id] = transaction
        if machine.isProceeding { sendCancel(id, at: now, into: &out) }
    }

    private mutating func open(
        _ original: SIPRequest,
        _ destination: SIPDestination,
        dialog: DialogID?,
        branch: String? = nil,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> ClientTransactionID {
        let id = ClientTransactionID(rawValue: nextIdentifier())
        let branch = branch ?? Via.magicCookie + randomToken()
        var request = original
        request.headers.prepend(.via, via(for: destination.transport, branch: branch))
        let isReliable = destination.transport.isReliable
        let timers = configuration.timers
        let machine: ClientTransaction.Machine =
            request.method == .invite
            ? .invite(InviteClientTransaction(isReliable: isReliable, timers: timers, at: now))
            : .other(NonInviteClientTransaction(isReliable: isReliable, timers: timers, at: now))
        let transaction = ClientTransaction(
            key: ClientTransactionKey(branch: branch, method: request.method),
            request: request,
            bytes: request.serialized(),
            destination: destination,
            machine: machine,
            dialog: dialog,
            isInDialog: dialog != nil
        )
        clients[id] = transaction
        clientKeys[transaction.key] = id
        out.append(.send(transaction.bytes, destination, transaction: id))
        scheduleClient(id)
        return id
    }

    func via(for transport: TransportKind, branch: String) -> String {
        let address = configuration.localAddresses[transport] ?? HostPort(host: "127.0.0.1")
        var via = Via(transport: transport.rawValue, sentBy: address, branch: branch)
        if transport == .udp { via.parameters.set("rport", nil) }
        return via.description
    }

    /// CANCEL takes the INVITE's branch, Request-URI, Route, To, From, Call-ID and CSeq number (§9.1).
    private mutating func sendCancel(_ id: ClientTransactionID, at now: MonotonicTime, into out: inout [Output]) {
        guard var transaction = clients[id], !transaction.hasSentCancel else { return }
        transaction.hasSentCancel = true
        if case .invite(var machine) = transaction.machine {
            machine.giveUp(at: now)
            transaction.machine = .invite(machine)
        }
        clients[id] = transaction
        scheduleClient(id)
        let cancel = Self.hopByHop(.cancel, from: transaction.request)
        _ = open(
            cancel,
            transaction.destination,
            dialog: nil,
            branch: transaction.key.branch,
            at: now,
            into: &out
        )
    }

    /// The fields that a CANCEL and the ACK of a non-2xx take from their INVITE, without Via.
    private static func hopByHop(_ method: SIPMethod, from invite: SIPRequest) -> SIPRequest {
        var request = SIPRequest(method: method, requestURI: invite.requestURI)
        request.headers.copy(.route, from: invite.headers)
        request.headers.append(.maxForwards, "70")
        request.headers.copy(.from, from: invite.headers)
        request.headers.copy(.to, from: invite.headers)
        request.headers.copy(.callID, from: invite.headers)
        let number = (try? invite.headers.cSeq().number) ?? 1
        request.headers.append(.cSeq, CSeq(number: number, method: method).description)
        return request
    }

    // MARK: Responses from the network

    mutating func receive(_ response: SIPResponse, at now: MonotonicTime, into out: inout [Output]) {
        guard let via = try? response.headers.topVia(), let branch = via.branch,
            let cSeq = try? response.headers.cSeq(),
            let id = clientKeys[ClientTransactionKey(branch: branch, method: cSeq.method)],
            var transaction = clients[id], Self.belongs(response, to: transaction.request)
        else { return }
        switch transaction.machine {
        case .invite(var machine):
            var outputs: [InviteClientTransaction.Output] = []
            machine.receive(response.status, at: now, into: &outputs)
            transaction.machine = .invite(machine)
            clients[id] = transaction
            for output in outputs {
                switch output {
                case .acknowledge: acknowledgeFailure(transaction, response, into: &out)
                case .deliver: deliverInvite(id, response, at: now, into: &out)
                case .retransmit: break
                case .terminated(let failure): finish(id, failure, at: now, into: &out)
                }
            }
            if machine.isProceeding, clients[id]?.isCancelled == true { sendCancel(id, at: now, into: &out) }
        case .other(var machine):
            var outputs: [NonInviteClientTransaction.Output] = []
            machine.receive(response.status, at: now, into: &outputs)
            transaction.machine = .other(machine)
            clients[id] = transaction
            for output in outputs {
                switch output {
                case .deliver: deliver(id, response, at: now, into: &out)
                case .retransmit: break
                case .terminated(let failure): finish(id, failure, at: now, into: &out)
                }
            }
        }
        scheduleClient(id)
    }

    /// What a response must have beyond branch and CSeq method to count as one to `request`: a single Via (RFC 3261
    /// §8.1.3.3), the same Call-ID and CSeq number, and a To that can be read.
    private static func belongs(_ response: SIPResponse, to request: SIPRequest) -> Bool {
        var vias = 0
        response.headers.withValues(of: .via) { bytes in
            vias += topLevelValues(bytes).count
            return vias < 2
        }
        guard vias == 1, let callID = response.headers.first(.callID),
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
        ack.headers.prepend(.via, via(for: transaction.destination.transport, branch: transaction.key.branch))
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
            } else if method != .prack, response.endsDialog, dialogs[dialog]?.dialog.isConfirmed == true {
                // 481 to a PRACK is about the provisional response only (RFC 3262 §3).
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
        guard var transaction = clients[id], transaction.wake == due else { return }
        transaction.wake = nil
        switch transaction.machine {
        case .invite(var machine):
            var outputs: [InviteClientTransaction.Output] = []
            machine.handleTimeout(at: now, into: &outputs)
            transaction.machine = .invite(machine)
            clients[id] = transaction
            settle(id, outputs, at: now, into: &out)
        case .other(var machine):
            var outputs: [NonInviteClientTransaction.Output] = []
            machine.handleTimeout(at: now, into: &outputs)
            transaction.machine = .other(machine)
            clients[id] = transaction
            settle(id, outputs, at: now, into: &out)
        }
        scheduleClient(id)
    }

    /// The driver could not send what it was given for this transaction.
    public mutating func transportFailed(
        _ id: ClientTransactionID,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard var transaction = clients[id] else { return }
        switch transaction.machine {
        case .invite(var machine):
            var outputs: [InviteClientTransaction.Output] = []
            machine.transportFailed(into: &outputs)
            transaction.machine = .invite(machine)
            clients[id] = transaction
            settle(id, outputs, at: now, into: &out)
        case .other(var machine):
            var outputs: [NonInviteClientTransaction.Output] = []
            machine.transportFailed(into: &outputs)
            transaction.machine = .other(machine)
            clients[id] = transaction
            settle(id, outputs, at: now, into: &out)
        }
    }

    private mutating func settle(
        _ id: ClientTransactionID,
        _ outputs: [InviteClientTransaction.Output],
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        for output in outputs {
            switch output {
            case .retransmit: retransmit(id, into: &out)
            case .terminated(let failure): finish(id, failure, at: now, into: &out)
            case .acknowledge, .deliver: break
            }
        }
    }

    private mutating func settle(
        _ id: ClientTransactionID,
        _ outputs: [NonInviteClientTransaction.Output],
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        for output in outputs {
            switch output {
            case .retransmit: retransmit(id, into: &out)
            case .terminated(let failure): finish(id, failure, at: now, into: &out)
            case .deliver: break
            }
        }
    }

    private func retransmit(_ id: ClientTransactionID, into out: inout [Output]) {
        guard let transaction = clients[id] else { return }
        out.append(.send(transaction.bytes, transaction.destination, transaction: id))
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
        switch transaction.request.method {
        case .cancel:
            break
        case .bye:
            if let dialog = transaction.dialog { removeDialog(dialog, at: now, into: &out) }
            out.append(.event(.failed(id, failure)))
        case .subscribe where transaction.subscription != nil:
            if let subscription = transaction.subscription {
                endSubscription(
                    subscription, .failed(failure == .timeout ? .requestTimeout : .serviceUnavailable), &out)
            }
        default:
            if !transaction.isSessionRefresh { out.append(.event(.failed(id, failure))) }
            if transaction.isInDialog, let dialog = transaction.dialog {
                dialogs[dialog]?.exchange.received(.failure(of: transaction.request.method), hasDescription: false)
                guard dialogs[dialog]?.dialog.isConfirmed == true else { return }
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
