/// Finds a text that some patterns match and others do not, by walking through the product of their tables.
struct WordSearch {
    enum Result {
        /// A shortest one, of letters and digits where there is a choice.
        case found([UInt8])
        /// There is none.
        case none
        /// The search was given up: a pattern has no table, or the product is too large.
        case unknown
    }

    private static let maximumStates = 4_000
    private static let maximumTransitions = 60_000

    private let required: [DeterministicAutomaton]
    private let forbidden: [DeterministicAutomaton]

    /// - Parameter domain: A pattern that every text in question matches.
    init?(
        matching required: [ExtendedRegularExpression], notMatching forbidden: [ExtendedRegularExpression],
        in domain: DeterministicAutomaton
    ) {
        let tables = required.compactMap(\.table)
        let others = forbidden.compactMap(\.table)
        guard tables.count == required.count, others.count == forbidden.count else { return nil }
        self.required = [domain] + tables
        self.forbidden = others
    }

    func run() -> Result {
        let all = required + forbidden
        let (representatives, steps) = alphabet(all)
        let start = all.map(\.start)
        var states: [[UInt16]] = [start]
        var cameFrom: [(state: Int, byte: UInt8)] = [(-1, 0)]
        var known: Set<[UInt16]> = [start]
        if !isAlive(start) { return .none }
        if isGoal(start) { return .found([]) }
        var current = 0
        var transitions = 0
        var next = start
        while current < states.count {
            let from = states[current]
            for (letter, byte) in representatives.enumerated() {
                transitions += 1
                for (index, automaton) in all.enumerated() {
                    next[index] = automaton.successor(of: from[index], class: steps[index][letter])
                }
                guard isAlive(next), known.insert(next).inserted else { continue }
                states.append(next)
                cameFrom.append((current, byte))
                if isGoal(next) { return .found(word(to: states.count - 1, cameFrom)) }
            }
            if states.count > Self.maximumStates || transitions > Self.maximumTransitions { return .unknown }
            current += 1
        }
        return .none
    }

    private func isAlive(_ state: [UInt16]) -> Bool {
        for index in required.indices where state[index] == DeterministicAutomaton.dead { return false }
        for index in forbidden.indices where state[required.count + index] == DeterministicAutomaton.matched {
            return false
        }
        return true
    }

    private func isGoal(_ state: [UInt16]) -> Bool {
        for (index, automaton) in required.enumerated() where !automaton.accepts(state[index]) { return false }
        for (index, automaton) in forbidden.enumerated() where automaton.accepts(state[required.count + index]) {
            return false
        }
        return true
    }

    private func word(to state: Int, _ cameFrom: [(state: Int, byte: UInt8)]) -> [UInt8] {
        var word: [UInt8] = []
        var current = state
        while cameFrom[current].state >= 0 {
            word.append(cameFrom[current].byte)
            current = cameFrom[current].state
        }
        return word.reversed()
    }

    /// Bytes in the order in which people like to read them.
    private static let preferred: [UInt8] =
        Array("aebcdfghijklmnopqrstuvwxyz1023456789.-@:;=/_+ ABCDEFGHIJKLMNOPQRSTUVWXYZ,<>\"'()[]!?&%$#*~^|{}\\`".utf8)
        + Array(0x80...0xFF) + Array(0x01...0x1F) + [0x7F, 0x00]

    /// One byte for each class that all tables leave together, and for each table the class of that byte.
    private func alphabet(_ all: [DeterministicAutomaton]) -> (representatives: [UInt8], steps: [[Int]]) {
        var seen: Set<[UInt8]> = []
        var representatives: [UInt8] = []
        for byte in Self.preferred where seen.insert(all.map { $0.classes[Int(byte)] }).inserted {
            representatives.append(byte)
        }
        let steps = all.map { automaton in representatives.map { Int(automaton.classes[Int($0)]) } }
        return (representatives, steps)
    }
}

extension DeterministicAutomaton {
    fileprivate func successor(of state: UInt16, class byteClass: Int) -> UInt16 {
        state <= Self.matched ? state : transitions[Int(state) * classCount + byteClass]
    }

    fileprivate func accepts(_ state: UInt16) -> Bool { acceptsAtEnd[Int(state)] }
}
