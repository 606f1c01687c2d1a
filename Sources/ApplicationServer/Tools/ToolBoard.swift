import Synchronization

/// The functions that run in one call, each with a way to end it.
final class ToolBoard: Sendable {
    private struct State {
        var running: [String: AsyncStream<Never>.Continuation] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Takes note of a function that begins.
    ///
    /// - Returns: A stream that ends when the result is not wanted any more; `nil` if the call is over, or a function
    ///   with this identifier runs already.
    func begin(_ id: String) -> AsyncStream<Never>? {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        return state.withLock { state in
            guard !state.isClosed, state.running[id] == nil else { return nil }
            state.running[id] = continuation
            return stream
        }
    }

    /// - Returns: Whether the result was still wanted.
    func end(_ id: String) -> Bool { state.withLock { $0.running.removeValue(forKey: id) } != nil }

    func cancel(_ id: String) { state.withLock { $0.running.removeValue(forKey: id) }?.finish() }

    /// The call has an engine again.
    func reopen() { state.withLock { $0.isClosed = false } }

    /// The call is over, or has no engine any more.
    func close() {
        let all = state.withLock { state in
            state.isClosed = true
            defer { state.running = [:] }
            return state.running
        }
        for continuation in all.values { continuation.finish() }
    }
}
