/// Makes the table of a program whose sets of states do not fit two words, by the subset construction.
struct ProgramTableBuilder {
    /// Looking at an instruction costs a fraction of what a transition of a position automaton does.
    private static let stepsPerWork = 5
    private static let dead = DeterministicAutomaton.dead
    private static let matched = DeterministicAutomaton.matched

    let program: ExpressionProgram
    let classes: [UInt8]
    let classCount: Int
    private(set) var transitions: [UInt16] = []
    private(set) var acceptsAtEnd: [Bool] = []
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

    mutating func build(_ budget: inout ExpressionBudget) -> UInt16? {
        let allowed = Self.stepsPerWork * min(ExpressionBudget.maximumWorkOfPattern, budget.work)
        defer {
            budget.spend(work / Self.stepsPerWork)
            budget.spendEntries(transitions.count)
        }
        // Two fixed rows: dead and matched.
        transitions = Array(repeating: Self.dead, count: classCount) + Array(repeating: Self.matched, count: classCount)
        acceptsAtEnd = [false, true]
        kernels = [Kernel([]), Kernel([])]
        known[Kernel([])] = Self.dead
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
                guard work <= allowed, let target = state(isStart: false) else { return nil }
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
        if scratch.isAccepting { return Self.matched }
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
        guard kernels.count < DeterministicAutomaton.maximumStates,
            (kernels.count + 1) * classCount <= DeterministicAutomaton.maximumEntries
        else { return nil }
        let row = UInt16(kernels.count)
        kernels.append(kernel)
        transitions.append(contentsOf: repeatElement(Self.dead, count: classCount))
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
