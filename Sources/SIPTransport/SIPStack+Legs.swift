import SIP

/// What legs ask of the stack.
extension SIPStack {
    func respond(
        on leg: SIPLeg,
        _ status: StatusCode,
        reason: String?,
        _ content: MessageContent,
        reliably: Bool = false,
        fork: String? = nil
    ) -> Bool {
        guard case .server(let id) = leg.role else { return false }
        let accepted = perform { endpoint, now, outputs in
            endpoint.respond(
                id, status, reason: reason, content, reliably: reliably, fork: fork, at: now, into: &outputs)
        }
        guard accepted else { return false }
        if status.isFinal {
            serverLegs[id] = nil
            passedOn[id] = nil
            forgetEarlyDialogs(of: leg)
        }
        guard status.rawValue < 300 else {
            if let dialog = leg.dialog { dialogLegs[dialog] = nil }
            leg.finish()
            return true
        }
        if status > .trying, let dialog = endpoint.dialogOfServer(id) {
            if fork != nil, !status.isFinal { leg.earlyDialogs.insert(dialog) }
            if let early = leg.dialog, early != dialog, status.isSuccess { dialogLegs[early] = nil }
            if leg.dialog == nil || status.isSuccess { leg.dialog = dialog }
            dialogLegs[dialog] = leg
        }
        return true
    }

    func cancel(_ leg: SIPLeg, reasons: [String] = []) {
        guard case .client(let id) = leg.role else { return }
        leg.isAbandoned = true
        perform { endpoint, now, outputs in endpoint.cancel(id, reasons: reasons, at: now, into: &outputs) }
    }

    func abandon(_ leg: SIPLeg) {
        // The next call goes to another target, if there is one.
        if case .client(let id) = leg.role { _ = names.failed(id, attempt: leg.attempts, at: now) }
        cancel(leg)
        leg.emit(.failed(.timeout))
        leg.finish()
    }

    func acknowledge(_ leg: SIPLeg, _ content: MessageContent) {
        guard let dialog = leg.dialog else { return }
        perform { endpoint, now, outputs in endpoint.acknowledge(dialog, content, at: now, into: &outputs) }
    }

    func request(
        _ method: SIPMethod,
        on leg: SIPLeg,
        _ content: MessageContent,
        fork: String? = nil,
        passingOn incoming: ServerTransactionID? = nil,
        _ onSent: (@Sendable (UInt32) -> Void)? = nil
    ) async throws -> SIPResponse {
        guard incoming.map(endpoint.awaitsResponse) ?? true else { throw SIPLegError.cancelled }
        guard let dialog = fork.flatMap({ dialogOfFork($0, on: leg) }) ?? leg.dialog else { throw SIPLegError.noDialog }
        return try await withCheckedThrowingContinuation { continuation in
            let isBlocked = !endpoint.mayOffer(in: dialog)
            let id = perform { endpoint, now, outputs in
                endpoint.send(method, in: dialog, content, at: now, into: &outputs)
            }
            if let incoming, let id, method == .invite { passedOn[incoming] = id }
            if id != nil, let sequence = endpoint.dialog(dialog)?.localSequence { onSent?(sequence) }
            wait(for: id, continuation, otherwise: isBlocked ? .offerPending : .noDialog)
        }
    }

    private func dialogOfFork(_ name: String, on leg: SIPLeg) -> DialogID? {
        switch leg.role {
        case .server(let id): endpoint.dialog(ofFork: name, in: id)
        case .client: leg.earlyDialogs.first { $0.remoteTag.equalsExactly(name) }
        }
    }

    /// The fork that a dialog of the leg belongs to; `nil` if it is the leg's for good.
    func fork(of dialog: DialogID, on leg: SIPLeg) -> String? {
        switch leg.role {
        case .server: endpoint.fork(of: dialog)
        case .client: leg.earlyDialogs.contains(dialog) ? dialog.remoteTag : nil
        }
    }

    func relayPRACK(on leg: SIPLeg) { leg.answersPRACK = false }

    func acknowledgeProvisional(
        _ response: SIPResponse,
        on leg: SIPLeg,
        _ content: MessageContent
    ) async throws -> SIPResponse {
        guard let request = leg.sentInvite?.request, let made = try? Dialog(request: request, response: response) else {
            throw SIPLegError.noDialog
        }
        return try await withCheckedThrowingContinuation { continuation in
            let id = perform { endpoint, now, outputs in
                endpoint.acknowledgeProvisional(response, in: made.id, content, at: now, into: &outputs)
            }
            wait(for: id, continuation, otherwise: .noDialog)
        }
    }

    private func wait(
        for id: ClientTransactionID?,
        _ continuation: CheckedContinuation<SIPResponse, any Error>,
        otherwise error: SIPLegError
    ) {
        if let id {
            waiters[id] = Waiter(continuation: continuation)
        } else {
            continuation.resume(throwing: error)
        }
    }

