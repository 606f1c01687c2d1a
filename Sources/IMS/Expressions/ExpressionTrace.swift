/// Where in a subject a pattern matches, or how far it came: for explanations, not for evaluation.
struct ExpressionTrace: Sendable, Hashable {
    /// The leftmost match, and of those the longest (XBD §9.1); `nil` when there is none.
    let match: Range<Int>?
    /// The longest stretch that a match could begin with, the first of several; `nil` when no byte could begin one.
    let nearest: Range<Int>?
}

extension ExtendedRegularExpression {
    /// Follows the pattern over a subject. Time is bytes times states, as for a simulation, whatever the pattern.
    ///
    /// - Returns: Neither match nor nearest stretch for a subject that is too long to be matched.
    func trace(_ subject: Span<UInt8>) -> ExpressionTrace {
        guard subject.count <= Self.maximumSubjectLength,
            let program = try? ExpressionProgram(pattern, options: options)
        else { return ExpressionTrace(match: nil, nearest: nil) }
        return program.trace(subject)
    }
}

extension ExpressionProgram {
    /// States in the order of where their attempts started, so that the first to reach a state is the leftmost.
    private struct Attempts {
        private(set) var states: StateSet
        private(set) var starts: [Int]
        private var stack: [Int] = []

        init(capacity: Int) {
            states = StateSet(capacity: capacity)
            starts = [Int](repeating: 0, count: capacity)
        }

        mutating func removeAll() { states.removeAll() }

        mutating func add(_ state: Int, start: Int, _ program: ExpressionProgram, atStart: Bool, atEnd: Bool) {
            let before = states.elements.count
            program.addClosure(of: state, atStart: atStart, atEnd: atEnd, to: &states, stack: &stack)
            for added in states.elements[before...] { starts[added] = start }
        }
    }

    func trace(_ subject: Span<UInt8>) -> ExpressionTrace {
        var current = Attempts(capacity: instructions.count)
        var following = current
        var match: Range<Int>?
        var nearest: Range<Int>?
        current.add(0, start: 0, self, atStart: true, atEnd: subject.isEmpty)
        var position = 0
        while true {
            for state in current.states.elements {
                guard case .match = instructions[state] else { continue }
                let start = current.starts[state]
                if start <= match?.lowerBound ?? start { match = start..<position }
            }
            guard position < subject.count else { break }
            let isLast = position + 1 == subject.count
            following.removeAll()
            for state in current.states.elements {
                let start = current.starts[state]
                guard start <= match?.lowerBound ?? start, case .bytes(let set) = instructions[state],
                    sets[set].contains(subject[position])
                else { continue }
                if position + 1 - start > nearest?.count ?? 0 { nearest = start..<position + 1 }
                following.add(state + 1, start: start, self, atStart: false, atEnd: isLast)
            }
            position += 1
            if match == nil { following.add(0, start: position, self, atStart: false, atEnd: isLast) }
            swap(&current, &following)
        }
        return ExpressionTrace(match: match, nearest: nearest)
    }
}
