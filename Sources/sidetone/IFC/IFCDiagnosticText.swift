import IMS

/// Diagnostics as compilers print them: place, message, the line and a caret.
struct IFCDiagnosticText {
    private static let before = 60
    private static let after = 50

    let path: String
    private let lines: [[Unicode.Scalar]]

    init(path: String, bytes: [UInt8]) {
        self.path = path
        // Lines are only shown when their columns can be trusted.
        let text = String(validating: bytes, as: UTF8.self) ?? ""
        lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
            .map { Array($0.unicodeScalars) }
    }

    /// The finding, the line it is about, what to write instead, and the request that shows it.
    func text(_ diagnostic: ProfileDiagnostic) -> String {
        var text = head(diagnostic)
        let rule = diagnostic.rule
        text += "\n    help: \(rule.advice)" + (rule.section.isEmpty ? "" : " (\(rule.section))")
        if let sample = diagnostic.sample { text += "\n    shown by: \(sample.summary)" }
        return text
    }

    private func head(_ diagnostic: ProfileDiagnostic) -> String {
        let place = diagnostic.location
        let head =
            "\(path):\(place.line):\(place.column): \(diagnostic.severity.rawValue): \(diagnostic.message) "
            + "[\(diagnostic.rule.id)]"
        guard lines.indices.contains(place.line - 1), place.column >= 1 else { return head }
        let scalars = lines[place.line - 1]
        guard place.column - 1 <= scalars.count else { return head }
        let caret = place.column - 1
        let from = max(0, caret - Self.before)
        let to = min(scalars.count, caret + Self.after)
        var shown = String.UnicodeScalarView()
        var padding = String.UnicodeScalarView()
        for (index, scalar) in scalars[from..<to].enumerated() {
            let isPlain = scalar == "\t" || scalar.value >= 0x20 && scalar.value != 0x7F
            shown.append(isPlain ? scalar : "\u{FFFD}")
            if index < caret - from { padding.append(scalar == "\t" ? "\t" : " ") }
        }
        let ellipsis = from > 0 ? "… " : ""
        let indent = String(repeating: " ", count: ellipsis.unicodeScalars.count)
        return "\(head)\n    \(ellipsis)\(String(shown))\n    \(indent)\(String(padding))^"
    }
}
