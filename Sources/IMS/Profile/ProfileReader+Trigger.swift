extension ProfileReader {
    private static let tests = ["RequestURI", "Method", "SIPHeader", "SessionCase", "SessionDescription"]

    mutating func triggerPoint(_ element: ProfileElement) -> TriggerPoint? {
        checkChildren(
            of: element, [("ConditionTypeCNF", .one), ("SPT", .any), ("Extension", .optional)], inCriterion: true)
        let isConjunctive = element.first("ConditionTypeCNF").flatMap { criterionBoolean($0) }
        let triggers = element.children("SPT")
        if triggers.isEmpty {
            breakCriterion(
                .triggerEmpty,
                "TriggerPoint has no SPT: leave TriggerPoint out to trigger always (TS 29.228 Annex B.2.2).", element)
        }
        let read = triggers.compactMap { servicePointTrigger($0) }
        guard let isConjunctive, read.count == triggers.count, !read.isEmpty else { return nil }
        return TriggerPoint(
            isConjunctiveNormalForm: isConjunctive, servicePointTriggers: read, location: element.location)
    }

    private mutating func servicePointTrigger(_ element: ProfileElement) -> ServicePointTrigger? {
        var schema: [(name: String, occurrence: Occurrence)] = [("ConditionNegated", .optional), ("Group", .oneOrMore)]
        // One of the tests stands between Group and Extension; how many there are is checked below.
        let present = element.children.filter { Self.tests.contains($0.name) }
        schema += Self.tests.map { ($0, .any) }
        schema.append(("Extension", .optional))
        checkChildren(of: element, schema, inCriterion: true)

        let isNegated = element.first("ConditionNegated").map { criterionBoolean($0) } ?? false
        let groups = element.children("Group").compactMap { criterionInteger($0, in: 0...Int(Int32.max)) }
        guard present.count == 1, let testElement = present.first else {
            breakCriterion(
                .sptTestCount,
                present.isEmpty
                    ? "The SPT tests nothing (TS 29.228 Annex B.2.3)."
                    : "The SPT has \(present.count) tests; each needs an SPT of its own (TS 29.228 Annex B.2.3).",
                element)
            for testElement in present {
                _ = trigger(element, testElement, isNegated: isNegated ?? false, groups: groups)
            }
            return nil
        }
        let trigger = trigger(element, testElement, isNegated: isNegated ?? false, groups: groups)
        return isNegated == nil || groups.isEmpty ? nil : trigger
    }

    private mutating func trigger(
        _ element: ProfileElement, _ testElement: ProfileElement, isNegated: Bool, groups: [Int]
    ) -> ServicePointTrigger? {
        let registrationTypes = self.registrationTypes(of: element, test: testElement)
        guard let test = test(testElement, registrationTypes) else { return nil }
        let subject = testElement.first("Header") ?? testElement.first("Line") ?? testElement
        let trigger = ServicePointTrigger(
            isNegated: isNegated, groups: groups, test: test, location: element.location,
            subjectLocation: subject.location, contentLocation: testElement.first("Content")?.location)
        readableTriggers.append(trigger)
        return trigger
    }

    private mutating func registrationTypes(of element: ProfileElement, test: ProfileElement) -> [RegistrationType] {
        let elements = extensionElements(of: element, named: "RegistrationType")
        var types: [RegistrationType] = []
        for child in elements {
            guard let value = criterionInteger(child, in: 0...2), let type = RegistrationType(rawValue: value) else {
                continue
            }
            if types.contains(type) || types.count == 2 {
                report(.registrationTypeRepeated, "This RegistrationType is one too many (TS 29.228 Annex E).", child)
            }
            if !types.contains(type) { types.append(type) }
        }
        if let first = elements.first, test.name != "Method" || test.text != "REGISTER" {
            report(
                .registrationTypeMethod,
                "RegistrationType has no effect without the method REGISTER (TS 29.228 Annex B.2.3).", first)
        }
        return types
    }

    private mutating func test(
        _ element: ProfileElement, _ registrationTypes: [RegistrationType]
    ) -> ServicePointTrigger.Test? {
        switch element.name {
        case "RequestURI": return criterionText(element).map { .requestURI(pattern: $0) }
        case "Method": return criterionText(element).map { .method($0, registrationTypes: registrationTypes) }
        case "SessionCase":
            return criterionInteger(element, in: 0...4).flatMap { SessionCase(rawValue: $0) }.map { .sessionCase($0) }
        case "SIPHeader":
            checkChildren(of: element, [("Header", .one), ("Content", .optional)], inCriterion: true)
            let name = element.first("Header").flatMap { criterionText($0) }
            let content = content(of: element)
            return name.map { .sipHeader(name: $0, content: content) }
        case "SessionDescription":
            checkChildren(of: element, [("Line", .one), ("Content", .optional)], inCriterion: true)
            let line = element.first("Line").flatMap { criterionText($0) }
            let content = content(of: element)
            return line.map { .sessionDescription(line: $0, content: content) }
        default: return nil
        }
    }

    /// An empty Content is a pattern that everything matches, so it says no more than its absence.
    private mutating func content(of element: ProfileElement) -> String? {
        guard let child = element.first("Content") else { return nil }
        checkPadding(child)
        return child.text.isEmpty ? nil : child.text
    }
}
