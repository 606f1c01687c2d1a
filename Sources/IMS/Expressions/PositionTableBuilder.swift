/// Makes the table of a position automaton by the subset construction; a set of positions is two words.
struct PositionTableBuilder {
    /// What a transition costs beside the positions it looks at.
    private static let transitionWork = 4

    private struct State: Hashable {
        let positions: PositionSet
        /// Whether the subject may end here.
        let acceptsAtEnd: Bool
    }

    private let automaton: PositionAutomaton
    private(set) var transitions: [UInt16] = []
    private(set) var acceptsAtEnd: [Bool] = []
    private var states: [State] = []
    private var known: [State: UInt16] = [:]

    init(_ automaton: PositionAutomaton) {
        self.automaton = automaton
    }

    /// - Returns: The first row, or `nil` if the table would be too large or take too much work.
    mutating func build(_ budget: inout ExpressionBudget) -> UInt16? {
        let classCount = automaton.classCount
        let maximumEntries = min(DeterministicAutomaton.maximumEntries, budget.entries)
        let allowed = min(ExpressionBudget.maximumWorkOfPattern, budget.work)
        var work = 0
        defer { budget.spend(work) }
        // Two fixed rows: dead and matched.
        let deadState = State(positions: PositionSet(), acceptsAtEnd: false)
        transitions =
            Array(repeating: DeterministicAutomaton.dead, count: classCount)
            + Array(repeating: DeterministicAutomaton.matched, count: classCount)
        acceptsAtEnd = [false, true]
        states = [deadState, State(positions: PositionSet(), acceptsAtEnd: true)]
        known[deadState] = DeterministicAutomaton.dead
        if automaton.matchesEverything {
            budget.spendEntries(transitions.count)
            return DeterministicAutomaton.matched
        }
        let start = row(of: State(positions: automaton.start, acceptsAtEnd: automaton.matchesEmpty))
        var current = 2
        while current < states.count {
            let positions = states[current].positions
            for byteClass in 0..<classCount {
                let hit = positions.intersection(automaton.readers[byteClass])
                work += Self.transitionWork
                if !hit.intersection(automaton.acceptsAfter).isEmpty {
                    transitions[current * classCount + byteClass] = DeterministicAutomaton.matched
                    continue
                }
                var next = automaton.restart
                hit.visit { position in
                    next.formUnion(automaton.followers[position])
                    work += 1
                }
                let ends = automaton.matchesAtEnd || !hit.intersection(automaton.acceptsAtEndAfter).isEmpty
                transitions[current * classCount + byteClass] = row(of: State(positions: next, acceptsAtEnd: ends))
            }
            guard work <= allowed, states.count <= DeterministicAutomaton.maximumStates,
                transitions.count <= maximumEntries
            else { return nil }
            current += 1
        }
        budget.spendEntries(transitions.count)
        return start
    }

    private mutating func row(of state: State) -> UInt16 {
        if let row = known[state] { return row }
        // Checked after each row, so at most 256 rows beyond the limit are made.
        let row = UInt16(truncatingIfNeeded: states.count)
        known[state] = row
        states.append(state)
        transitions.append(contentsOf: repeatElement(DeterministicAutomaton.dead, count: automaton.classCount))
        acceptsAtEnd.append(state.acceptsAtEnd)
        return row
    }
}
