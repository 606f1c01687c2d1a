extension ExpressionProgram {
    /// Runs the automaton over the subject: time is bytes times states, whatever the pattern.
    func matches(_ subject: Span<UInt8>) -> Bool {
        var current = StateSet(capacity: instructions.count)
        var following = StateSet(capacity: instructions.count)
        var stack: [Int] = []
        addClosure(of: 0, atStart: true, atEnd: subject.isEmpty, to: &current, stack: &stack)
        for position in subject.indices {
            if current.isAccepting { return true }
            let byte = subject[position]
            let isLast = position + 1 == subject.count
            following.removeAll()
            for state in current.elements {
                if case .bytes(let set) = instructions[state], sets[set].contains(byte) {
                    addClosure(of: state + 1, atStart: false, atEnd: isLast, to: &following, stack: &stack)
                }
            }
            addClosure(of: 0, atStart: false, atEnd: isLast, to: &following, stack: &stack)
            swap(&current, &following)
        }
        return current.isAccepting
    }
}
