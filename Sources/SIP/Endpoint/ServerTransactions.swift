import Timing

extension SIPEndpoint {
    // MARK: Requests from the network

    func receive(
        _ received: SIPRequest,
        from source: SIPSource,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        var request = received
        guard var via = try? request.headers.topVia() else {
            // Without a Via that can be read there is nobody to answer to but the sender of the datagram.
            guard request.method != .ack, request.headers.contains(.via) else { return }
            let response = SIPResponse(.badRequest, to: request, toTag: randomToken())
            out.append(.send(response.serialized(), .reply(source), transaction: nil))
            return
        }
        // Before anything is done for it: a repetition costs no more than its look-up.
        let key = ServerTransactionKey(request, via: via, method: request.method == .ack ? .invite : request.method)
        if request.method != .ack, retransmission(of: key, into: &out) { return }

        // RFC 3581 §4: with rport, received is set whatever sent-by says.
        let wantsPort = via.hasParameter("rport")
        if wantsPort || !via.sentBy.host.equalsIgnoringCase(source.address) {
            if wantsPort { via.parameters["rport"] = String(source.port) }
            via.parameters["received"] = source.address
            request.headers.replaceTopValue(.via, with: via.description)
        }
        let replyTo = Self.replyDestination(via, source)

        let identity: RequestIdentity
        do throws(SIPParseError) {
            identity = try RequestIdentity(validating: request)
        } catch {
            guard request.method != .ack else { return }
            let phrase =
                "\(error.responseStatus.reasonPhrase): \(error.field?.rawValue ?? "message") \(error.fault.text)"
            var response = SIPResponse(error.responseStatus, to: request, toTag: randomToken())
            response.reasonPhrase = phrase
            out.append(.send(response.serialized(), replyTo, transaction: nil))
            return
        }

        switch request.method {
        case .ack:
            receiveACK(request, identity, key: key, from: source, at: now, into: &out)
        case .cancel:
            let inviteKey = ServerTransactionKey(request, via: via, method: .invite)
            receiveCancel(request, key: key, of: inviteKey, source, replyTo, at: now, into: &out)
        default:
            let transaction = open(request, key: key, source, replyTo, toTag: randomToken(), at: now)
            dispatch(request, identity, transaction, at: now, into: &out)
        }
    }

    /// Responses go back on the flow; the address is used once that is gone.
    private static func replyDestination(_ via: Via, _ source: SIPSource) -> SIPDestination {
        var reply = source
        // The port that a connection was opened from takes none (RFC 3581 §4).
        if source.transport.isReliable || !via.hasParameter("rport") {
            reply.port = via.sentByPort ?? source.transport.defaultPort
        }
        return .reply(reply)
    }

    private func open(
        _ request: SIPRequest,
        key: ServerTransactionKey,
        _ source: SIPSource,
        _ replyTo: SIPDestination,
        toTag: String,
        at now: MonotonicTime
    ) -> ServerTransaction {
        let isReliable = source.transport.isReliable
        let machine: ServerTransactionMachine =
            request.method == .invite
            ? .invite(InviteServerTransaction(isReliable: isReliable, timers: configuration.timers, at: now))
            : .other(NonInviteServerTransaction(isReliable: isReliable, timers: configuration.timers, at: now))
        let transaction = ServerTransaction(
            id: ServerTransactionID(rawValue: nextIdentifier()),
            key: key,
            request: request,
            source: source,
            replyTo: replyTo,
            toTag: toTag,
            machine: machine
        )
        if request.method == .invite { transaction.expiry = request.invitationExpiry(from: now) }
        servers[transaction.id] = transaction
        serverKeys[key] = transaction
        schedule(transaction)
        return transaction
    }

    /// Whether the request has come on another way already and is under way or taken (RFC 3261 §8.2.2.2). One that
    /// was refused does not count: an S-CSCF may send the request again for its next criterion.
    func isMerged(_ transaction: ServerTransaction, _ identity: RequestIdentity) -> Bool {
        let key = MergeKey(identity)
        if let earlier = merges[key], earlier.finalStatus?.isSuccess ?? true, !earlier.isForwarded { return true }
        merges[key] = transaction
        transaction.mergeKey = key
        return false
    }

