import Testing

@testable import ApplicationServer

@Suite("Jobs of calls on their way to a group of tasks")
struct JobLaneTests {
    /// A job that leaves its number in `done`.
    private actor Done {
        private(set) var numbers: [Int] = []

        func add(_ number: Int) { numbers.append(number) }

        nonisolated func job(_ number: Int) -> Job {
            Job(isOnEventLoop: true) { await self.add(number) }
        }

        /// Runs what `lane` has.
        ///
        /// - Returns: Whether it had any.
        func run(_ lane: JobLane) async -> Bool {
            guard let jobs = await lane.next() else { return false }
            for job in jobs { await job.operation() }
            return true
        }
    }

    @Test("All that have come are read together, in order")
    func together() async {
        let (lane, done) = (JobLane(), Done())
        for number in 1...3 { lane.add(done.job(number)) }
        #expect(await done.run(lane))
        #expect(await done.numbers == [1, 2, 3])
    }

    @Test("A reader that waits gets the one that comes; what comes then waits for the next turn")
    func waiting() async {
        let (lane, done) = (JobLane(), Done())
        async let isRead = done.run(lane)
        // The reader may wait already or come later: either way it gets both, in one turn or two.
        lane.add(done.job(1))
        lane.add(done.job(2))
        #expect(await isRead)
        if await done.numbers.count < 2 { #expect(await done.run(lane)) }
        #expect(await done.numbers == [1, 2])
    }

    @Test("What came before the end is read, what comes after it is left out")
    func end() async {
        let (lane, done) = (JobLane(), Done())
        lane.add(done.job(1))
        lane.finish()
        lane.add(done.job(2))
        #expect(await done.run(lane))
        #expect(await !done.run(lane))
        #expect(await done.numbers == [1])
    }

    @Test("The end wakes a reader")
    func endWakes() async {
        let (lane, done) = (JobLane(), Done())
        async let isRead = done.run(lane)
        lane.finish()
        #expect(await !isRead)
    }
}
