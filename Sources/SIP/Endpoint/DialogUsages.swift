import Timing

/// A dialog with what its INVITE usage still waits for.
struct DialogUsage: Sendable {
    /// A 2xx that is repeated until its ACK comes (RFC 3261 §13.3.1.4).
    struct UnacknowledgedSuccess: Sendable {
        let bytes: [UInt8]
        let destination: SIPDestination
        let sequence: UInt32
        var interval: Duration
        var nextDue: MonotonicTime
        let deadline: MonotonicTime
    }

    /// The ACK we sent, repeated when the 2xx comes again (§13.2.2.4).
    struct SentACK: Sendable {
        let sequence: UInt32
        let bytes: [UInt8]
        let destination: SIPDestination
    }

    var dialog: Dialog
    /// CSeq number of our latest INVITE in this dialog, which its ACK repeats.
    var inviteSequence: UInt32
    var success: UnacknowledgedSuccess?
    var sentACK: SentACK?
    var pendingServerInvite: ServerTransactionID?
    var pendingClientInvite: ClientTransactionID?
    /// A BYE of ours is under way.
    var isEnding = false
    /// When the driver wakes this dialog.
    var wake: MonotonicTime?

    init(dialog: Dialog, pendingServerInvite: ServerTransactionID? = nil) {
        self.dialog = dialog
        inviteSequence = dialog.localSequence
        self.pendingServerInvite = pendingServerInvite
    }
}

extension SIPEndpoint {
    public func dialog(_ id: DialogID) -> Dialog? { dialogs[id]?.dialog }

    // MARK: As server

    /// A new request, past the transaction layer.
    mutating func dispatch(
        _ request: SIPRequest,
        _ id: ServerTransactionID,
        _ source: SIPSource,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let localTag = (try? request.headers.address(.to))?.tag else {
            out.append(.event(.request(id, request, source)))
            return
        }
        let remoteTag = (try? request.headers.address(.from))?.tag ?? ""
        let callID = request.headers.first(.callID) ?? ""
        let dialogID = DialogID(callID: callID, localTag: localTag, remoteTag: remoteTag)
        guard var usage = dialogs[dialogID] else {
            respond(id, .callDoesNotExist, at: now, into: &out)
            return
        }
        guard let number = try? request.headers.cSeq().number, usage.dialog.acceptSequence(number) else {
            respond(id, .serverInternalError, reason: "CSeq Out of Order", at: now, into: &out)
            return
        }
        servers[id]?.dialog = dialogID
        switch request.method {
        case .bye:
            respond(id, .ok, at: now, into: &out)
            removeDialog(dialogID, at: now, into: &out)
            out.append(.event(.dialogEnded(dialogID, .bye(request))))
            return
        case .invite:
            // RFC 3261 §14.2.
            if usage.pendingServerInvite != nil || usage.success != nil {
                var headers = SIPHeaders()
                headers.append(.retryAfter, String(identifiers.next(upperBound: UInt64(10))))
                dialogs[dialogID] = usage
                respond(id, .serverInternalError, MessageContent(headers: headers), at: now, into: &out)
                return
            }
            if usage.pendingClientInvite != nil {
                dialogs[dialogID] = usage
                respond(id, .requestPending, at: now, into: &out)
                return
            }
            usage.pendingServerInvite = id
            usage.dialog.refreshTarget(from: request.headers)
        case .update:
            usage.dialog.refreshTarget(from: request.headers)
        default:
            break
        }
        dialogs[dialogID] = usage
        out.append(.event(.dialogRequest(id, dialogID, request)))
    }

