/// The turns of an engine whose dialect has no names for them: numbered in the order in which they begin.
struct NumberedTurns: Sendable {
    /// The turn that audio belongs to; `nil` between two turns, and while audio is dropped.
    private(set) var current: EngineTurnID?
    /// What comes belongs to a turn that was cut.
    private(set) var isDiscarding = false
    private var count = 0

    /// The present turn, which begins if there is none; `nil` while audio is dropped.
    mutating func turnForAudio(_ out: inout [EngineSessionOutput]) -> EngineTurnID? {
        if isDiscarding { return nil }
        if let current { return current }
        count += 1
        let turn = EngineTurnID("turn-\(count)")
        current = turn
        out.append(.event(.turnStarted(turn)))
        return turn
    }

    /// The present turn is over, if there is one.
    mutating func end(_ outcome: EngineTurnOutcome, _ out: inout [EngineSessionOutput]) {
        guard let turn = current else { return }
        current = nil
        out.append(.event(.turnEnded(turn, outcome)))
    }

    /// The present turn was cut: what still comes of it is dropped until ``takeAudio()``.
    mutating func cut(_ out: inout [EngineSessionOutput]) {
        isDiscarding = true
        end(.cancelled, &out)
    }

    /// What comes from now on belongs to another turn than the one that was cut.
    mutating func takeAudio() {
        isDiscarding = false
    }
}
