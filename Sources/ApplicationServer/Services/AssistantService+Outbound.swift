extension AssistantService: OutboundService {
    /// Connects an engine while the target rings, and leads the conversation once it has answered.
    public func handle(_ call: OutboundCall) async throws {
        async let connected = connectFirst(for: call.core)
        let answered = try await call.answered()
        switch await connected {
        case .success(let engine):
            await converse(answered, with: engine)
        case .failure(let reason):
            await answered.note("engine-failed", reason.rawValue)
            await answered.core.server.count { $0.fallbacks += 1 }
            await rescue(answered)
        }
    }
}
