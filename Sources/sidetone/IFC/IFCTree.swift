import IMS

/// Criteria as indented trees.
enum IFCTree {
    /// A criterion with what was found for a request.
    static func lines(_ explanation: CriterionExplanation) -> [String] {
        let priority = explanation.priority.map { "\($0)" } ?? "?"
        let verdict = explanation.matched ? "MATCHED" : "not matched"
        let server = explanation.criterion.map { " → \($0.applicationServer.summary)" } ?? ""
        var lines = ["priority \(priority)\(server): \(verdict)", "   \(explanation.reason)"]
        guard let trigger = explanation.criterion?.triggerPoint else { return lines }
        lines.append("   \(joint(trigger.isConjunctiveNormalForm))")
        for (index, group) in explanation.groups.enumerated() {
            let isLast = index + 1 == explanation.groups.count
            lines.append(
                "   \(isLast ? "└" : "├")─ group \(group.number), \(inner(trigger.isConjunctiveNormalForm)): "
                    + (group.holds ? "holds" : "does not hold"))
            for (position, test) in group.tests.enumerated() {
                let corner = position + 1 == group.tests.count ? "└" : "├"
                lines.append(
                    "   \(isLast ? " " : "│")  \(corner)─ [\(test.holds ? "x" : " ")] \(test.trigger.summary): "
                        + test.finding)
                let stem = "   \(isLast ? " " : "│")  \(position + 1 == group.tests.count ? " " : "│")        "
                // Methods are shown by the finding.
                if let evidence = test.evidence, evidence.place != "method" {
                    lines += IFCEvidence(evidence).lines.map { stem + $0 }
                }
            }
        }
        return lines
    }

    /// A criterion on its own.
    static func lines(_ criterion: InitialFilterCriteria) -> [String] {
        var lines = ["priority \(criterion.priority) → \(criterion.applicationServer.summary)"]
        if let part = criterion.profilePart {
            lines.append("   only while the user is \(part == .registered ? "registered" : "unregistered")")
        }
        guard let trigger = criterion.triggerPoint else { return lines + ["   for every initial request"] }
        lines.append("   \(joint(trigger.isConjunctiveNormalForm))")
        let numbers = Set(trigger.servicePointTriggers.flatMap(\.groups)).sorted()
        for number in numbers {
            let isLast = number == numbers.last
            lines.append("   \(isLast ? "└" : "├")─ group \(number), \(inner(trigger.isConjunctiveNormalForm))")
            let tests = trigger.servicePointTriggers.filter { $0.groups.contains(number) }
            for (position, test) in tests.enumerated() {
                let corner = position + 1 == tests.count ? "└" : "├"
                lines.append("   \(isLast ? " " : "│")  \(corner)─ \(test.summary)")
            }
        }
        return lines
    }

    private static func joint(_ isConjunctive: Bool) -> String {
        isConjunctive ? "all groups must hold (CNF)" : "one group must hold (DNF)"
    }

    private static func inner(_ isConjunctive: Bool) -> String {
        isConjunctive ? "one of" : "all of"
    }
}

extension ServicePointTrigger {
    /// The test in words.
    var summary: String {
        let negation = isNegated ? "not " : ""
        switch test {
        case .requestURI(let pattern): return "\(negation)RequestURI ~ \"\(pattern)\""
        case .method(let method, let types):
            let kinds = types.isEmpty ? "" : " (" + types.map(\.description).joined(separator: ", ") + ")"
            return "\(negation)Method = \(method)\(kinds)"
        case .sipHeader(let name, let content):
            return "\(negation)SIPHeader \(name)" + (content.map { " ~ \"\($0)\"" } ?? " present")
        case .sessionCase(let sessionCase): return "\(negation)SessionCase = \(sessionCase)"
        case .sessionDescription(let line, let content):
            return "\(negation)SessionDescription \(line)=" + (content.map { " ~ \"\($0)\"" } ?? " present")
        }
    }
}
