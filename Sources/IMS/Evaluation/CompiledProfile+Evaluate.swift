import SIP

extension CompiledProfile {
    /// Evaluates every criterion and says why it matched or not. Slower than ``matches(_:in:)``: for people.
    public func evaluate(_ request: SIPRequest, in context: EvaluationContext) -> ProfileEvaluation {
        var explanations = criteria.map { explain($0, request, context) }
        let matches = criteria.filter { $0.matches(request, context) }.map(\.criterion)
        for broken in skipped {
            explanations.append(
                CriterionExplanation(
                    criterion: nil, documentIndex: broken.documentIndex, priority: broken.priority, matched: false,
                    reason: "Skipped, because it is broken: \(broken.reason)", groups: []))
        }
        return ProfileEvaluation(matches: matches, criteria: explanations)
    }

    private func explain(
        _ compiled: CompiledCriterion, _ request: SIPRequest, _ context: EvaluationContext
    ) -> CriterionExplanation {
        let criterion = compiled.criterion
        let triggers = criterion.triggerPoint?.servicePointTriggers ?? []
        let isConjunctive = criterion.triggerPoint?.isConjunctiveNormalForm ?? true
        let groups = compiled.groups.map { group in
            let tests = group.tests.map { position in
                let test = compiled.tests[position]
                return TestExplanation(
                    trigger: triggers[position], holds: test.holds(request, context),
                    finding: test.finding(for: triggers[position], request, context),
                    evidence: test.evidence(request))
            }
            let holds = isConjunctive ? tests.contains { $0.holds } : tests.allSatisfy { $0.holds }
            return GroupExplanation(number: group.number, holds: holds, tests: tests)
        }
        return CriterionExplanation(
            criterion: criterion, documentIndex: criterion.documentIndex, priority: criterion.priority,
            matched: compiled.matches(request, context),
            reason: reason(compiled, groups, isConjunctive: isConjunctive, context), groups: groups)
    }

    private func reason(
        _ compiled: CompiledCriterion, _ groups: [GroupExplanation], isConjunctive: Bool, _ context: EvaluationContext
    ) -> String {
        if !compiled.isInForce(context) {
            let part = compiled.criterion.profilePart == .registered ? "registered" : "unregistered"
            let state = context.isRegistered ? "registered" : "not registered"
            return "The criterion is in the \(part) part of the profile and the user is \(state)."
        }
        if groups.isEmpty { return "There is no trigger point, so every initial request triggers." }
        if isConjunctive {
            guard let failed = groups.first(where: { !$0.holds }) else {
                return "Every group holds: " + groups.map { held($0) }.joined(separator: "; ") + "."
            }
            let findings = failed.tests.map(\.finding).joined(separator: ", and ")
            return "Group \(failed.number) does not hold: \(findings)."
        }
        if let holding = groups.first(where: { $0.holds }) {
            let findings = holding.tests.map(\.finding).joined(separator: ", and ")
            return "Group \(holding.number) holds: \(findings)."
        }
        let failures = groups.map { group in
            let finding = group.tests.first { !$0.holds }?.finding ?? "it is empty"
            return "group \(group.number) fails because \(finding)"
        }
        return "No group holds: " + failures.joined(separator: "; ") + "."
    }

    private func held(_ group: GroupExplanation) -> String {
        group.tests.first { $0.holds }?.finding ?? ""
    }
}
