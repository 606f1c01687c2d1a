import Timing

extension SIPEndpoint {
    public func dialog(_ id: DialogID) -> Dialog? { dialogs[id]?.dialog }

    /// Whether a new offer of ours would cross none that is open (RFC 3264 §4, RFC 3311 §5.1).
    public func mayOffer(in id: DialogID) -> Bool {
        guard let usage = dialogs[id] else { return false }
        return usage.exchange.state == .stable && usage.mayInvite
    }

    /// Whether our BYE is under way.
    public func isEnding(_ id: DialogID) -> Bool { dialogs[id]?.isEnding ?? false }

    // MARK: Requests

    /// A new request, past the transaction layer.
    func dispatch(
        _ request: SIPRequest,
        _ identity: RequestIdentity,
        _ transaction: ServerTransaction,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        let id = transaction.id
        if let minimum = tooShortInterval(of: request) {
            var headers = SIPHeaders()
            headers.append(.minSE, String(minimum))
            respond(transaction, .sessionIntervalTooSmall, MessageContent(headers: headers), at: now, into: &out)
            return
        }
        guard let dialogID = identity.dialog else {
            if isMerged(transaction, identity) {
                respond(transaction, .loopDetected, reason: "Merged Request", at: now, into: &out)
            } else if !receiveNotification(request, transaction, at: now, into: &out) {
                out.append(.event(.request(id, request, transaction.source)))
            }
            return
        }
        guard let usage = dialogs[dialogID] else {
            if passesBy(request) {
                forward(id, request, at: now, into: &out)
            } else if !receiveNotification(request, transaction, at: now, into: &out) {
                respond(transaction, .callDoesNotExist, at: now, into: &out)
            }
            return
        }
        guard usage.dialog.acceptSequence(identity.cSeq.number) else {
            respond(transaction, .serverInternalError, reason: "CSeq Out of Order", at: now, into: &out)
            return
        }
        transaction.dialog = dialogID
        usage.learn(from: request.headers)
        if usage.acknowledgesLate(request) {
            respond(transaction, .ok, at: now, into: &out)
            return
        }
        let refusal = usage.refusal(of: request)
        let isOfRepetition = request.method == .prack && usage.reliable.isRepetition && !request.hasDescription
        if refusal == nil {
            usage.take(request, id)
            transaction.bringsDescription = request.hasDescription
        }
        if let refusal {
            var headers = SIPHeaders()
            if refusal == .serverInternalError {
                headers.append(.retryAfter, String(identifiers.next(upperBound: UInt64(10))))
            }
            respond(transaction, refusal, MessageContent(headers: headers), at: now, into: &out)
        } else if isOfRepetition {
            respond(transaction, .ok, at: now, into: &out)
        } else if request.method == .bye {
            respond(transaction, .ok, at: now, into: &out)
            removeDialog(dialogID, at: now, into: &out)
            out.append(.event(.dialogEnded(dialogID, .bye(request))))
        } else {
            out.append(.event(.dialogRequest(id, dialogID, request)))
        }
    }

