import SIP

/// What legs ask of the stack.
extension SIPStack {
    func respond(
        on leg: SIPLeg,
        _ status: StatusCode,
        reason: String?,
        _ content: MessageContent
    ) -> Bool {
        guard case .server(let id) = leg.role else { return false }
        let accepted = perform { endpoint, now, outputs in
            endpoint.respond(id, status, reason: reason, content, at: now, into: &outputs)
        }
        guard accepted else { return false }
        if status > .trying, leg.dialog == nil, let dialog = endpoint.dialogOfServer(id) {
            leg.dialog = dialog
            dialogLegs[dialog] = leg
        }
        if status.isFinal {
            serverLegs[id] = nil
            if !status.isSuccess {
                if let dialog = leg.dialog { dialogLegs[dialog] = nil }
                leg.finish()
            }
        }
        return true
    }

    func cancel(_ leg: SIPLeg) {
        guard case .client(let id) = leg.role else { return }
        leg.isAbandoned = true
        perform { endpoint, now, outputs in endpoint.cancel(id, at: now, into: &outputs) }
    }

    func abandon(_ leg: SIPLeg) {
        cancel(leg)
        leg.emit(.failed(.timeout))
        leg.finish()
    }

    func acknowledge(_ leg: SIPLeg, _ content: MessageContent) {
        guard let dialog = leg.dialog else { return }
        perform { endpoint, now, outputs in endpoint.acknowledge(dialog, content, at: now, into: &outputs) }
    }

    func request(_ method: SIPMethod, on leg: SIPLeg, _ content: MessageContent) async throws -> SIPResponse {
        guard let dialog = leg.dialog else { throw SIPLegError.noDialog }
        return try await withCheckedThrowingContinuation { continuation in
            let id = perform { endpoint, now, outputs in
                endpoint.send(method, in: dialog, content, at: now, into: &outputs)
            }
            if let id {
                waiters[id] = continuation
            } else {
                continuation.resume(throwing: SIPLegError.noDialog)
            }
        }
    }

    /// Ends the leg whatever its state: BYE, CANCEL or 480.
    func hangUp(_ leg: SIPLeg, _ content: MessageContent) {
        if let dialog = leg.dialog, endpoint.dialog(dialog)?.isConfirmed == true {
            dialogLegs[dialog] = nil
            perform { endpoint, now, outputs in _ = endpoint.send(.bye, in: dialog, content, at: now, into: &outputs) }
            leg.finish()
            return
        }
        switch leg.role {
        case .client: cancel(leg)
        case .server: _ = respond(on: leg, .temporarilyUnavailable, reason: nil, content)
        }
    }
}
