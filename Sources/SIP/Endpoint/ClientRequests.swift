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

    /// Sends a request inside a dialog. A BYE waits until our 2xx has its ACK, or can have none any more (RFC 3261 §15);
    /// the ACK that a 2xx of the peer still waits for goes before it (§13.2.2.4).
    ///
    /// - Returns: `nil` if the dialog does not exist, its next hop cannot be reached by any transport we have (a
    ///   BYE ends the dialog nevertheless), an INVITE in it has no final response yet (RFC 3261 §14.1), or an offer
    ///   would cross one that is open (RFC 3311 §5.1); and for a BYE that waits.
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
        if method == .bye, usage.success != nil {
            dialogs[id]?.waitingBYE = content
            dialogs[id]?.isEnding = true
            return nil
        }
        if method == .bye, usage.isACKDue {
            acknowledge(id, at: now, into: &out)
            usage = dialogs[id] ?? usage
        }
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
            request.headers.append(.contact, configuration.contact(for: hop.transport, towards: hop.host))
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
    ///
    /// - Parameter reasons: Values of Reason (RFC 3326).
    public mutating func cancel(
        _ id: ClientTransactionID,
        reasons: [String] = [],
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard var transaction = clients[id], case .invite(let machine) = transaction.machine, machine.isPending else {
            return
        }
        if !transaction.isCancelled { transaction.cancelReasons = reasons }
        transaction.isCancelled = true
        clients[id] = transaction
        if machine.isProceeding { sendCancel(id, at: now, into: &out) }
    }

    mutating func open(
        _ original: SIPRequest,
        _ destination: SIPDestination,
        dialog: DialogID?,
        branch: String? = nil,
        as name: ClientTransactionID? = nil,
        isAuthorized: Bool = false,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> ClientTransactionID {
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
            key: ClientTransactionKey(branch: branch, method: request.method),
            request: request,
            destination: destination,
            machine: machine,
            dialog: dialog,
            isInDialog: dialog != nil
        )
        let id = name ?? ClientTransactionID(rawValue: nextIdentifier())
        clients[id] = transaction
        clientKeys[transaction.key] = id
        out.append(.send(request.serialized(), destination, transaction: id))
        scheduleClient(id)
        return id
    }

    /// CANCEL takes the INVITE's branch, Request-URI, Route, To, From, Call-ID and CSeq number (§9.1).
    mutating func sendCancel(_ id: ClientTransactionID, at now: MonotonicTime, into out: inout [Output]) {
        guard var transaction = clients[id], !transaction.hasSentCancel else { return }
        transaction.hasSentCancel = true
        transaction.machine.giveUp(at: now)
        clients[id] = transaction
        scheduleClient(id)
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
