import Synchronization

/// What happens on a leg, in order; ends with the leg, and for a task that is cancelled. One consumer.
public struct SIPLegEvents: AsyncSequence, Sendable {
    let queue: SIPLegEventQueue

    public struct AsyncIterator: AsyncIteratorProtocol {
        let queue: SIPLegEventQueue

        public mutating func next(isolation: isolated (any Actor)? = #isolation) async -> SIPLegEvent? {
            await queue.next(isolation: isolation)
        }

        public mutating func next() async -> SIPLegEvent? { await queue.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(queue: queue) }
}

/// Events of one leg that nobody has read. An event that is there is read without suspending.
final class SIPLegEventQueue: Sendable {
    private struct State {
        var events: [SIPLegEvent] = []
        var isFinished = false
        /// The next reader comes to an end although the leg goes on.
        var isInterrupted = false
        var reader: UnsafeContinuation<SIPLegEvent?, Never>?
        /// Who waits for the end without reading.
        var watchers: [(number: Int, continuation: UnsafeContinuation<Void, Never>)] = []
        var watcherCount = 0
    }

    private let state = Mutex(State())

    /// A peer can make us queue no more than this; what a call needs fits many times over.
    static let capacity = 256

    /// Hands an event to who waits for it, or keeps it. One too many is left out.
    func append(_ event: SIPLegEvent) {
        let reader = state.withLock { state -> UnsafeContinuation<SIPLegEvent?, Never>? in
            guard !state.isFinished else { return nil }
            if let reader = state.reader {
                state.reader = nil
                return reader
            }
            if state.events.count < Self.capacity { state.events.append(event) }
            return nil
        }
        reader?.resume(returning: event)
    }

    /// What is queued can still be read.
    func finish() {
        let (reader, watchers) = state.withLock { state in
            state.isFinished = true
            defer {
                state.reader = nil
                state.watchers = []
            }
            return (state.reader, state.watchers)
        }
        reader?.resume(returning: nil)
        for watcher in watchers { watcher.continuation.resume() }
    }

    /// Waits for the end and reads nothing; comes back at once for a task that is cancelled.
    func untilFinished(isolation: isolated (any Actor)? = #isolation) async {
        let number = state.withLock { state in
            state.watcherCount += 1
            return state.watcherCount
        }
        await withTaskCancellationHandler {
            _ = isolation  // Captured, it makes the closure run where its caller does.
            await withUnsafeContinuation { continuation in
                let isOver = state.withLock { state in
                    // A cancellation from here on finds the watcher.
                    let isOver = state.isFinished || Task.isCancelled
                    if !isOver { state.watchers.append((number, continuation)) }
                    return isOver
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let watcher = state.withLock { state in
                state.watchers.firstIndex { $0.number == number }.map { state.watchers.remove(at: $0) }
            }
            watcher?.continuation.resume()
        }
    }

    /// Ends the loop that reads, now or when it has read what is queued; another one goes on where it stopped.
    func interrupt() {
        let reader = state.withLock { state in
            state.isInterrupted = state.reader == nil
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }

    /// - Returns: `nil` at the end; a task that is cancelled comes to it after what is queued.
    func next(isolation: isolated (any Actor)? = #isolation) async -> SIPLegEvent? {
        if Task.isCancelled { finish() }
        if let known = state.withLock({ Self.take(&$0) }) { return known.event }
        return await withTaskCancellationHandler {
            _ = isolation  // See above.
            return await withUnsafeContinuation { continuation in
                let known = state.withLock { state in
                    let known = Self.take(&state)
                    if known == nil { state.reader = continuation }
                    return known
                }
                if let known { continuation.resume(returning: known.event) }
            }
        } onCancel: {
            finish()
        }
    }

    private struct Known {
        /// `nil` at the end.
        var event: SIPLegEvent?
    }

    /// - Returns: `nil` if one has to wait.
    private static func take(_ state: inout State) -> Known? {
        if !state.events.isEmpty { return Known(event: state.events.removeFirst()) }
        if state.isInterrupted {
            state.isInterrupted = false
            return Known()
        }
        return state.isFinished ? Known() : nil
    }
}
