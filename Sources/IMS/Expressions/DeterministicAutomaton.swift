/// A pattern as a table: one look-up for each byte.
struct DeterministicAutomaton: Sendable {
    static let maximumStates = 1_024
    static let maximumEntries = 16_384

    /// Row of the state from which nothing can match any more.
    static let dead: UInt16 = 0
    /// Row of the state in which the pattern has matched, whatever follows.
    static let matched: UInt16 = 1

    let classes: [UInt8]
    let classCount: Int
    let transitions: [UInt16]
    /// Whether the end of the subject completes a match in a state.
    let acceptsAtEnd: [Bool]
    let start: UInt16

    /// Makes the table of a small program.
    ///
    /// - Returns: `nil` if the table would be large; the automaton is then simulated.
    init?(_ automaton: PositionAutomaton, budget: inout ExpressionBudget) {
        var builder = PositionTableBuilder(automaton)
        guard let start = builder.build(&budget) else { return nil }
        self.start = start
        classes = automaton.classes
        classCount = automaton.classCount
        transitions = builder.transitions
        acceptsAtEnd = builder.acceptsAtEnd
    }

    /// Makes the table of a program of any size.
    ///
    /// - Returns: `nil` if the table would be large.
    init?(_ program: ExpressionProgram, budget: inout ExpressionBudget) {
        let (classes, classCount) = program.byteClasses()
        var builder = ProgramTableBuilder(program: program, classes: classes, classCount: classCount)
        guard let start = builder.build(&budget) else { return nil }
        self.classes = classes
        self.classCount = classCount
        self.start = start
        transitions = builder.transitions
        acceptsAtEnd = builder.acceptsAtEnd
    }

    func matches(_ subject: Span<UInt8>) -> Bool {
        let transitions = transitions.span
        let classes = classes.span
        var state = start
        for position in subject.indices {
            if state <= Self.matched { return state == Self.matched }
            state = transitions[Int(state) &* classCount &+ Int(classes[Int(subject[position])])]
        }
        return acceptsAtEnd[Int(state)]
    }
}
