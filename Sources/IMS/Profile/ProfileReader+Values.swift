/// How often a child element may occur.
enum Occurrence {
    case one, optional, any, oneOrMore
}

extension ProfileReader {
    /// Checks which children an element has: unknown ones, missing ones, repeated ones, and their order. Children
    /// of foreign namespaces are allowed everywhere (TS 29.228 Annex E, `xs:any`).
    mutating func checkChildren(
        of element: ProfileElement, _ schema: [(name: String, occurrence: Occurrence)], inCriterion: Bool = false
    ) {
        var furthest = 0
        var outOfOrder: ProfileElement?
        for child in element.children where child.isInNamespace == element.isInNamespace {
            guard let place = schema.firstIndex(where: { $0.name == child.name }) else {
                report(.elementUnknown, "\(element.name) has no child \(child.name) (TS 29.228 Annex E).", child)
                continue
            }
            if place < furthest && outOfOrder == nil { outOfOrder = child }
            furthest = max(furthest, place)
        }
        if let outOfOrder {
            report(
                .elementOrder,
                "\(outOfOrder.name) comes too late in \(element.name): the order is "
                    + schema.map(\.name).joined(separator: ", ") + " (TS 29.228 Annex E).", outOfOrder)
        }
        for (name, occurrence) in schema {
            let found = element.children(name)
            if found.isEmpty, case .one = occurrence {
                fault(.elementMissing, "\(element.name) has no \(name) (TS 29.228 Annex E).", element, inCriterion)
            }
            if found.isEmpty, case .oneOrMore = occurrence {
                fault(.elementMissing, "\(element.name) has no \(name) (TS 29.228 Annex E).", element, inCriterion)
            }
            guard found.count > 1 else { continue }
            switch occurrence {
            case .one, .optional:
                fault(
                    .elementRepeated, "\(element.name) has more than one \(name) (TS 29.228 Annex E).", found[1],
                    inCriterion)
            case .any, .oneOrMore: break
            }
        }
    }

    private mutating func fault(
        _ rule: ProfileRule, _ message: String, _ element: ProfileElement, _ inCriterion: Bool
    ) {
        if inCriterion {
            breakCriterion(rule, message, element)
        } else {
            report(rule, message, element)
        }
    }

    /// The text of an element without the white space around it, which is reported; `nil` and an error if there
    /// is none.
    mutating func text(of element: ProfileElement) -> String? {
        let text = element.text
        if text.isEmpty {
            report(.valueEmpty, "\(element.name) is empty.", element)
            return nil
        }
        checkPadding(element)
        return text
    }

    mutating func checkPadding(_ element: ProfileElement) {
        if element.rawText.utf8.count != element.text.utf8.count {
            report(.valuePadded, "The value of \(element.name) has white space around it.", element)
        }
    }

    /// `xs:int` in a range; `nil` and an error if it is not that.
    mutating func integer(of element: ProfileElement, in range: ClosedRange<Int>) -> Int? {
        checkPadding(element)
        let text = element.text
        // xs:int allows a sign and leading zeros; Int reads both.
        guard text.utf8.count <= 20, let value = Int(text), range.contains(value) else {
            report(
                .valueInvalid,
                "\(element.name) is \"\(excerpt(text))\", not a number from \(range.lowerBound) to "
                    + "\(range.upperBound) (TS 29.228 Annex E).", element)
            return nil
        }
        return value
    }

    /// `xs:boolean`: 0, 1, true or false.
    mutating func boolean(of element: ProfileElement) -> Bool? {
        checkPadding(element)
        switch element.text {
        case "1", "true": return true
        case "0", "false": return false
        default:
            report(
                .valueInvalid, "\(element.name) is \"\(excerpt(element.text))\", not 0, 1, true or false.", element)
            return nil
        }
    }

    /// The elements of that name in the Extension of an element. One that sits an Extension too deep is read too.
    mutating func extensionElements(of element: ProfileElement, named name: String) -> [ProfileElement] {
        var found: [ProfileElement] = []
        for level in element.children("Extension") {
            found += level.children(name)
            for deeper in level.children("Extension") {
                let misplaced = deeper.children(name)
                if let first = misplaced.first {
                    report(.extensionNested, "\(name) sits in an Extension within an Extension.", first)
                }
                found += misplaced
            }
        }
        return found
    }

    func excerpt(_ text: String) -> String {
        text.unicodeScalars.count <= 40 ? text : String(text.unicodeScalars.prefix(40)) + "…"
    }
}