    private func retransmission(of key: ServerTransactionKey, into out: inout [Output]) -> Bool {
        guard let transaction = serverKeys[key] else { return false }
        var outputs: [ServerTransactionOutput] = []
        transaction.machine.receiveRetransmission(into: &outputs)
        for case .transmit(let bytes) in outputs {
            out.append(.send(bytes, transaction.replyTo, transaction: nil))
        }
        return true
    }

    private func receiveACK(
        _ request: SIPRequest,
        _ identity: RequestIdentity,
        key: ServerTransactionKey,
        from source: SIPSource,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        if let transaction = serverKeys[key] {
            var outputs: [ServerTransactionOutput] = []
            transaction.machine.receiveACK(at: now, into: &outputs)
            settle(transaction, outputs, at: now, into: &out)
        }
        if !acknowledge(request, identity, at: now, into: &out) { forwardACK(request, from: source, into: &out) }
    }

    private func receiveCancel(
        _ request: SIPRequest,
        key: ServerTransactionKey,
        of inviteKey: ServerTransactionKey,
        _ source: SIPSource,
        _ replyTo: SIPDestination,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let invite = serverKeys[inviteKey] else {
            let cancel = open(request, key: key, source, replyTo, toTag: randomToken(), at: now)
            respond(cancel, .callDoesNotExist, at: now, into: &out)
            return
        }
        // RFC 3261 §9.2: the same To tag as in the responses to the INVITE.
        let cancel = open(request, key: key, source, replyTo, toTag: invite.toTag, at: now)
        respond(cancel, .ok, at: now, into: &out)
        guard invite.isPendingInvite else { return }
        guard !invite.isForwarded else {
            cancelForwarded(invite.id, because: request.headers.splitValues(.reason), at: now, into: &out)
            return
        }
        // To its user a call that was answered is more than an INVITE, also where its 2xx waits for a PRACK.
        let answered = invite.dialog.flatMap { dialogs[$0] }.flatMap { $0.reliable.holdsFinal ? $0.id : nil }
        respond(invite, .requestTerminated, at: now, into: &out)
        out.append(.event(.cancelled(invite.id, request)))
        if let answered, dialogs[answered] == nil { out.append(.event(.dialogEnded(answered, .lost))) }
    }

    // MARK: Time

    private func schedule(_ transaction: ServerTransaction) {
        guard let due = transaction.nextTimeout else { return }
        if let wake = transaction.wake, wake <= due { return }
        transaction.wake = due
        schedule(.server(transaction.id), at: due)
    }

    func serverTimeout(_ transaction: ServerTransaction, at now: MonotonicTime, into out: inout [Output]) {
        transaction.wake = nil
        if let expiry = transaction.expiry, expiry <= now {
            expire(transaction, at: now, into: &out)
            return
        }
        if transaction.machine.needsTrying(at: now) {
            respond(transaction, .trying, at: now, into: &out)
            return
        }
        if let last = transaction.machine.repetition(at: now) {
            repeatProvisional(last, of: transaction, at: now, into: &out)
            return
        }
        var outputs: [ServerTransactionOutput] = []
        transaction.machine.handleTimeout(at: now, into: &outputs)
        settle(transaction, outputs, at: now, into: &out)
    }

    func settle(
        _ transaction: ServerTransaction,
        _ outputs: [ServerTransactionOutput],
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        for output in outputs {
            switch output {
            case .transmit(let bytes): out.append(.send(bytes, transaction.replyTo, transaction: nil))
            case .terminated: remove(transaction, at: now, into: &out)
            }
        }
        schedule(transaction)
    }

    private func remove(_ transaction: ServerTransaction, at now: MonotonicTime, into out: inout [Output]) {
        servers[transaction.id] = nil
        serverKeys[transaction.key] = nil
        if let key = transaction.mergeKey, merges[key] === transaction { merges[key] = nil }
        guard transaction.finalStatus == nil else { return }
        finishDialogRequest(transaction, .requestTimeout, nil, at: now, into: &out)
    }
}
