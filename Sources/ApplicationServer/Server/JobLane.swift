import Synchronization

/// Work of a call, and where it runs.
struct Job: Sendable {
    let isOnEventLoop: Bool
    let operation: @Sendable () async -> Void
}

/// Jobs for one of the groups of tasks among which they are shared out. One reader.
final class JobLane: Sendable {
    private struct State {
        var jobs: [Job] = []
        var isFinished = false
        var reader: UnsafeContinuation<[Job]?, Never>?
    }

    private let state = Mutex(State())

    /// What comes behind ``finish()`` is left out.
    func add(_ job: Job) {
        let reader = state.withLock { state -> UnsafeContinuation<[Job]?, Never>? in
            guard !state.isFinished else { return nil }
            guard let reader = state.reader else {
                state.jobs.append(job)
                return nil
            }
            state.reader = nil
            return reader
        }
        reader?.resume(returning: [job])
    }

    /// What is there can still be read.
    func finish() {
        let reader = state.withLock { state in
            state.isFinished = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }

    /// - Returns: The jobs that have come, at least one; `nil` at the end.
    func next(isolation: isolated (any Actor)? = #isolation) async -> [Job]? {
        await withUnsafeContinuation { continuation in
            let known: [Job]?? = state.withLock { state in
                guard state.jobs.isEmpty else {
                    defer { state.jobs = [] }
                    return state.jobs
                }
                if state.isFinished { return .some(nil) }
                state.reader = continuation
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}
