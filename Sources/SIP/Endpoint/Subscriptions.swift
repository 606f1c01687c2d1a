import Timing

/// Subscriptions of ours (RFC 6665). A subscription is refreshed until it is ended, by either side.
extension SIPEndpoint {
    /// Subscribes.
    ///
    /// - Parameter request: A SUBSCRIBE complete but for Via: From with tag, Call-ID, CSeq, Contact, Event, Expires.
    /// - Returns: `nil` if one of these is missing or does not parse.
    public func subscribe(
        _ request: SIPRequest,
        to hop: Hop,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> SubscriptionID? {
        guard request.method == .subscribe, let callID = try? request.headers.callID(),
            let tag = (try? request.headers.address(.from))?.tag, let event = try? request.headers.event(),
            let wanted = try? request.headers.expires(), wanted > 0
        else { return nil }
        let id = SubscriptionID(callID: callID, localTag: tag)
        subscriptions[id] = Subscription(
            request: request,
            hop: hop,
            event: event,
            wanted: Int(wanted),
            phase: .awaitingNotification(until: now + configuration.timers.transactionTimeout)
        )
        open(request, .hop(hop), dialog: nil, at: now, into: &out).subscription = id
        scheduleSubscription(id)
        return id
    }

    /// Asks for the full state of the resource now (RFC 6665 §4.1.2.2), unless it has been asked for already.
    public func refreshSubscription(_ id: SubscriptionID, at now: MonotonicTime, into out: inout [Output]) {
        guard let subscription = subscriptions[id], subscription.phase == .active, subscription.refreshDue != nil
        else { return }
        resubscribe(id, expires: subscription.wanted, at: now, into: &out)
    }

    /// Ends a subscription; the notifier's last NOTIFY still comes to the user (§4.1.2.3).
    public func unsubscribe(_ id: SubscriptionID, at now: MonotonicTime, into out: inout [Output]) {
        guard var subscription = subscriptions[id] else { return }
        if case .ending = subscription.phase { return }
        guard subscription.dialog != nil else {
            subscriptions[id] = nil
            return
        }
        subscription.phase = .ending(until: now + configuration.timers.transactionTimeout)
        subscriptions[id] = subscription
        resubscribe(id, expires: 0, at: now, into: &out)
        scheduleSubscription(id)
    }

    // MARK: NOTIFY

    /// Takes a NOTIFY of a subscription.
    ///
    /// - Returns: `false` if the request is none; somebody else has to answer it then.
    func receiveNotification(
        _ request: SIPRequest,
        _ transaction: ServerTransaction,
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> Bool {
        guard request.method == .notify, let tag = (try? request.headers.address(.to))?.tag else { return false }
        let id = SubscriptionID(callID: request.headers.first(.callID) ?? "", localTag: tag)
        guard var subscription = subscriptions[id] else { return false }
        guard let event = try? request.headers.event(), event.matches(subscription.event),
            let state = try? request.headers.subscriptionState()
        else {
            respond(transaction, .badEvent, at: now, into: &out)
            return true
        }
        if var dialog = subscription.dialog {
            let from = (try? request.headers.address(.from))?.tag ?? ""
            guard dialog.id.remoteTag.equalsExactly(from) else {
                // A second notifier behind a fork; one is enough (§4.4.1, RFC 6665 allows to refuse it).
                respond(transaction, .callDoesNotExist, at: now, into: &out)
                return true
            }
            guard let number = try? request.headers.cSeq().number, dialog.acceptSequence(number) else {
                respond(transaction, .serverInternalError, reason: "CSeq Out of Order", at: now, into: &out)
                return true
            }
            dialog.refreshTarget(from: request.headers)
            subscription.dialog = dialog
        } else {
            subscription.dialog = try? Dialog(notifying: request, of: subscription.request)
        }
        if case .awaitingNotification = subscription.phase { subscription.phase = .active }
        if let seconds = state.expires, state.state != .terminated { subscription.granted(Int(seconds), at: now) }
        subscriptions[id] = subscription
        out.append(.event(.notified(id, transaction.id, request)))
        if state.state == .terminated {
            endSubscription(id, .terminated(reason: state.reason, retryAfter: state.retryAfter), &out)
        } else {
            scheduleSubscription(id)
        }
        return true
    }

    // MARK: SUBSCRIBE

    /// The response to a SUBSCRIBE of ours.
    func receive(
        _ response: SIPResponse,
        of id: SubscriptionID,
        to request: SIPRequest,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard var subscription = subscriptions[id], response.status.isFinal else { return }
        if response.status.isSuccess {
            // Of the end only the last NOTIFY is of interest.
            if case .ending = subscription.phase { return }
            if subscription.dialog == nil {
                subscription.dialog = try? Dialog(request: request, response: response)
            } else {
                subscription.dialog?.refreshTarget(from: response.headers)
            }
            let seconds = (try? response.headers.expires()).map { Int($0) } ?? subscription.wanted
            subscription.granted(min(max(seconds, 1), subscription.wanted), at: now)
            subscriptions[id] = subscription
            scheduleSubscription(id)
        } else if response.status == .intervalTooBrief, !subscription.hasRetried,
            let minimum = try? response.headers.minExpires(), minimum > subscription.wanted
        {
            subscription.hasRetried = true
            subscription.wanted = min(Int(minimum), 1 << 31 - 1)
            subscriptions[id] = subscription
            resubscribe(id, expires: subscription.wanted, at: now, into: &out)
        } else {
            subscriptionRefused(id, response.status, at: now, &out)
        }
    }

    /// SUBSCRIBE was refused, or got no answer: 408 or 503. A subscription lasts until its time is over unless the
    /// status says that there is none (§4.1.2.2), and we ask again.
    func subscriptionRefused(
        _ id: SubscriptionID,
        _ status: StatusCode,
        at now: MonotonicTime,
        _ out: inout [Output]
    ) {
        guard var subscription = subscriptions[id] else { return }
        switch subscription.phase {
        case .ending:
            // A notifier that knows of nothing sends no last NOTIFY.
            subscriptions[id] = nil
        case .active where !status.endsSubscription:
            subscription.refreshDue = now + .seconds(30)
            subscriptions[id] = subscription
            scheduleSubscription(id)
        case .active, .awaitingNotification:
            endSubscription(id, .failed(status), &out)
        }
    }

    private func resubscribe(
        _ id: SubscriptionID,
        expires: Int,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard var subscription = subscriptions[id] else { return }
        var request = subscription.request
        var hop: Hop? = subscription.hop
        if var dialog = subscription.dialog {
            let (made, next) = dialog.request(.subscribe)
            request = made
            request.headers.copy(from: subscription.request.headers) {
                [.contact, .event, .accept, .pAssertedIdentity, .pChargingVector, .userAgent].contains($0)
            }
            hop = next
            subscription.dialog = dialog
        } else if let cSeq = try? request.headers.cSeq() {
            request.headers.set(.cSeq, CSeq(number: cSeq.number + 1, method: .subscribe).description)
        }
        request.headers.set(.expires, String(expires))
        subscription.refreshDue = nil
        subscriptions[id] = subscription
        guard let hop else {
            endSubscription(id, .failed(.serviceUnavailable), &out)
            return
        }
        open(request, .hop(hop), dialog: nil, at: now, into: &out).subscription = id
    }

    func endSubscription(_ id: SubscriptionID, _ end: SubscriptionEnd, _ out: inout [Output]) {
        guard subscriptions.removeValue(forKey: id) != nil else { return }
        out.append(.event(.subscriptionEnded(id, end)))
    }

    // MARK: Time

    private func scheduleSubscription(_ id: SubscriptionID) {
        guard let subscription = subscriptions[id], let due = subscription.nextTimeout else { return }
        if let wake = subscription.wake, wake <= due { return }
        subscriptions[id]?.wake = due
        schedule(.subscription(id), at: due)
    }

    func subscriptionTimeout(
        _ id: SubscriptionID,
        due: MonotonicTime,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard let subscription = subscriptions[id], subscription.wake == due else { return }
        subscriptions[id]?.wake = nil
        switch subscription.phase {
        case .awaitingNotification(let due) where due <= now:
            endSubscription(id, .silent, &out)
        case .ending(let due) where due <= now:
            subscriptions[id] = nil
        case .active:
            if let expiry = subscription.expiry, expiry <= now {
                endSubscription(id, .expired, &out)
            } else if let due = subscription.refreshDue, due <= now {
                resubscribe(id, expires: subscription.wanted, at: now, into: &out)
            }
        default:
            break
        }
        scheduleSubscription(id)
    }
}

extension StatusCode {
    /// Whether a subscription whose refresh gets this is over (RFC 6665 §4.1.2.2).
    fileprivate var endsSubscription: Bool {
        switch rawValue {
        case 404, 405, 410, 416, 480...485, 489, 501, 604: true
        default: false
        }
    }
}
