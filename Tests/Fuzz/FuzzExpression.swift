// A pattern and a subject, divided by a zero byte: the table, the simulation and the slow reference agree.

func fuzz(_ octets: UnsafeBufferPointer<UInt8>) {
    let bytes = Array(octets)
    guard let options = bytes.first else { return }
    let parts = bytes.dropFirst().split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    let pattern = Array(parts[0])
    let subject = parts.count > 1 ? Array(parts[1]) : []
    let chosen = ExtendedRegularExpression.Options(rawValue: options & 7)
    // A small budget, so that more inputs are tried in the same time; large patterns are simulated.
    var budget = ExpressionBudget(work: 4_000)
    guard let expression = try? ExtendedRegularExpression(pattern, options: chosen, budget: &budget) else { return }
    let matches = expression.matches(subject.span)
    guard subject.count <= 24, let program = try? ExpressionProgram(pattern, options: chosen) else { return }
    precondition(matches == program.matches(subject.span))
    budget = ExpressionBudget(work: 4_000)
    if let automaton = PositionAutomaton(program, budget: &budget) {
        precondition(matches == PositionSimulation(automaton).matches(subject.span))
    }
}
