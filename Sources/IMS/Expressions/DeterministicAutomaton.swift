/// A pattern as a table: one look-up for each byte.
struct DeterministicAutomaton: Sendable {
    private static let maximumStates = 1_024
    private static let maximumEntries = 16_384
    /// Instructions looked at while the table is made; keeps loading a profile fast whatever the pattern.
    private static let maximumWork = 400_000

    /// Row of the state from which nothing can match any more.
    private static let dead: UInt16 = 0
    /// Row of the state in which the pattern has matched, whatever follows.
    private static let matched: UInt16 = 1

    private let classes: [UInt8]
    private let classCount: Int
    private let transitions: [UInt16]
    /// Whether the end of the subject completes a match in a state.
    private let acceptsAtEnd: [Bool]
    private let start: UInt16

    /// - Returns: `nil` if the table would be large; the program is then run as it is.
    init?(_ program: ExpressionProgram) {
        let (classes, classCount) = program.byteClasses()
        var builder = Builder(program: program, classes: classes, classCount: classCount)
        guard let start = builder.build() else { return nil }
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

    private struct Builder {
        let program: ExpressionProgram
        let classes: [UInt8]
        let classCount: Int
        var transitions: [UInt16] = []
        var acceptsAtEnd: [Bool] = []
        private var kernels: [Kernel] = []
        private var known: [Kernel: UInt16] = [:]
        private var work = 0
        private var scratch: StateSet
        private var stack: [Int] = []

        init(program: ExpressionProgram, classes: [UInt8], classCount: Int) {
            self.program = program
            self.classes = classes
            self.classCount = classCount
            scratch = StateSet(capacity: program.instructions.count)
        }

        mutating func build() -> UInt16? {
            // Two fixed rows: dead and matched.
            transitions = Array(repeating: dead, count: classCount) + Array(repeating: matched, count: classCount)
            acceptsAtEnd = [false, true]
            kernels = [Kernel([]), Kernel([])]
            known[Kernel([])] = dead
            scratch.removeAll()
            program.addClosure(of: 0, atStart: true, atEnd: false, to: &scratch, stack: &stack)
            guard let start = state(isStart: true) else { return nil }
            var representatives = [UInt8](repeating: 0, count: classCount)
            for byte in (0..<256).reversed() { representatives[Int(classes[byte])] = UInt8(byte) }

            var row = 2
            while row < kernels.count {
                let from = kernels[row].states
                for byteClass in 0..<classCount {
                    step(from, on: representatives[byteClass])
                    guard work <= maximumWork, let target = state(isStart: false) else { return nil }
                    transitions[row * classCount + byteClass] = target
                }
                row += 1
            }
            return start
        }

        /// Fills `scratch` with what follows `from` on `byte`, and with a fresh attempt at the next byte.
        private mutating func step(_ from: [UInt16], on byte: UInt8) {
            scratch.removeAll()
            for instruction in from {
                if case .bytes(let set) = program.instructions[Int(instruction)], program.sets[set].contains(byte) {
                    program.addClosure(
                        of: Int(instruction) + 1, atStart: false, atEnd: false, to: &scratch, stack: &stack)
                }
            }
            program.addClosure(of: 0, atStart: false, atEnd: false, to: &scratch, stack: &stack)
            work += from.count + scratch.elements.count
        }

        /// The row of the set in `scratch`, made if it is new; `nil` if there are too many.
        private mutating func state(isStart: Bool) -> UInt16? {
            if scratch.isAccepting { return matched }
            var states: [UInt16] = []
            for instruction in scratch.elements {
                switch program.instructions[instruction] {
                case .bytes, .endOfSubject: states.append(UInt16(truncatingIfNeeded: instruction))
                default: break
                }
            }
            states.sort()
            let kernel = Kernel(states)
            // The start row may accept an empty subject where a later row with the same kernel must not.
            if !isStart, let row = known[kernel] { return row }
            guard kernels.count < maximumStates, (kernels.count + 1) * classCount <= maximumEntries else { return nil }
            let row = UInt16(kernels.count)
            kernels.append(kernel)
            transitions.append(contentsOf: repeatElement(dead, count: classCount))
            acceptsAtEnd.append(acceptsAtEnd(kernel, isStart: isStart))
            if !isStart { known[kernel] = row }
            return row
        }

        private mutating func acceptsAtEnd(_ kernel: Kernel, isStart: Bool) -> Bool {
            scratch.removeAll()
            if isStart {
                program.addClosure(of: 0, atStart: true, atEnd: true, to: &scratch, stack: &stack)
            }
            for state in kernel.states {
                let instruction = Int(state)
                if case .endOfSubject = program.instructions[instruction] {
                    program.addClosure(
                        of: instruction + 1, atStart: isStart, atEnd: true, to: &scratch, stack: &stack)
                }
            }
            return scratch.isAccepting
        }
    }

    /// The instructions of a state, sorted; hashed once. A program has less than 65 536 of them.
    private struct Kernel: Hashable {
        let states: [UInt16]
        private let fingerprint: UInt64

        init(_ states: [UInt16]) {
            self.states = states
            fingerprint = states.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        }

        static func == (left: Kernel, right: Kernel) -> Bool {
            left.fingerprint == right.fingerprint && left.states == right.states
        }

        func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
    }
}
