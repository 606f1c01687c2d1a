import SIP

/// An initial filter criterion with its patterns compiled.
struct CompiledCriterion: Sendable {
    let criterion: InitialFilterCriteria
    /// The tests, in the order of the document.
    let tests: [CompiledTest]
    /// Group numbers with the positions of their tests, lowest group first.
    let groups: [(number: Int, tests: [Int])]
    /// The same tests in the order in which they are tried. Empty: always.
    private let plan: [[CompiledTest]]
    private let isConjunctive: Bool
    let gate: CriterionGate

    init(_ criterion: InitialFilterCriteria, tests: [CompiledTest]) {
        self.criterion = criterion
        self.tests = tests
        isConjunctive = criterion.triggerPoint?.isConjunctiveNormalForm ?? true
        var members: [Int: [Int]] = [:]
        for (position, trigger) in (criterion.triggerPoint?.servicePointTriggers ?? []).enumerated() {
            for group in trigger.groups where members[group]?.last != position {
                members[group, default: []].append(position)
            }
        }
        groups = members.sorted { $0.key < $1.key }.map { (number: $0.key, tests: $0.value) }
        // Tests have no effect, so their order is free: the cheap ones first.
        let conjunctive = isConjunctive
        plan = groups.map { group in group.tests.map { tests[$0] }.sorted { $0.cost < $1.cost } }
            .sorted { left, right in
                let costs = [left, right].map { group in
                    (conjunctive ? group.map(\.cost).max() : group.map(\.cost).min()) ?? 0
                }
                return costs[0] < costs[1]
            }
        gate = CriterionGate(groups: plan, isConjunctive: isConjunctive)
    }

    /// Whether the criterion belongs to the part of the profile in force.
    func isInForce(_ context: EvaluationContext) -> Bool {
        switch criterion.profilePart {
        case nil: true
        case .registered: context.isRegistered
        case .unregistered: !context.isRegistered
        }
    }

    func matches(_ request: SIPRequest, _ context: EvaluationContext) -> Bool {
        guard isInForce(context) else { return false }
        if plan.isEmpty { return true }
        if isConjunctive {
            for group in plan {
                var holds = false
                for test in group where test.holds(request, context) {
                    holds = true
                    break
                }
                if !holds { return false }
            }
            return true
        }
        for group in plan {
            var holds = true
            for test in group where !test.holds(request, context) {
                holds = false
                break
            }
            if holds { return true }
        }
        return false
    }
}
