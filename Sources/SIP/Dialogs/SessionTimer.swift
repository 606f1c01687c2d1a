import Timing

/// The session timer of one dialog (RFC 4028): when to refresh the session, and when to give it up because the peer
/// has not.
public struct SessionTimer: Sendable, Hashable {
    /// Session-Expires as agreed. An endpoint takes none below 90 s (RFC 4028 §5).
    public let interval: Duration
    /// Whether we refresh. Otherwise the peer does, and we watch.
    public let isRefresher: Bool
    /// Wakes nobody to refresh: the refreshes of another dialog are passed on here.
    public let isCarried: Bool
    private let lastRefresh: MonotonicTime
    /// When to refresh; `nil` while a refresh is under way, or when it is the peer's part.
    private var refreshDue: MonotonicTime?

    public init(interval: Duration, isRefresher: Bool, isCarried: Bool = false, at now: MonotonicTime) {
        self.interval = interval
        self.isRefresher = isRefresher && !isCarried
        self.isCarried = isCarried
        lastRefresh = now
        // Half of the interval, as §7.4 and §10 recommend.
        refreshDue = self.isRefresher ? now + interval / 2 : nil
    }

    /// When we give the session up: the watching side 32 s or a third of the interval before its end, whichever is
    /// less (§10).
    private var expiry: MonotonicTime {
        lastRefresh + (isRefresher ? interval : interval - min(.seconds(32), interval / 3))
    }

    var nextDue: MonotonicTime { min(refreshDue ?? expiry, expiry) }

    enum Due: Sendable, Hashable {
        case refresh, expired
    }

    mutating func handleTimeout(at now: MonotonicTime) -> Due? {
        if expiry <= now { return .expired }
        guard let due = refreshDue, due <= now else { return nil }
        refreshDue = nil
        return .refresh
    }

    /// A refresh was refused for the moment, for example because of glare: once more in ten seconds.
    mutating func refreshFailed(at now: MonotonicTime) {
        if isRefresher { refreshDue = now + .seconds(10) }
    }
}

extension Duration {
    /// No session interval is shorter (RFC 4028 §5).
    static let shortestSession = Duration.seconds(90)
}

/// What an endpoint does about session timers.
public struct SessionTimerPolicy: Sendable, Hashable {
    /// What we ask for when nobody said anything else; 1 800 s is what RFC 4028 §4 recommends.
    public package(set) var interval: Duration
    /// The shortest interval that we take (Min-SE); never below 90 s (§5) for users of the package.
    public package(set) var minimum: Duration

    public init(interval: Duration = .seconds(1_800), minimum: Duration = .seconds(90)) {
        self.minimum = max(minimum, .shortestSession)
        self.interval = max(interval, self.minimum)
    }
}

/// Who looks after the session timer of the dialog that a message makes or refreshes.
public enum SessionTimerHandling: Sendable, Hashable {
    /// The endpoint negotiates, and asks its user for refreshes.
    case own
    /// The header fields come from another dialog and stand as they are; we only watch for the expiry.
    case carried
}
