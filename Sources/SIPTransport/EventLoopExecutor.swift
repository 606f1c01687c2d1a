import NIOCore

/// Runs actors and tasks on an event loop, so that calls which live there need no change of threads at an `await`.
///
/// What jobs lead to runs in the same task of the loop: one of the loop's tasks costs more than most of these jobs.
// Sendable: the state is used on the event loop only.
public final class EventLoopExecutor: SerialExecutor, TaskExecutor, @unchecked Sendable {
    private let eventLoop: any EventLoop
    private var jobs: [UnownedJob] = []
    private var isRunning = false

    /// After so many jobs the loop sees to its timers and to what else it has been given; to its sockets when nothing of
    /// all that is left.
    private static let turn = 256

    /// Jobs that may wait when further work is begun. Of hundreds of calls between two of their steps each finds its
    /// state gone from the processor's caches, and costs a fifth more.
    private static let backlog = 8

    /// Whether so much waits that nothing new should be begun. To be asked on the event loop.
    var isBehind: Bool { jobs.count > Self.backlog }

    public init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if eventLoop.inEventLoop {
            jobs.append(job)
            guard !isRunning else { return }
            isRunning = true
            eventLoop.execute { self.run() }
        } else {
            eventLoop.execute {
                self.jobs.append(job)
                guard !self.isRunning else { return }
                self.isRunning = true
                self.run()
            }
        }
    }

    private func run() {
        var index = 0
        while index < jobs.count, index < Self.turn {
            let job = jobs[index]
            index += 1
            job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
        if index == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            isRunning = false
        } else {
            jobs.removeFirst(index)
            eventLoop.execute { self.run() }
        }
    }

    public func checkIsolated() { eventLoop.preconditionInEventLoop() }

    public func isIsolatingCurrentContext() -> Bool? { eventLoop.inEventLoop }
}
