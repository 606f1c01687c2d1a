/// Messages of a bot that make no sense: each is told, and too many end the session.
struct PlatformFaults: Sendable {
    private static let limit = 32

    private var count = 0

    /// - Returns: Whether the session goes on.
    mutating func add(_ code: String, _ message: String, into out: inout [EngineSessionOutput]) -> Bool {
        count += 1
        guard count <= Self.limit else {
            out.append(.violation("more than \(Self.limit) messages that are not of the dialect, the last: \(message)"))
            return false
        }
        out.append(.event(.error(EngineFault(code: code, message: message, isRecoverable: true))))
        return true
    }
}
