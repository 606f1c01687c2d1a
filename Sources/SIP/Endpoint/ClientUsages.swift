import Timing

extension SIPEndpoint {
    // MARK: As client

    /// A response to an INVITE, past the transaction layer.
    func deliverInvite(
        _ transaction: ClientTransaction,
        _ response: SIPResponse,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        let id = transaction.id
        if transaction.isInDialog, let dialog = transaction.dialog {
            deliverReinvite(transaction, dialog, response, at: now, into: &out)
            return
        }
        // A 2xx without To tag comes from peers before RFC 3261 (§12.1.2: the tag counts as empty).
        guard response.status > .trying, response.status.rawValue < 300,
            let made = try? Dialog(request: transaction.request, response: response),
            response.status.isSuccess || !made.id.remoteTag.isEmpty
        else {
            if response.status.isFinal { removeEarlyDialogs(of: transaction, at: now, into: &out) }
            out.append(.event(.response(id, response, nil)))
            return
        }
        let dialogID = made.id
        if response.status.isSuccess, let ack = transaction.sentACK(in: dialogID) {
            out.append(.send(ack.bytes, ack.destination, transaction: nil))
            return
        }
        let usage: DialogUsage
        if let known = dialogs[dialogID] {
            usage = known
            if response.status.isSuccess, transaction.dialog == dialogID { return }  // Not acknowledged yet.
            guard usage.acceptsInOrder(response) else { return }
            usage.dialog.update(with: response)
            usage.receive(inviteResponse: response)
        } else {
            let isOneTooMany = transaction.forks >= ClientTransaction.forkLimit
            if isOneTooMany, !response.status.isSuccess { return }
            usage = DialogUsage(dialog: made)
            if isOneTooMany, transaction.dialog != nil {
                refuse(usage, of: transaction, into: &out)
                return
            }
            transaction.forks += 1
            usage.pendingClientInvite = id
            usage.exchange.sent(.request(.invite), hasDescription: transaction.request.hasDescription)
            guard usage.acceptsInOrder(response) else { return }
            usage.receive(inviteResponse: response)
            dialogs[dialogID] = usage
        }
        if response.status.isSuccess {
            let timer = agreedSessionTimer(response, to: transaction.request, transaction.sessionTimer, at: now)
            usage.timer = timer
            usage.credentials = transaction.request.credentials
            usage.unacknowledged = id
            schedule(usage)
        }
        guard response.status.isSuccess else {
            transaction.earlyDialogs.insert(dialogID)
            out.append(.event(.response(id, response, dialogID)))
            return
        }
        if transaction.dialog == nil {
            transaction.dialog = dialogID
            out.append(.event(.response(id, response, dialogID)))
        } else {
            // A second fork answered (RFC 3261 §13.2.2.4): one call is enough.
            acknowledge(usage, at: now, into: &out)
            _ = send(.bye, in: usage, at: now, into: &out)
        }
    }

    /// Acknowledges the 2xx of a fork beyond the limit and ends its dialog, and keeps nothing of either (RFC 3261 §13.2.2.4):
    /// both go out once more when it comes again.
    private func refuse(_ usage: DialogUsage, of transaction: ClientTransaction, into out: inout [Output]) {
        for method in [SIPMethod.ack, .bye] {
            let sequence = method == .ack ? usage.dialog.localSequence : nil
            var (request, hop) = usage.dialog.request(method, sequence: sequence)
            guard let hop else { return }
            request.headers.copy(from: transaction.request.credentials) { _ in method == .ack }
            let branch = Via.magicCookie + randomToken()
            request.headers.prepend(.via, configuration.via(for: hop.transport, towards: hop.host, branch: branch))
            out.append(.send(request.serialized(), .hop(hop), transaction: nil))
        }
    }

    private func deliverReinvite(
        _ transaction: ClientTransaction,
        _ dialogID: DialogID,
        _ response: SIPResponse,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        let id = transaction.id
        let usage = dialogs[dialogID]
        if response.status.isSuccess, let ack = transaction.sentACK(in: dialogID) {
            out.append(.send(ack.bytes, ack.destination, transaction: nil))
            return
        }
        // It is repeated because the user takes its time over the ACK.
        if response.status.isSuccess, let usage, usage.pendingClientInvite != id { return }
        if let usage, usage.pendingClientInvite == id {
            guard usage.acceptsInOrder(response) else { return }
            usage.receive(inviteResponse: response)
            if response.status.isSuccess {
                usage.dialog.refreshTarget(from: response.headers)
                usage.credentials = transaction.request.credentials
                usage.unacknowledged = id
                usage.timer = agreedSessionTimer(response, to: transaction.request, transaction.sessionTimer, at: now)
            } else if response.status.isFinal {
                usage.timer?.refreshFailed(at: now)
            }
            schedule(usage)
        }
        out.append(.event(.response(id, response, dialogID)))
        if response.status.endsCall(of: .invite) { loseDialog(dialogID, because: response.status, at: now, into: &out) }
    }

    /// Sends the ACK of the 2xx to our latest INVITE in this dialog, and again whenever that 2xx comes again within 64·T1.
    /// Does nothing where no 2xx waits for one.
    ///
    /// - Parameter content: The answer, when the 2xx carried the offer.
    public func acknowledge(
        _ id: DialogID,
        _ content: MessageContent = .empty,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        if let usage = dialogs[id] { acknowledge(usage, content, at: now, into: &out) }
    }

    func acknowledge(
        _ usage: DialogUsage,
        _ content: MessageContent = .empty,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let invite = usage.unacknowledged else { return }
        let (made, hop) = usage.dialog.request(.ack, sequence: usage.inviteSequence)
        guard let hop else { return }
        var ack = made
        ack.headers.copy(from: usage.credentials) { _ in true }
        content.add(to: &ack.headers)
        ack.body = content.body
        usage.exchange.sent(.request(.ack), hasDescription: ack.hasDescription)
        ack.headers.prepend(
            .via,
            configuration.via(for: hop.transport, towards: hop.host, branch: Via.magicCookie + randomToken()))
        let bytes = ack.serialized()
        usage.unacknowledged = nil
        clients[invite]?.sentACKs.append(SentACK(dialog: usage.id, bytes: bytes, destination: .hop(hop)))
        out.append(.send(bytes, .hop(hop), transaction: nil))
    }
}

extension DialogUsage {
    /// Whether a response to our INVITE may be looked at: a reliable one has to follow the one before it, and is not
    /// looked at twice (RFC 3262 §4). Takes note of its number if so.
    fileprivate func acceptsInOrder(_ response: SIPResponse) -> Bool {
        guard response.isReliableProvisional, let rSeq = try? response.headers.rSeq() else { return true }
        if let lastRSeq, rSeq.number != lastRSeq &+ 1 { return false }
        lastRSeq = rSeq.number
        return true
    }

    /// What a response to our INVITE does to the dialog.
    fileprivate func receive(inviteResponse response: SIPResponse) {
        learn(from: response.headers)
        if response.status.isFinal {
            pendingClientInvite = nil
            exchange.received(
                response.status.isSuccess ? .reliableResponse(to: .invite, isFinal: true) : .failure(of: .invite),
                hasDescription: response.hasDescription
            )
        } else if response.isReliableProvisional {
            exchange.received(
                .reliableResponse(to: .invite, isFinal: false),
                hasDescription: response.hasDescription
            )
        }
    }
}

extension SIPResponse {
    /// A provisional response that wants a PRACK (RFC 3262).
    public var isReliableProvisional: Bool {
        !status.isFinal && status > .trying && headers.contains(.rSeq) && headers.lists("100rel", in: .require)
    }
}
