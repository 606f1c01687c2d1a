/// Knows whether this process can do its work.
public protocol HealthSource: Sendable {
    /// Whether the process works at all; if not, whoever watches it should restart it.
    func isLive() async -> Bool

    /// Why no calls should come here at present; empty if they should.
    func reasonsNotReady() async -> [NotReadyReason]
}

extension HealthSource {
    public func isLive() async -> Bool { true }
}

/// Why a process wants no calls.
public struct NotReadyReason: Sendable, Hashable, Codable {
    /// For machines: `engine-down`, `draining`, `ports-exhausted`, ...
    public var code: String
    /// For people. Nothing in it comes from a peer.
    public var message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }

    public static let draining = NotReadyReason(code: "draining", message: "shutting down, calls are being finished")
    public static let portsExhausted = NotReadyReason(code: "ports-exhausted", message: "no RTP ports are free")
    public static let capacityReached = NotReadyReason(
        code: "capacity-reached", message: "the limit of calls is reached")

    /// - Parameter name: The engine's name in the configuration.
    public static func engineDown(_ name: String) -> NotReadyReason {
        NotReadyReason(code: "engine-down", message: "engine \(name) cannot be reached")
    }
}
