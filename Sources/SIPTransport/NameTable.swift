import NIOCore
import SIP
import Timing

/// What is known of hosts that are names: answers of the DNS, targets that failed, and which way requests took.
struct NameTable {
    /// The way of one transaction's requests: the INVITE with its CANCEL and the ACK of a failure.
    struct Route {
        /// The host of the hop: what the certificate of a TLS target must name.
        let host: String
        let targets: [ResolvedTarget]
        var index = 0
        /// Methods that a stream has been given: it loses nothing, and gets them once.
        var sentByStream: Set<[UInt8]> = []
        let until: MonotonicTime

        var target: ResolvedTarget { targets[index] }
    }

    var cache = DNSCache()
    var health = TargetHealth()
    /// Questions under way.
    var asking: [DNSQuestion: EventLoopFuture<[DNSRecord]>] = [:]
    /// Branches whose first request waits for its targets.
    var resolving: Set<String> = []

    private var routes: [String: Route] = [:]
    private var branches: [ClientTransactionID: String] = [:]
    private var lastPurge = MonotonicTime.zero
    /// Routes are remembered for 64·T1 and more.
    static let memory = Duration.seconds(40)
    private static let capacity = 32_768
    /// Requests that may wait for the DNS at a time.
    static let waiting = 8_192

    subscript(branch: String) -> Route? {
        get { routes[branch] }
        set { if routes[branch] != nil { routes[branch] = newValue } }
    }

    mutating func remember(_ route: Route, _ branch: String, _ transaction: ClientTransactionID, at now: MonotonicTime)
    {
        if routes.count >= Self.capacity, now - lastPurge > .seconds(1) {
            lastPurge = now
            routes = routes.filter { $0.value.until > now }
            branches = branches.filter { routes[$0.value] != nil }
        }
        guard routes.count < Self.capacity else { return }
        routes[branch] = route
        branches[transaction] = branch
    }

    /// A server that says it is back at once is believed when it has taken something.
    private static let shortestDownTime = Duration.seconds(1)

    /// Counts the target that a transaction went to as failed.
    ///
    /// - Parameter attempt: How often the request has been sent, the first time included: no more often than it has targets.
    /// - Returns: Whether there is another one that has not failed.
    mutating func failed(
        _ transaction: ClientTransactionID,
        for time: Duration = TargetHealth.downTime,
        attempt: Int,
        at now: MonotonicTime
    ) -> Bool {
        guard let branch = branches[transaction], let route = routes[branch] else { return false }
        health.failed(route.target, for: max(time, Self.shortestDownTime), at: now)
        return attempt < route.targets.count
            && route.targets.contains { $0 != route.target && health.isUp($0, at: now) }
    }

    /// The target that a transaction went to works.
    mutating func answered(_ transaction: ClientTransactionID) {
        guard let branch = branches[transaction], let route = routes[branch] else { return }
        health.succeeded(route.target)
    }
}
