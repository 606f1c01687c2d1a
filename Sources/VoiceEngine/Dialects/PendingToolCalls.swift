/// Function calls that wait for their results, by identifier, the oldest first.
struct PendingToolCalls: Sendable {
    /// More than an engine has running at once; the oldest are forgotten beyond it.
    static let maximumCalls = 64

    private var calls: [(id: String, name: String)] = []

    mutating func add(_ call: EngineToolCall) {
        calls.removeAll { $0.id == call.id }
        if calls.count == Self.maximumCalls { calls.removeFirst() }
        calls.append((call.id, call.name))
    }

    /// The name of the function, whose result is then not waited for any more; `nil` if no such call waits.
    mutating func remove(_ id: String) -> String? {
        guard let index = calls.firstIndex(where: { $0.id == id }) else { return nil }
        return calls.remove(at: index).name
    }
}
