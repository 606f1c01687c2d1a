import Timing

/// Targets that have failed, which are tried after all others for some time (RFC 3263 §4.3).
public struct TargetHealth: Sendable {
    private var down: [ResolvedTarget: MonotonicTime] = [:]
    private static let capacity = 4_096
    /// How long a failure is held against a target that did not say so itself.
    public static let downTime = Duration.seconds(30)
    /// A Retry-After of more is not believed.
    private static let longest = Duration.seconds(3_600)

    public init() {}

    /// - Parameter time: The Retry-After of a 503 response.
    public mutating func failed(_ target: ResolvedTarget, for time: Duration = downTime, at now: MonotonicTime) {
        if down.count >= Self.capacity { down = down.filter { $0.value > now } }
        guard down.count < Self.capacity || down[target] != nil else { return }
        down[target] = now + min(max(time, .zero), Self.longest)
    }

    public mutating func succeeded(_ target: ResolvedTarget) { down[target] = nil }

    public func isUp(_ target: ResolvedTarget, at now: MonotonicTime) -> Bool { (down[target] ?? now) <= now }

    /// The same targets in the same order, but those that have failed at the end.
    public func ordered(_ targets: [ResolvedTarget], at now: MonotonicTime) -> [ResolvedTarget] {
        targets.filter { isUp($0, at: now) } + targets.filter { !isUp($0, at: now) }
    }
}
