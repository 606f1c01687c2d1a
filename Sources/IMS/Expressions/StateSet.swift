/// The instructions an automaton stands at, each once; clearing costs nothing.
struct StateSet {
    private var dense: [Int] = []
    private var sparse: [Int]
    /// Whether an accepting instruction was reached.
    var isAccepting = false

    init(capacity: Int) {
        sparse = [Int](repeating: 0, count: capacity)
        dense.reserveCapacity(capacity)
    }

    var elements: [Int] { dense }
    var isEmpty: Bool { dense.isEmpty }

    mutating func removeAll() {
        dense.removeAll(keepingCapacity: true)
        isAccepting = false
    }

    /// - Returns: Whether `state` is new.
    mutating func insert(_ state: Int) -> Bool {
        let place = sparse[state]
        if place < dense.count && dense[place] == state { return false }
        sparse[state] = dense.count
        dense.append(state)
        return true
    }
}

extension ExpressionProgram {
    /// Adds `start` and what can be reached from it without a byte.
    func addClosure(
        of start: Int, atStart: Bool, atEnd: Bool, to set: inout StateSet, stack: inout [Int]
    ) {
        stack.append(start)
        while let state = stack.popLast() {
            guard set.insert(state) else { continue }
            switch instructions[state] {
            case .bytes: break
            case .jump(let target): stack.append(target)
            case .split(let first, let second):
                stack.append(second)
                stack.append(first)
            case .startOfSubject: if atStart { stack.append(state + 1) }
            case .endOfSubject: if atEnd { stack.append(state + 1) }
            case .match: set.isAccepting = true
            }
        }
    }
}
