/// A set of at most 128 positions.
struct PositionSet: Sendable, Hashable {
    var low: UInt64 = 0
    var high: UInt64 = 0

    var isEmpty: Bool { low | high == 0 }

    mutating func insert(_ position: Int) {
        if position < 64 { low |= 1 << UInt64(position) } else { high |= 1 << UInt64(position - 64) }
    }

    mutating func formUnion(_ other: PositionSet) {
        low |= other.low
        high |= other.high
    }

    func intersection(_ other: PositionSet) -> PositionSet {
        PositionSet(low: low & other.low, high: high & other.high)
    }

    func visit(_ body: (Int) -> Void) {
        var bits = low
        while bits != 0 {
            body(bits.trailingZeroBitCount)
            bits &= bits &- 1
        }
        bits = high
        while bits != 0 {
            body(64 + bits.trailingZeroBitCount)
            bits &= bits &- 1
        }
    }
}

/// A program of at most 128 byte instructions as Glushkov's automaton: its positions are the instructions that read a
/// byte, so that a set of states is two words and a step a few logical operations.
struct PositionAutomaton: Sendable {
    static let maximumPositions = 128

    let classes: [UInt8]
    let classCount: Int
    /// For each class of bytes the positions that read it.
    let readers: [PositionSet]
    /// For each position the positions that can read the next byte.
    let followers: [PositionSet]
    /// Positions after which the pattern has matched, whatever follows.
    let acceptsAfter: PositionSet
    /// Positions after which it has matched if the subject ends.
    let acceptsAtEndAfter: PositionSet
    /// Positions that can read the first byte, and those that can read a later one in a fresh attempt.
    let start: PositionSet
    let restart: PositionSet
    let matchesEverything: Bool
    let matchesEmpty: Bool
    /// Whether a fresh attempt at the end of a subject succeeds.
    let matchesAtEnd: Bool

    /// - Returns: `nil` if there are too many positions, or the budget does not last.
    init?(_ program: ExpressionProgram, budget: inout ExpressionBudget) {
        var positionOf = [Int](repeating: -1, count: program.instructions.count)
        var instructions: [Int] = []
        for (index, instruction) in program.instructions.enumerated() {
            guard case .bytes = instruction else { continue }
            positionOf[index] = instructions.count
            instructions.append(index)
        }
        guard instructions.count <= Self.maximumPositions else { return nil }
        (classes, classCount) = program.byteClasses()

        var reached = StateSet(capacity: program.instructions.count)
        var stack: [Int] = []
        func closure(_ from: Int, atStart: Bool, atEnd: Bool) -> (positions: PositionSet, accepts: Bool) {
            reached.removeAll()
            program.addClosure(of: from, atStart: atStart, atEnd: atEnd, to: &reached, stack: &stack)
            budget.spend(reached.elements.count)
            var positions = PositionSet()
            for state in reached.elements where positionOf[state] >= 0 { positions.insert(positionOf[state]) }
            return (positions, reached.isAccepting)
        }

        let first = closure(0, atStart: true, atEnd: false)
        let again = closure(0, atStart: false, atEnd: false)
        start = first.positions
        restart = again.positions
        matchesEverything = first.accepts
        matchesEmpty = closure(0, atStart: true, atEnd: true).accepts
        matchesAtEnd = again.accepts || closure(0, atStart: false, atEnd: true).accepts
        var followers: [PositionSet] = []
        var accepting = again.accepts ? PositionSet(low: .max, high: .max) : PositionSet()
        var acceptingAtEnd = PositionSet()
        for (position, instruction) in instructions.enumerated() {
            let next = closure(instruction + 1, atStart: false, atEnd: false)
            followers.append(next.positions)
            if next.accepts { accepting.insert(position) }
            if closure(instruction + 1, atStart: false, atEnd: true).accepts { acceptingAtEnd.insert(position) }
            if budget.isExhausted { return nil }
        }
        self.followers = followers
        acceptsAfter = accepting
        acceptsAtEndAfter = acceptingAtEnd

        var readers = [PositionSet](repeating: PositionSet(), count: classCount)
        var representatives = [UInt8](repeating: 0, count: classCount)
        for byte in (0..<256).reversed() { representatives[Int(classes[byte])] = UInt8(byte) }
        for (position, instruction) in instructions.enumerated() {
            guard case .bytes(let set) = program.instructions[instruction] else { continue }
            for byteClass in 0..<classCount where program.sets[set].contains(representatives[byteClass]) {
                readers[byteClass].insert(position)
            }
        }
        self.readers = readers
    }
}

/// Runs a position automaton over a subject. A step costs 32 look-ups whatever the pattern, so that the slowest match
/// of 4 KiB takes a tenth of a millisecond.
struct PositionSimulation: Sendable {
    private let automaton: PositionAutomaton
    /// For each group of four positions and each combination of them, what follows.
    private let followers: [PositionSet]

    init(_ automaton: PositionAutomaton) {
        self.automaton = automaton
        var table = [PositionSet](repeating: PositionSet(), count: 32 * 16)
        for (position, next) in automaton.followers.enumerated() {
            let bit = 1 << (position % 4)
            for combination in 0..<16 where combination & bit != 0 {
                table[position / 4 * 16 + combination].formUnion(next)
            }
        }
        followers = table
    }

    func matches(_ subject: Span<UInt8>) -> Bool {
        if automaton.matchesEverything { return true }
        if subject.isEmpty { return automaton.matchesEmpty }
        let classes = automaton.classes.span
        let readers = automaton.readers.span
        let followers = followers.span
        var state = automaton.start
        var isAccepting = false
        for position in subject.indices {
            let hit = state.intersection(readers[Int(classes[Int(subject[position])])])
            if !hit.intersection(automaton.acceptsAfter).isEmpty { return true }
            state = automaton.restart
            isAccepting = automaton.matchesAtEnd || !hit.intersection(automaton.acceptsAtEndAfter).isEmpty
            var bits = hit.low
            var row = 0
            while bits != 0 {
                state.formUnion(followers[row + Int(bits & 15)])
                bits >>= 4
                row += 16
            }
            bits = hit.high
            row = 256
            while bits != 0 {
                state.formUnion(followers[row + Int(bits & 15)])
                bits >>= 4
                row += 16
            }
        }
        return isAccepting
    }
}
