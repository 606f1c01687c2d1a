import IMS

/// The bytes that decided a test, as a line of the message with a mark below: `^` under what matched or came nearest,
/// `~` under the rest of what was compared.
struct IFCEvidence {
    /// Bytes of context shown on either side of the mark.
    private static let context = 40

    let evidence: TestEvidence

    init(_ evidence: TestEvidence) {
        self.evidence = evidence
    }

    var lines: [String] {
        let separator = evidence.place.hasSuffix("=") ? "" : ": "
        var text = evidence.place + separator
        var marks = String(repeating: " ", count: text.unicodeScalars.count)
        let shown = window
        if shown.lowerBound > 0 { add("…", " ", &text, &marks) }
        for (range, mark) in pieces {
            let visible = range.clamped(to: shown)
            add(Self.printable(evidence.value[visible]), mark, &text, &marks)
        }
        if shown.upperBound < evidence.value.count { add("…", " ", &text, &marks) }
        while marks.last == " " { marks.removeLast() }
        guard marks.contains("^") || marks.contains("~") else { return ["\(text) (\(evidence.reason))"] }
        return [text, "\(marks) \(evidence.reason)"]
    }

    /// Before, compared, hit, compared, after.
    private var pieces: [(Range<Int>, Character)] {
        let (compared, hit) = (evidence.compared, evidence.hit)
        guard !hit.isEmpty else {
            return [
                (0..<compared.lowerBound, " "), (compared, "~"), (compared.upperBound..<evidence.value.count, " "),
            ]
        }
        return [
            (0..<compared.lowerBound, " "), (compared.lowerBound..<hit.lowerBound, "~"), (hit, "^"),
            (hit.upperBound..<compared.upperBound, "~"), (compared.upperBound..<evidence.value.count, " "),
        ]
    }

    private var window: Range<Int> {
        let centre = evidence.hit.isEmpty ? evidence.compared : evidence.hit
        let lower = max(0, centre.lowerBound - Self.context)
        return
            lower..<min(
                evidence.value.count, max(centre.lowerBound, min(centre.upperBound, lower + 100)) + Self.context)
    }

    private func add(_ piece: String, _ mark: Character, _ text: inout String, _ marks: inout String) {
        text += piece
        marks += String(repeating: mark, count: piece.unicodeScalars.count)
    }

    /// One column for each scalar; control characters, which a terminal would obey, become blanks.
    private static func printable(_ bytes: ArraySlice<UInt8>) -> String {
        var result = ""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control
            result.unicodeScalars.append(isControl ? " " : scalar)
        }
        return result
    }
}
