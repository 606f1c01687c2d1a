import SIP

/// What the endpoint tells becomes what legs, waiters, subscriptions and the handler hear.
extension SIPStack {
    func handle(_ event: SIPEndpointEvent) {
        switch event {
        case .request(let id, let request, let source):
            if request.method == .invite {
                let leg = SIPLeg(stack: self, role: .server(id), request: request)
                serverLegs[id] = leg
                if let handler {
                    handler.stack(self, didReceiveInvite: leg, request: request, source: source)
                } else {
                    respond(id, .serviceUnavailable)
                }
            } else if let handler {
                handler.stack(self, didReceive: request, id, source: source)
            } else {
                respond(id, .serviceUnavailable)
            }
        case .dialogRequest(let id, let dialog, let request):
            guard let leg = dialogLegs[dialog] else {
                respond(id, .callDoesNotExist)
                return
            }
            if request.method == .prack, request.body.isEmpty, leg.answersPRACK {
                respond(id, .ok)
                return
            }
            let fork = fork(of: dialog, on: leg)
            leg.emit(.request(InDialogRequest(stack: self, transaction: id, request: request, fork: fork)))
        case .cancelled(let id, let request):
            guard let leg = serverLegs.removeValue(forKey: id) else { return cancelPassedOn(id, request) }
            leg.isCancelled = true
            if let dialog = leg.dialog { dialogLegs[dialog] = nil }
            forgetEarlyDialogs(of: leg)
            leg.emit(.cancelled(request))
            leg.finish()
            cancelPassedOn(id, request)
        case .acknowledged(let dialog, let request):
            dialogLegs[dialog]?.emit(.acknowledged(request))
        case .response(let id, let response, let dialog):
            handle(response, of: id, in: dialog)
        case .failed(let id, let failure):
            if sendAgain(id) { return }
            if let waiter = waiters.removeValue(forKey: id) { waiter.resume(throwing: failure) }
            if let leg = clientLegs.removeValue(forKey: id) {
                forgetEarlyDialogs(of: leg)
                leg.emit(.failed(failure))
                leg.finish()
            }
        case .forwarded(let id, let status):
            forwarded(id, status)
        case .unserved(let copy):
            forwardElsewhere(copy)
        case .sessionRefreshDue(let dialog):
            dialogLegs[dialog]?.emit(.sessionRefreshDue)
        case .notified(let id, let transaction, let request):
            let incoming = InDialogRequest(stack: self, transaction: transaction, request: request)
            if let subscription = subscriptions[id] {
                subscription.emit(.notified(incoming))
            } else {
                respond(transaction, .ok)
            }
        case .subscriptionEnded(let id, let end):
            guard let subscription = subscriptions.removeValue(forKey: id) else { return }
            subscription.emit(.ended(end))
            subscription.finish()
        case .dialogEnded(let dialog, let end):
            guard let leg = dialogLegs.removeValue(forKey: dialog) else { return }
            leg.earlyDialogs.remove(dialog)
            if case .bye = end, case .server(let id) = leg.role, serverLegs[id] != nil, !leg.earlyDialogs.isEmpty {
                // The caller wants to hear no more of one fork; the others still ring.
                if leg.dialog == dialog { leg.dialog = leg.earlyDialogs.first }
                return
            }
            // A BYE in the only early dialog: the endpoint has answered the INVITE.
            if case .server(let id) = leg.role { serverLegs[id] = nil }
            forgetEarlyDialogs(of: leg)
            leg.emit(.ended(end))
            leg.finish()
            if end == .noACK {
                perform { endpoint, now, outputs in _ = endpoint.send(.bye, in: dialog, at: now, into: &outputs) }
            }
        }
    }

    /// An INVITE is cancelled: so is the re-INVITE that was sent because of it.
    private func cancelPassedOn(_ id: ServerTransactionID, _ cancel: SIPRequest) {
        guard let client = passedOn.removeValue(forKey: id) else { return }
        let reasons = cancel.headers.splitValues(.reason)
        perform { endpoint, now, outputs in endpoint.cancel(client, reasons: reasons, at: now, into: &outputs) }
    }

    private func handle(_ response: SIPResponse, of id: ClientTransactionID, in dialog: DialogID?) {
        if response.status == .serviceUnavailable {
            if sendAgain(id, after: response) { return }
        } else {
            names.answered(id)
        }
        if let leg = clientLegs[id] {
            receive(response, for: leg, id, in: dialog)
        } else if response.status.isFinal {
            waiters.removeValue(forKey: id)?.resume(returning: response)
        } else if response.isReliableProvisional, let dialog {
            // Of a re-INVITE: nobody waits for these, but the peer waits for their PRACK.
            waiters[id]?.note(response)
            perform { endpoint, now, outputs in
                _ = endpoint.acknowledgeProvisional(response, in: dialog, at: now, into: &outputs)
            }
        }
    }
}