    /// Makes, confirms or ends the dialog that belongs to a response of ours to an INVITE.
    mutating func establishDialog(
        _ transaction: inout ServerTransaction,
        _ id: ServerTransactionID,
        _ status: StatusCode,
        _ bytes: [UInt8],
        at now: MonotonicTime
    ) {
        guard status > .trying else { return }
        if transaction.dialog == nil, status.rawValue < 300 {
            guard
                let dialog = try? Dialog(
                    accepting: transaction.request,
                    localTag: transaction.toTag,
                    isConfirmed: status.isSuccess
                )
            else { return }
            transaction.dialog = dialog.id
            dialogs[dialog.id] = DialogUsage(dialog: dialog, pendingServerInvite: id)
        }
        // A second INVITE that is refused while the first waits (§14.2) leaves the dialog as it is.
        guard let dialogID = transaction.dialog, var usage = dialogs[dialogID], usage.pendingServerInvite == id
        else { return }
        if status.isFinal { usage.pendingServerInvite = nil }
        if status.isSuccess {
            usage.dialog.isConfirmed = true
            let timers = configuration.timers
            usage.success = DialogUsage.UnacknowledgedSuccess(
                bytes: bytes,
                destination: transaction.replyTo,
                sequence: (try? transaction.request.headers.cSeq().number) ?? 0,
                interval: timers.t1,
                nextDue: now + timers.t1,
                deadline: now + timers.transactionTimeout
            )
            dialogs[dialogID] = usage
            scheduleDialog(dialogID, at: now + timers.t1)
        } else if status.isFinal, !usage.dialog.isConfirmed {
            dialogs[dialogID] = nil
        } else {
            dialogs[dialogID] = usage
        }
    }

    /// An ACK that matched no transaction in Completed: that of a 2xx.
    mutating func acknowledge(_ request: SIPRequest, into out: inout [Output]) {
        guard let localTag = (try? request.headers.address(.to))?.tag,
            let from = try? request.headers.address(.from),
            let callID = request.headers.first(.callID),
            let number = try? request.headers.cSeq().number
        else { return }
        let id = DialogID(callID: callID, localTag: localTag, remoteTag: from.tag ?? "")
        guard let success = dialogs[id]?.success, success.sequence == number else { return }
        dialogs[id]?.success = nil
        out.append(.event(.acknowledged(id, request)))
    }

    private mutating func scheduleDialog(_ id: DialogID, at due: MonotonicTime) {
        if let wake = dialogs[id]?.wake, wake <= due { return }
        dialogs[id]?.wake = due
        schedule(.dialog(id), at: due)
    }

    mutating func dialogTimeout(
        _ id: DialogID,
        due: MonotonicTime,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard dialogs[id]?.wake == due else { return }
        dialogs[id]?.wake = nil
        guard var success = dialogs[id]?.success else { return }
        if success.deadline <= now {
            dialogs[id]?.success = nil
            out.append(.event(.dialogEnded(id, .noACK)))
            return
        }
        if success.nextDue <= now {
            out.append(.send(success.bytes, success.destination, transaction: nil))
            success.interval = min(success.interval * 2, configuration.timers.t2)
            success.nextDue = now + success.interval
            dialogs[id]?.success = success
        }
        scheduleDialog(id, at: min(success.nextDue, success.deadline))
    }

    // MARK: As client

