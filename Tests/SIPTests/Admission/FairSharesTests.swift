import Testing

@testable import SIP

@Suite("Shares of peers in what can be admitted")
struct FairSharesTests {
    private var shares = FairShares()

    /// Peers send at even rates, for some windows.
    ///
    /// - Parameters:
    ///   - offers: Calls of each peer in a window.
    ///   - share: Of all calls.
    /// - Returns: Calls of each peer that were admitted in the last window.
    private mutating func run(_ offers: [Int], share: Double, windows: Int = 20) -> [Int] {
        var admitted: [Int] = []
        for _ in 0..<windows {
            admitted = offers.map { _ in 0 }
            for step in 0..<(offers.max() ?? 0) {
                for (peer, count) in offers.enumerated() where step < count {
                    if shares.admits(UInt64(peer)) { admitted[peer] += 1 }
                }
            }
            shares.closeWindow(share: share)
        }
        return admitted
    }

    @Test("While all can be admitted, all are")
    mutating func light() {
        let admitted = run([100, 3, 7], share: 1)
        #expect(admitted == [100, 3, 7])
    }

    @Test("One peer gets the share, spread evenly")
    mutating func alone() {
        let admitted = run([90], share: 1 / 3)
        #expect((29...30).contains(admitted[0]))
        for _ in 0..<10 {
            let three = (0..<3).count { _ in shares.admits(0) }
            #expect(three == 1)
        }
    }

    @Test("A flood of one peer takes nothing from those that ask for little")
    mutating func flood() {
        _ = run([10, 10, 10], share: 1)
        let admitted = run([1_000, 10, 10], share: 0.2)
        #expect(admitted[1] == 10 && admitted[2] == 10)
        #expect((180...190).contains(admitted[0]))
    }

    @Test("Those that ask for more than can be had get the same, whatever they ask for")
    mutating func equal() {
        let admitted = run([400, 200, 10], share: 0.2)
        #expect(admitted[2] == 10)
        #expect((54...57).contains(admitted[0]) && (54...57).contains(admitted[1]), "\(admitted)")
    }

    @Test("A peer that was not seen before is admitted up to the level")
    mutating func newcomer() {
        _ = run([100], share: 0.1)
        let first = (0..<10).map { _ in shares.admits(9) }
        #expect(first == Array(repeating: true, count: 10))
        let admitted = (0..<200).count { _ in shares.admits(9) }
        #expect(admitted < 40, "\(admitted)")
    }

    @Test("Peers beyond the limit share what one may have; those that are gone are forgotten")
    mutating func limit() {
        let many = Array(repeating: 1, count: FairShares.limit) + Array(repeating: 10, count: 100)
        let admitted = run(many, share: 0.5)
        #expect(admitted.prefix(FairShares.limit).allSatisfy { $0 == 1 })
        #expect(admitted.dropFirst(FairShares.limit).reduce(0, +) < 600)
        for _ in 0..<40 { shares.closeWindow(share: 0.5) }
        let later = run(Array(repeating: 0, count: 300) + [5], share: 1)
        #expect(later[300] == 5)
    }
}
