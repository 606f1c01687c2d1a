import SIP

/// What happens to a subscription of ours, in order. The stream ends with it.
public enum SIPSubscriptionEvent: Sendable {
    /// A NOTIFY; answer it.
    case notified(InDialogRequest)
    /// Over, and not by ``SIPSubscription/end()``.
    case ended(SubscriptionEnd)
}

/// A subscription that the stack refreshes until somebody ends it (RFC 6665).
///
/// State is kept by the ``SIPStack``; the methods hop there.
public final class SIPSubscription: Sendable {
    public let id: SubscriptionID
    /// One consumer.
    public let events: AsyncStream<SIPSubscriptionEvent>
    private let stack: SIPStack
    private let continuation: AsyncStream<SIPSubscriptionEvent>.Continuation

    init(stack: SIPStack, id: SubscriptionID) {
        self.stack = stack
        self.id = id
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
    }

    func emit(_ event: SIPSubscriptionEvent) { continuation.yield(event) }
    func finish() { continuation.finish() }

    /// Asks for the full state of the resource, where what was notified has a gap.
    public func refresh() async { await stack.refresh(self) }

    /// Unsubscribes. The events end at once.
    public func end() async { await stack.end(self) }
}

extension SIPStack {
    /// Subscribes to an event package.
    ///
    /// - Parameter template: Complete but for Via, Contact, From tag, Call-ID and CSeq, which are set here.
    /// - Returns: `nil` if From, Event or Expires is missing.
    public func subscribe(_ template: SIPRequest, to hop: Hop) -> SIPSubscription? {
        var request = template
        let contact = endpoint.configuration.contact(
            for: hop.transport, towards: hop.host, isSecure: request.leavesSecurely)
        let (callID, tag) = perform { endpoint, _, _ in (endpoint.makeCallID(), endpoint.makeTag()) }
        guard let from = request.headers.first(.from) else { return nil }
        request.headers.set(.from, from + ";tag=" + tag)
        request.headers.set(.callID, callID)
        request.headers.set(.cSeq, "1 SUBSCRIBE")
        request.headers.set(.contact, contact)
        let id = perform { endpoint, now, outputs in endpoint.subscribe(request, to: hop, at: now, into: &outputs) }
        guard let id else { return nil }
        let subscription = SIPSubscription(stack: self, id: id)
        subscriptions[id] = subscription
        return subscription
    }

    func refresh(_ subscription: SIPSubscription) {
        perform { endpoint, now, outputs in
            endpoint.refreshSubscription(subscription.id, at: now, into: &outputs)
        }
    }

    func end(_ subscription: SIPSubscription) {
        guard subscriptions.removeValue(forKey: subscription.id) != nil else { return }
        perform { endpoint, now, outputs in endpoint.unsubscribe(subscription.id, at: now, into: &outputs) }
        subscription.finish()
    }
}