    /// A response to an INVITE, past the transaction layer.
    mutating func deliverInvite(
        _ id: ClientTransactionID,
        _ response: SIPResponse,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let transaction = clients[id] else { return }
        if transaction.isInDialog, let dialog = transaction.dialog {
            deliverReinvite(id, transaction, dialog, response, at: now, into: &out)
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
        if var usage = dialogs[dialogID] {
            if response.status.isSuccess, let ack = usage.sentACK {
                out.append(.send(ack.bytes, ack.destination, transaction: nil))
                return
            }
            if response.status.isSuccess, transaction.dialog == dialogID { return }  // Not acknowledged yet.
            usage.dialog.update(with: response)
            if response.status.isSuccess { usage.pendingClientInvite = nil }
            dialogs[dialogID] = usage
        } else {
            guard transaction.forks < ClientTransaction.forkLimit else { return }
            clients[id]?.forks += 1
            var usage = DialogUsage(dialog: made)
            if !response.status.isSuccess { usage.pendingClientInvite = id }
            dialogs[dialogID] = usage
        }
        guard response.status.isSuccess else {
            clients[id]?.earlyDialogs.insert(dialogID)
            out.append(.event(.response(id, response, dialogID)))
            return
        }
        if transaction.dialog == nil {
            clients[id]?.dialog = dialogID
            out.append(.event(.response(id, response, dialogID)))
        } else {
            // A second fork answered (RFC 3261 §13.2.2.4): one call is enough.
            acknowledge(dialogID, at: now, into: &out)
            _ = send(.bye, in: dialogID, at: now, into: &out)
        }
    }

    private mutating func deliverReinvite(
        _ id: ClientTransactionID,
        _ transaction: ClientTransaction,
        _ dialogID: DialogID,
        _ response: SIPResponse,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        let sequence = try? transaction.request.headers.cSeq().number
        if response.status.isSuccess, let ack = dialogs[dialogID]?.sentACK, ack.sequence == sequence {
            out.append(.send(ack.bytes, ack.destination, transaction: nil))
            return
        }
        if response.status.isFinal, dialogs[dialogID]?.pendingClientInvite == id {
            dialogs[dialogID]?.pendingClientInvite = nil
        }
        if response.status.isSuccess { dialogs[dialogID]?.dialog.refreshTarget(from: response.headers) }
        out.append(.event(.response(id, response, dialogID)))
        if response.status == .callDoesNotExist || response.status == .requestTimeout {
            loseDialog(dialogID, because: response.status, at: now, into: &out)
        }
    }

    /// Sends the ACK of the 2xx to our latest INVITE in this dialog, and again whenever that 2xx comes again.
    ///
    /// - Parameter content: The answer, when the 2xx carried the offer.
    public mutating func acknowledge(
        _ id: DialogID,
        _ content: MessageContent = .empty,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard var usage = dialogs[id] else { return }
        let sequence = usage.inviteSequence
        let (made, hop) = usage.dialog.request(.ack, sequence: sequence)
        guard let hop else { return }
        var ack = made
        content.add(to: &ack.headers)
        ack.body = content.body
        ack.headers.prepend(.via, via(for: hop.transport, branch: Via.magicCookie + randomToken()))
        let bytes = ack.serialized()
        usage.sentACK = DialogUsage.SentACK(sequence: sequence, bytes: bytes, destination: .hop(hop))
        dialogs[id] = usage
        out.append(.send(bytes, .hop(hop), transaction: nil))
    }

    // MARK: End

    /// Forgets a dialog without a word to the peer. Invitations under way in it end as they would with a BYE.
    public mutating func discard(_ id: DialogID, at now: MonotonicTime, into out: inout [Output]) {
        removeDialog(id, at: now, into: &out)
    }

    /// Removes a dialog with what waits in it: the peer's INVITE gets 487 (RFC 3261 §15.1.2), ours waits for its
    /// final response 64·T1 longer and no more.
    mutating func removeDialog(_ id: DialogID, at now: MonotonicTime, into out: inout [Output]) {
        guard let usage = dialogs.removeValue(forKey: id) else { return }
        if let invite = usage.pendingServerInvite {
            respond(invite, .requestTerminated, at: now, into: &out)
        }
        if let invite = usage.pendingClientInvite, var transaction = clients[invite], transaction.isInDialog,
            case .invite(var machine) = transaction.machine
        {
            machine.giveUp(at: now)
            transaction.machine = .invite(machine)
            clients[invite] = transaction
            scheduleClient(invite)
        }
    }

    /// A request of ours says that the dialog is over. A peer that may still think otherwise gets a BYE (RFC 3261
    /// §12.2.1.2), whose transaction takes the dialog with it.
    mutating func loseDialog(
        _ id: DialogID,
        because status: StatusCode,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let usage = dialogs[id], !usage.isEnding else { return }
        out.append(.event(.dialogEnded(id, .lost)))
        guard status != .callDoesNotExist, usage.dialog.isConfirmed else {
            removeDialog(id, at: now, into: &out)
            return
        }
        _ = send(.bye, in: id, at: now, into: &out)
    }
}
