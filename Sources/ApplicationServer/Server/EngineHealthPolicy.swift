/// When an engine counts as down, and for how long nobody tries it.
public struct EngineHealthPolicy: Sendable, Hashable {
    /// Handshakes, or conversations, that failed one after another.
    public var failures = 3
    /// Until the next trial.
    public var pause = Duration.seconds(5)

    public init() {}
}
