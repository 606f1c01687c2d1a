import NIOPosix
import Synchronization
import Testing

@testable import SIPTransport

@Suite("Executor of an event loop")
struct EventLoopExecutorTests {
    @Test("It is behind when more than a few jobs wait, and no more when they have run, all of them in their order")
    func behind() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let executor = EventLoopExecutor(loop)
        let ran = Ran()
        // Nothing runs before this is over: the loop is here.
        let begun = try await loop.submit {
            (0..<300).map { index in
                (Task(executorPreference: executor) { ran.indices.withLock { $0.append(index) } }, executor.isBehind)
            }
        }.get()
        let isBehind = begun.map(\.1)
        #expect(isBehind.prefix(8).allSatisfy { !$0 })
        #expect(isBehind.dropFirst(8).allSatisfy { $0 })
        for (task, _) in begun { await task.value }
        #expect(ran.indices.withLock { $0 } == Array(0..<300))
        let isStillBehind = try await loop.submit { executor.isBehind }.get()
        #expect(!isStillBehind)
    }

    private final class Ran: Sendable {
        let indices = Mutex<[Int]>([])
    }
}
