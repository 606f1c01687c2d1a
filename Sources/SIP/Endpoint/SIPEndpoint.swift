import HeapModule
import Timing

/// Transactions and dialogs of one SIP element as one state machine without sockets, clock or randomness.
///
/// A driver feeds messages and time in and carries out the outputs. A transaction user answers
/// ``SIPEndpointEvent``s with the methods of this type; each appends to `out` and never blocks. One driver at a time: an
/// endpoint belongs to an actor or a thread.
public final class SIPEndpoint {
    public typealias Output = SIPEndpointOutput

    /// Local addresses may become known only when a socket is bound.
    public var configuration: SIPEndpointConfiguration
    var identifiers: any RandomNumberGenerator & Sendable

    var servers = ShardedDictionary<ServerTransactionID, ServerTransaction>()
    var serverKeys = ShardedDictionary<ServerTransactionKey, ServerTransaction>()
    /// Requests without To tag.
    var merges = ShardedDictionary<MergeKey, ServerTransaction>()
    var clients = ShardedDictionary<ClientTransactionID, ClientTransaction>()
    var clientKeys = ShardedDictionary<ClientTransactionKey, ClientTransaction>()
    var dialogs = ShardedDictionary<DialogID, DialogUsage>()
    var endedDialogs = EndedDialogs()
    /// What we are to peers that challenge us, by host of the hop in lower case.
    var digestClients: [String: DigestClient] = [:]
    var subscriptions: [SubscriptionID: Subscription] = [:]
    /// Set before anything is forwarded.
    public var proxySettings: ProxySettings?
    var proxied: [ServerTransactionID: ProxiedRequest] = [:]

    private var deadlines = Heap<Deadline>()
    /// So many deadlines are kept before it is looked whether most are stale.
    private var deadlineLimit = 256
    private var lastIdentifier: UInt64 = 0

    /// - Parameter identifiers: Source of branches and tags; must be unpredictable outside of tests
    ///   (RFC 3261 §19.3 wants 32 bits of randomness, these have 64 and more).
    public init(configuration: SIPEndpointConfiguration, identifiers: any RandomNumberGenerator & Sendable) {
        self.configuration = configuration
        self.identifiers = identifiers
    }

    public var counts: SIPEndpointCounts {
        SIPEndpointCounts(
            serverTransactions: servers.count,
            clientTransactions: clients.count,
            dialogs: dialogs.count,
            subscriptions: subscriptions.count
        )
    }

    // MARK: Identifiers

    func nextIdentifier() -> UInt64 {
        lastIdentifier += 1
        return lastIdentifier
    }

    /// 64 random bits as hexadecimal digits.
    func randomToken() -> String {
        let digits = String(identifiers.next(), radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// A Call-ID for a call of our own; a new From tag comes the same way.
    public func makeCallID() -> String { randomToken() + randomToken() }
    public func makeTag() -> String { randomToken() }

    // MARK: Time

    /// When ``handleTimeout(at:atMost:into:)`` is due; may be early, never late.
    public var nextTimeout: MonotonicTime? { deadlines.min?.time }

    /// Does what is due, in the order in which it became so.
    ///
    /// - Parameter limit: How many deadlines to look at; one may be of something that has ended since.
    /// - Returns: Whether no deadline is left that is due by `now`.
    @discardableResult
    public func handleTimeout(at now: MonotonicTime, atMost limit: Int = .max, into out: inout [Output]) -> Bool {
        var count = 0
        while let deadline = deadlines.min, deadline.time <= now {
            guard count < limit else { return false }
            count += 1
            deadlines.removeMin()
            switch deadline.owner {
            case .server(let id):
                guard let transaction = servers[id], transaction.wake == deadline.time else { continue }
                serverTimeout(transaction, at: now, into: &out)
            case .client(let id):
                guard let transaction = clients[id], transaction.wake == deadline.time else { continue }
                clientTimeout(transaction, at: now, into: &out)
            case .dialog(let id):
                guard let usage = dialogs[id], usage.wake == deadline.time else { continue }
                dialogTimeout(usage, at: now, into: &out)
            case .subscription(let id): subscriptionTimeout(id, due: deadline.time, at: now, into: &out)
            case .proxy(let id): proxyTimeout(id, due: deadline.time, at: now, into: &out)
            }
        }
        return true
    }

    /// Adds a deadline. An owner keeps the time it will be woken at and adds none that is later, so that the heap
    /// does not grow with the messages of a peer.
    func schedule(_ owner: Deadline.Owner, at time: MonotonicTime) {
        deadlines.insert(Deadline(time: time, owner: owner))
        if deadlines.count > deadlineLimit { dropStaleDeadlines() }
    }

    /// Deadlines of owners that are gone or have moved on: a session timer's may lie far ahead of the call's end. Done
    /// when they are twice as many as were of use the last time, so that it costs each deadline a constant share.
    private func dropStaleDeadlines() {
        let current = deadlines.unordered.filter { deadline in
            switch deadline.owner {
            case .server(let id): servers[id]?.wake == deadline.time
            case .client(let id): clients[id]?.wake == deadline.time
            case .dialog(let id): dialogs[id]?.wake == deadline.time
            case .subscription(let id): subscriptions[id]?.wake == deadline.time
            case .proxy(let id): proxied[id]?.wake == deadline.time
            }
        }
        deadlines = Heap(current)
        deadlineLimit = 2 * current.count + 256
    }

    /// Deadlines kept, stale ones included.
    package var deadlineCount: Int { deadlines.count }

    // MARK: Messages

    /// A message from the network.
    public func receive(
        _ message: SIPMessage,
        from source: SIPSource,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        switch message {
        case .request(let request): receive(request, from: source, at: now, into: &out)
        case .response(let response): receive(response, at: now, into: &out)
        }
    }
}

/// When a state machine wants to be woken. It may have moved on since: then nothing happens.
struct Deadline: Comparable, Sendable {
    enum Owner: Equatable, Sendable {
        case server(ServerTransactionID)
        case client(ClientTransactionID)
        case dialog(DialogID)
        case subscription(SubscriptionID)
        case proxy(ServerTransactionID)
    }

    let time: MonotonicTime
    let owner: Owner

    static func < (left: Deadline, right: Deadline) -> Bool { left.time < right.time }
}
