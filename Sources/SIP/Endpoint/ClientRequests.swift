import Timing

extension SIPEndpoint {
    // MARK: Requests of the transaction user

    /// Sends a request outside any dialog. Via is added; a new From tag, Call-ID and CSeq are the user's.
    ///
    /// - Parameter sessionTimer: Of an INVITE: whether the endpoint asks for a session timer.
    public func send(
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
        let transaction = open(request, .hop(hop), dialog: nil, at: now, into: &out)
        transaction.sessionTimer = sessionTimer
        return transaction.id
    }

    /// Sends a request inside a dialog. A BYE waits until our 2xx has its ACK, or can have none any more (RFC 3261 §15);
    /// the ACK that a 2xx of the peer still waits for goes before it (§13.2.2.4).
    ///
    /// - Returns: `nil` if the dialog does not exist, its next hop cannot be reached by any transport we have (a
    ///   BYE ends the dialog nevertheless), an INVITE in it has no final response yet (RFC 3261 §14.1) or its
    ///   2xx no ACK, or an offer would cross one that is open (RFC 3311 §5.1); and for a BYE that waits.
    public func send(
        _ method: SIPMethod,
        in id: DialogID,
        _ content: MessageContent = .empty,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> ClientTransactionID? {
        dialogs[id].flatMap { send(method, in: $0, content, at: now, into: &out) }?.id
    }

    func send(
        _ method: SIPMethod,
        in usage: DialogUsage,
        _ content: MessageContent = .empty,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> ClientTransaction? {
        let isOffer = method == .invite || method == .update && !content.body.isEmpty
        if method == .invite, !usage.mayInvite { return nil }
        if isOffer, usage.exchange.state != .stable { return nil }
        if method == .bye, usage.success != nil {
            usage.waitingBYE = content
            usage.isEnding = true
            return nil
        }
        if method == .bye, usage.unacknowledged != nil { acknowledge(usage, at: now, into: &out) }
        let (made, hop) = usage.dialog.request(method)
        guard let hop else {
            // Nobody can be told; what is left is to forget.
            if method == .bye { removeDialog(usage.id, at: now, into: &out) }
            return nil
        }
        var request = made
        if method.refreshesTarget, !content.headers.contains(.contact) {
            request.headers.append(
                .contact,
                configuration.contact(for: hop.transport, towards: hop.host, isSecure: request.leavesSecurely))
        }
        if !content.headers.contains(.userAgent) { request.headers.append(.userAgent, configuration.product) }
        content.add(to: &request.headers)
        if let fields = usage.requestFields { request.headers.copy(from: fields) { !content.headers.contains($0) } }
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
        let transaction = open(request, .hop(hop), dialog: usage.id, at: now, into: &out)
        transaction.sessionTimer = content.sessionTimer
        if method == .invite { usage.pendingClientInvite = transaction.id }
        return transaction
    }

    /// Sets fields that every further request of ours in a dialog carries unless it comes with its own, as those of charging.
    /// ACK and CANCEL are without.
    public func setRequestFields(_ fields: SIPHeaders, in id: DialogID) { dialogs[id]?.requestFields = fields }

    /// Sends the PRACK of a reliable provisional response, which came with the dialog that it made (RFC 3262 §4).
    ///
    /// - Parameter content: The answer, when the response carried an offer; or an offer.
    /// - Returns: `nil` as ``send(_:in:_:at:into:)``, and for a response that is not reliable.
    public func acknowledgeProvisional(
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
    ///
    /// - Parameter reasons: Values of Reason (RFC 3326).
    public func cancel(
        _ id: ClientTransactionID,
        reasons: [String] = [],
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let transaction = clients[id], case .invite(let machine) = transaction.machine, machine.isPending else {
            return
        }
        if !transaction.isCancelled { transaction.cancelReasons = reasons }
        transaction.isCancelled = true
        if machine.isProceeding { sendCancel(transaction, at: now, into: &out) }
    }

    func open(
        _ original: SIPRequest,
        _ destination: SIPDestination,
        dialog: DialogID?,
        branch: String? = nil,
        as name: ClientTransactionID? = nil,
        isAuthorized: Bool = false,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> ClientTransaction {
        let branch = branch ?? Via.magicCookie + randomToken()
        var request = original
        if !isAuthorized { authorize(&request, to: destination) }
        request.headers.prepend(
            .via, configuration.via(for: destination.transport, towards: destination.host, branch: branch))
        let isReliable = destination.transport.isReliable
        let timers = configuration.timers
        let machine: ClientTransactionMachine =
            request.method == .invite
            ? .invite(InviteClientTransaction(isReliable: isReliable, timers: timers, at: now))
            : .other(NonInviteClientTransaction(isReliable: isReliable, timers: timers, at: now))
        let transaction = ClientTransaction(
            id: name ?? ClientTransactionID(rawValue: nextIdentifier()),
            key: ClientTransactionKey(branch: branch, method: request.method),
            request: request,
            destination: destination,
            machine: machine,
            dialog: dialog
        )
        clients[transaction.id] = transaction
        clientKeys[transaction.key] = transaction
        out.append(.send(request.serialized(), destination, transaction: transaction.id))
        schedule(transaction)
        return transaction
    }

    /// CANCEL takes the INVITE's branch, Request-URI, Route, To, From, Call-ID and CSeq number (§9.1).
    func sendCancel(_ transaction: ClientTransaction, at now: MonotonicTime, into out: inout [Output]) {
        guard !transaction.hasSentCancel else { return }
        transaction.hasSentCancel = true
        transaction.machine.giveUp(at: now)
        schedule(transaction)
        var cancel = Self.hopByHop(.cancel, from: transaction.request)
        for reason in transaction.cancelReasons { cancel.headers.append(.reason, reason) }
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
    static func hopByHop(_ method: SIPMethod, from invite: SIPRequest) -> SIPRequest {
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
}
