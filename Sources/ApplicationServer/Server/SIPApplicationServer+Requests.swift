import IMS
import SIP
import SIPTransport

/// Requests outside dialogs but INVITE.
extension SIPApplicationServer {
    public nonisolated func stack(
        _ stack: SIPStack,
        didReceive request: SIPRequest,
        _ transaction: ServerTransactionID,
        source: SIPSource
    ) {
        assumeIsolated { $0.answer(request, transaction, source) }
    }

    private func answer(_ request: SIPRequest, _ transaction: ServerTransactionID, _ source: SIPSource) {
        // What does not parse at all is left to the method's own rules.
        if let scheme = try? request.uri().scheme, !isKnown(scheme, of: request, from: source) {
            return respond(transaction, .unsupportedURIScheme)
        }
        if passesBy(request, source) { return pass(request, transaction) }
        let required = request.headers.splitValues(.require)
        guard required.isEmpty || request.method == .register else {
            return respond(transaction, .badExtension, MessageContent(headers: CallCore.unsupported(required)))
        }
        switch request.method {
        case .register:
            register(request, transaction, source)
        case .options:
            answerOptions(transaction)
        case .bye, .prack, .update, .info, .notify:
            // Only a dialog has a place for them (RFC 3261 §15.1.2, 3262 §3, 3311 §5.2, 6086 §4.2.2, 6665 §4.1.3).
            respond(transaction, .callDoesNotExist)
        default:
            // RFC 3261 §8.2.1 and §21.5.2: known but not taken here, or not known at all.
            respond(transaction, SIPMethod.registered.contains(request.method) ? .methodNotAllowed : .notImplemented)
        }
    }

    /// Whether it is a request of a kind that no service here takes, and is on its way. Answered here it would end for its
    /// user.
    private func passesBy(_ request: SIPRequest, _ source: SIPSource) -> Bool {
        switch request.method {
        case .register, .options, .bye, .prack, .update, .info, .notify, .cancel, .ack: return false
        default: return isOnItsWay(request, from: source)
        }
    }

    /// Whether an S-CSCF in the trust domain has sent it by this server on its way: Route goes on behind us
    /// (TS 24.229 §5.7.1.1 and §5.4.3).
    func isOnItsWay(_ request: SIPRequest, from source: SIPSource) -> Bool {
        guard isInTrustDomain(source), let routes = try? request.headers.addresses(.route), let first = routes.first
        else {
            return false
        }
        // What does not name us first is not on its way by us.
        return isOwn(first.uri) && routes.contains { !isOwn($0.uri) }
    }

    private func pass(_ request: SIPRequest, _ transaction: ServerTransactionID) {
        logger.debug("passed on", metadata: ["method": "\(request.method)"])
        let names = Array(configuration.ownHosts)
        // Same executor, as for an answer.
        stack.assumeIsolated { _ = $0.forward(transaction, request, names: names) }
    }

    /// A third-party REGISTER (TS 24.229 §5.7.1.1): only from an S-CSCF in the trust domain.
    private func register(_ request: SIPRequest, _ transaction: ServerTransactionID, _ source: SIPSource) {
        guard isInTrustDomain(source) else { return respond(transaction, .forbidden) }
        do throws(SIPParseError) {
            let registration = try ThirdPartyRegistration(request)
            // With a subscription it is the S-CSCF's notification that says whether a contact is left.
            if registration.expires > 0 || watches[registration.identity] == nil {
                registrations.store(registration, at: now)
            }
            counters.registrations += 1
            var headers = SIPHeaders()
            headers.append(.expires, String(registration.statedExpires))
            respond(transaction, .ok, MessageContent(headers: headers))
            watch(registration)
        } catch {
            respond(transaction, error.responseStatus)
        }
    }

    /// Subscribes to the registration state of a user who is not watched yet.
    private func watch(_ registration: ThirdPartyRegistration) {
        guard let settings = configuration.registrationSubscription, registration.expires > 0,
            watches[registration.identity] == nil, watches.count < configuration.maximumWatches
        else { return }
        let identity = registration.identity
        var random = SystemRandomNumberGenerator()
        let chargingID = String(random.next(), radix: 16) + String(random.next(), radix: 16)
        guard let request = try? settings.request(for: registration, chargingID: chargingID),
            let route = try? request.headers.address(.route), let hop = Hop(route.uri),
            let subscription = stack.assumeIsolated({ $0.subscribe(request, to: hop) })
        else { return }
        watches[identity] = subscription
        spawn {
            await RegistrationWatch(identity: identity, subscription: subscription).run { isRegistered in
                if !isRegistered { await self.forget(identity) }
            }
            await self.unwatch(identity)
        }
    }

    private func forget(_ identity: String) { registrations.remove(identity) }
    private func unwatch(_ identity: String) { watches[identity] = nil }

    /// Healthy only if a call would be taken: not while draining, nor while every engine in use is down.
    private func answerOptions(_ transaction: ServerTransactionID) {
        var headers = SIPHeaders()
        let isWithoutEngine = !engines.isEmpty && engines.values.allSatisfy { $0.isDown(at: now) }
        guard !isDraining, !isWithoutEngine else {
            headers.append(.retryAfter, String(Int.random(in: 1...10)))
            headers.append(.reason, "SIP;cause=503;text=\"\(isDraining ? "draining" : "no engine")\"")
            return respond(transaction, .serviceUnavailable, MessageContent(headers: headers))
        }
        respond(transaction, .ok, MessageContent(headers: CallCore.capabilities))
    }

    private func respond(
        _ transaction: ServerTransactionID,
        _ status: StatusCode,
        _ content: MessageContent = .empty
    ) {
        // Same executor: a request is answered before the next one is read.
        stack.assumeIsolated { _ = $0.respond(transaction, status, reason: nil, content) }
    }
}