    /// An ACK that matched no transaction in Completed: that of a 2xx.
    ///
    /// - Returns: Whether the dialog is ours.
    func acknowledge(
        _ request: SIPRequest,
        _ identity: RequestIdentity,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> Bool {
        guard let id = identity.dialog, let usage = dialogs[id] else { return false }
        guard let success = usage.success, success.sequence == identity.cSeq.number else { return true }
        usage.success = nil
        usage.exchange.received(.request(.ack), hasDescription: request.hasDescription)
        if let bye = usage.waitingBYE {
            _ = send(.bye, in: usage, bye, at: now, into: &out)
        } else {
            out.append(.event(.acknowledged(id, request)))
        }
        return true
    }

    // MARK: Responses

    /// Makes, confirms or ends the dialog that belongs to a response of ours to an INVITE.
    func establishDialog(
        _ transaction: ServerTransaction,
        _ answer: Answer,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        let status = answer.status
        let id = transaction.id
        guard status > .trying else { return }
        if status.isFinal, !transaction.otherForks.isEmpty { removeOtherForks(of: transaction, at: now, into: &out) }
        if transaction.dialog == nil, status.rawValue < 300 {
            guard
                let dialog = try? Dialog(
                    accepting: transaction.request,
                    localTag: transaction.toTag,
                    isConfirmed: status.isSuccess
                )
            else { return }
            transaction.dialog = dialog.id
            let usage = DialogUsage(dialog: dialog, pendingServerInvite: id)
            usage.inviteSequenceOfPeer = dialog.remoteSequence ?? 0
            usage.learn(from: transaction.request.headers)
            usage.exchange.received(.request(.invite), hasDescription: transaction.request.hasDescription)
            dialogs[dialog.id] = usage
        }
        // A second INVITE that is refused while the first waits (§14.2) leaves the dialog as it is.
        guard let dialogID = transaction.dialog, let usage = dialogs[dialogID], usage.pendingServerInvite == id
        else { return }
        if status.isFinal {
            usage.pendingServerInvite = nil
            usage.reliable.finish()
            usage.exchange.sent(
                status.isSuccess ? .reliableResponse(to: .invite, isFinal: true) : .failure(of: .invite),
                hasDescription: answer.hasDescription
            )
        } else if let sequence = answer.rSeq {
            usage.exchange.sent(.reliableResponse(to: .invite, isFinal: false), hasDescription: answer.hasDescription)
            usage.reliable.began(
                ReliableProvisionals.Outstanding(
                    sequence: sequence,
                    bytes: answer.bytes,
                    destination: transaction.replyTo,
                    hasDescription: answer.hasDescription,
                    interval: configuration.timers.t1,
                    nextDue: now + configuration.timers.t1,
                    deadline: now + configuration.timers.transactionTimeout
                )
            )
        }
        if status.isSuccess {
            usage.dialog.isConfirmed = true
            let timers = configuration.timers
            usage.success = DialogUsage.UnacknowledgedSuccess(
                bytes: answer.bytes,
                destination: transaction.replyTo,
                sequence: (try? transaction.request.headers.cSeq().number) ?? 0,
                interval: timers.t1,
                nextDue: now + timers.t1,
                deadline: now + timers.transactionTimeout
            )
            usage.timer = answer.timer
        } else if status.isFinal, !usage.dialog.isConfirmed {
            dialogs[dialogID] = nil
            return
        }
        schedule(usage)
    }

    /// A target refresh request has been taken, by a 2xx or a reliable provisional response: so is the target that it
    /// names. One that is refused changes nothing (RFC 3261 §12.2.2, RFC 6141 §4), nor does an older one that is answered
    /// later.
    func refreshTarget(by transaction: ServerTransaction) {
        let request = transaction.request
        guard request.method.refreshesTarget, transaction.mergeKey == nil,
            let usage = transaction.dialog.flatMap({ dialogs[$0] }), let number = try? request.headers.cSeq().number,
            usage.targetSequence.map({ number > $0 }) ?? true
        else { return }
        usage.targetSequence = number
        usage.dialog.refreshTarget(from: request.headers)
    }

    /// A response of ours to another request inside a dialog.
    func finishDialogRequest(
        _ transaction: ServerTransaction,
        _ answer: Answer,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard answer.status.isFinal else { return }
        finishDialogRequest(transaction, answer.status, answer, at: now, into: &out)
    }

    /// The same, or the end of a request that has got no response in time.
    ///
    /// - Parameter answer: `nil` when there was none.
    func finishDialogRequest(
        _ transaction: ServerTransaction,
        _ status: StatusCode,
        _ answer: Answer?,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let dialogID = transaction.dialog, let usage = dialogs[dialogID] else { return }
        let method = transaction.request.method
        if usage.pendingServerUpdate == transaction.id { usage.pendingServerUpdate = nil }
        // What was refused because it crossed another request, or brought nothing, leaves the exchange as it is.
        if method.carriesOffers, transaction.bringsDescription {
            usage.exchange.sent(
                status.isSuccess ? .reliableResponse(to: method, isFinal: true) : .failure(of: method),
                hasDescription: answer?.hasDescription == true
            )
        }
        if method == .update, status.isSuccess { usage.timer = answer?.timer }
        let released = method == .prack && usage.reliable.isAnswering ? usage.reliable.answered() : []
        schedule(usage)
        guard !released.isEmpty, let invite = usage.pendingServerInvite.flatMap({ servers[$0] }) else { return }
        for waiting in released {
            invite.select(dialogID)
            send(invite, waiting.status, waiting.reason, waiting.content, waiting.isReliable, at: now, into: &out)
        }
    }

    /// Whether a response to an INVITE has to wait for a PRACK; it is kept then (RFC 3262 §3).
    func holds(
        _ transaction: ServerTransaction,
        _ status: StatusCode,
        _ reason: String?,
        _ content: MessageContent,
        reliably: Bool
    ) -> Bool {
        guard transaction.request.method == .invite, let dialogID = transaction.dialog,
            let usage = dialogs[dialogID]
        else { return false }
        let mustWait =
            status.isSuccess ? usage.reliable.holdsSuccess : !status.isFinal && reliably && usage.reliable.isBusy
        let keepsOrder = !status.isFinal && !usage.reliable.waiting.isEmpty
        guard mustWait || keepsOrder else { return false }
        usage.reliable.wait(
            ReliableProvisionals.Waiting(status: status, reason: reason, content: content, isReliable: reliably)
        )
        return true
    }

    // MARK: Time

    func schedule(_ usage: DialogUsage) {
        guard let due = usage.nextTimeout else { return }
        if let wake = usage.wake, wake <= due { return }
        usage.wake = due
        schedule(.dialog(usage.id), at: due)
    }

    func dialogTimeout(_ usage: DialogUsage, at now: MonotonicTime, into out: inout [Output]) {
        usage.wake = nil
        if let success = usage.success {
            if success.deadline <= now {
                usage.success = nil
                if let bye = usage.waitingBYE {
                    _ = send(.bye, in: usage, bye, at: now, into: &out)
                } else {
                    out.append(.event(.dialogEnded(usage.id, .noACK)))
                }
            } else if success.nextDue <= now {
                out.append(.send(success.bytes, success.destination, transaction: nil))
                usage.success?.retransmitted(at: now, longest: configuration.timers.t2)
            }
        }
        if let outstanding = usage.reliable.outstanding {
            if outstanding.deadline <= now {
                // RFC 3262 §3: a 5xx. The dialog goes with it unless a call is established in it.
                let isConfirmed = usage.dialog.isConfirmed
                usage.reliable.finish()
                if let invite = usage.pendingServerInvite {
                    respond(invite, .serverTimeout, reason: "No PRACK", at: now, into: &out)
                }
                if !isConfirmed { out.append(.event(.dialogEnded(usage.id, .noPRACK))) }
            } else if outstanding.nextDue <= now {
                out.append(.send(outstanding.bytes, outstanding.destination, transaction: nil))
                usage.reliable.retransmitted(at: now)
            }
        }
        sessionTimeout(usage, at: now, into: &out)
        schedule(usage)
    }
}

extension DialogUsage {
    /// How a request has to be refused without asking anybody; `nil` when it may be taken.
    fileprivate func refusal(of request: SIPRequest) -> StatusCode? {
        switch request.method {
        case .invite:
            // RFC 3261 §14.2. What comes while an offer is open would bring or ask for a second one.
            if pendingServerInvite != nil || success != nil { return .serverInternalError }
            if pendingClientInvite != nil { return .requestPending }
            return exchange.refusalOfOffer
        case .update:
            // RFC 3311 §5.2.
            if pendingServerUpdate != nil { return .serverInternalError }
            return request.hasDescription ? exchange.refusalOfOffer : nil
        case .prack:
            guard let rAck = try? request.headers.rAck(), pendingServerInvite != nil,
                rAck.cSeq == CSeq(number: inviteSequenceOfPeer, method: .invite),
                rAck.rSeq == reliable.outstanding?.sequence
            else { return .callDoesNotExist }
            return nil
        default:
            return nil
        }
    }

    /// Whether a request is the PRACK of a provisional response that our final one has overtaken: nobody waits for it,
    /// and it brings nothing, because a description would have held that final response back (RFC 3262 §3).
    fileprivate func acknowledgesLate(_ request: SIPRequest) -> Bool {
        guard request.method == .prack, pendingServerInvite == nil, !request.hasDescription,
            let rAck = try? request.headers.rAck(), rAck.cSeq == CSeq(number: inviteSequenceOfPeer, method: .invite)
        else { return false }
        return reliable.acknowledgedLate(rAck.rSeq)
    }

    /// Takes note of a request that is not refused.
    fileprivate func take(_ request: SIPRequest, _ id: ServerTransactionID) {
        switch request.method {
        case .invite:
            pendingServerInvite = id
            inviteSequenceOfPeer = dialog.remoteSequence ?? 0
        case .update:
            pendingServerUpdate = id
        case .prack:
            if let sequence = reliable.outstanding?.sequence { _ = reliable.acknowledged(sequence) }
        default:
            break
        }
        exchange.received(.request(request.method), hasDescription: request.hasDescription)
    }
}