    /// Ends the leg whatever its state: BYE, CANCEL or 480.
    func hangUp(_ leg: SIPLeg, _ content: MessageContent) {
        if let dialog = leg.dialog, endpoint.dialog(dialog)?.isConfirmed == true {
            dialogLegs[dialog] = nil
            if !endpoint.isEnding(dialog) {
                perform { endpoint, now, outputs in
                    _ = endpoint.send(.bye, in: dialog, content, at: now, into: &outputs)
                }
            }
            leg.finish()
            return
        }
        switch leg.role {
        case .client: cancel(leg, reasons: content.headers.splitValues(.reason))
        case .server: _ = respond(on: leg, .temporarilyUnavailable, reason: nil, content)
        }
    }

    // MARK: Legs that we call

    /// Starts a call: sends the INVITE and returns the leg that tells what becomes of it.
    ///
    /// - Parameters:
    ///   - template: Complete but for Via, Contact, From tag, Call-ID and CSeq, which are set here.
    ///   - sessionTimer: Whether the stack asks for a session timer and refreshes it.
    public func invite(_ template: SIPRequest, to hop: Hop, sessionTimer: SessionTimerHandling = .own) -> SIPLeg {
        var request = template
        let contact = endpoint.configuration.contact(
            for: hop.transport, towards: hop.host, isSecure: request.leavesSecurely)
        let (callID, tag) = perform { endpoint, _, _ in (endpoint.makeCallID(), endpoint.makeTag()) }
        if let from = request.headers.first(.from) { request.headers.set(.from, from + ";tag=" + tag) }
        request.headers.set(.callID, callID)
        request.headers.set(.cSeq, "1 INVITE")
        request.headers.set(.contact, contact)
        if !request.headers.contains(.allow) { request.headers.append(.allow, endpoint.configuration.allow) }
        let id = perform { endpoint, now, outputs in
            // The leg has to be known before any answer can be carried out.
            endpoint.send(request, to: hop, sessionTimer: sessionTimer, at: now, into: &outputs)
        }
        let leg = SIPLeg(stack: self, role: .client(id), request: request)
        leg.sentInvite = (request, hop, sessionTimer)
        clientLegs[id] = leg
        return leg
    }

    /// A response to the INVITE of a leg that we call.
    func receive(_ response: SIPResponse, for leg: SIPLeg, _ id: ClientTransactionID, in dialog: DialogID?) {
        guard response.status.isFinal else {
            if let dialog {
                leg.earlyDialogs.insert(dialog)
                dialogLegs[dialog] = leg
                if leg.dialog == nil { leg.dialog = dialog }
            }
            leg.emit(.provisional(response))
            return
        }
        clientLegs[id] = nil
        forgetEarlyDialogs(of: leg)
        if response.status.isSuccess, let dialog {
            if leg.isAbandoned {
                // The 200 crossed our CANCEL: RFC 3261 §15 wants ACK and BYE.
                perform { endpoint, now, outputs in
                    endpoint.acknowledge(dialog, at: now, into: &outputs)
                    _ = endpoint.send(.bye, in: dialog, at: now, into: &outputs)
                }
                leg.finish()
                return
            }
            dialogLegs[dialog] = leg
            leg.dialog = dialog
            leg.emit(.answered(response))
        } else if !inviteAgain(leg, after: response) {
            leg.emit(.rejected(response))
            leg.finish()
        }
    }

    /// Times that an INVITE is sent because of 422: each server on its way may ask for more than the one before.
    private static let mostIntervals = 4

    /// Sends the INVITE once more with the session interval that a 422 asks for (RFC 4028 §7.3).
    private func inviteAgain(_ leg: SIPLeg, after response: SIPResponse) -> Bool {
        guard response.status == .sessionIntervalTooSmall, !leg.isAbandoned, let sent = leg.sentInvite,
            sent.sessionTimer == .own, let minimum = try? response.headers.minSE(),
            leg.intervalRefusals < Self.mostIntervals, let cSeq = try? response.headers.cSeq(),
            minimum.interval > (try? sent.request.headers.minSE())?.interval ?? 0
        else { return false }
        leg.intervalRefusals += 1
        var request = sent.request
        // The number of the response: a challenge may have been answered on the way (RFC 3261 §22.2).
        request.headers.set(.cSeq, CSeq(number: cSeq.number &+ 1, method: .invite).description)
        request.headers.set(.sessionExpires, SessionExpires(interval: minimum.interval))
        request.headers.set(.minSE, minimum)
        if !request.headers.lists("timer", in: .supported) { request.headers.append(.supported, "timer") }
        let id = perform { endpoint, now, outputs in
            endpoint.send(request, to: sent.hop, sessionTimer: .own, at: now, into: &outputs)
        }
        leg.role = .client(id)
        leg.sentInvite = (request, sent.hop, .own)
        clientLegs[id] = leg
        return true
    }

    func forgetEarlyDialogs(of leg: SIPLeg) {
        for dialog in leg.earlyDialogs where dialogLegs[dialog] === leg { dialogLegs[dialog] = nil }
        if !leg.earlyDialogs.isEmpty { leg.earlyDialogs = [] }
        if case .client = leg.role { leg.dialog = nil }
    }
}
