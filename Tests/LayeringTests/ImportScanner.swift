import Foundation

/// One `import` of a source file.
struct ImportStatement: Equatable, CustomStringConvertible {
    /// The module; for `import struct Foundation.Data` that is `Foundation`.
    let module: String
    let file: String
    /// Counted from 1.
    let line: Int

    var description: String { "\(file):\(line): import \(module)" }
}

/// Finds the `import`s of Swift source, without those in comments and string literals of several lines.
enum ImportScanner {
    private static let modifiers: Set<String> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<String> = [
        "typealias", "struct", "class", "enum", "protocol", "let", "var", "func", "actor",
    ]

    static func imports(in source: String, file: String) -> [ImportStatement] {
        var found: [ImportStatement] = []
        for (index, line) in code(of: source).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            for statement in line.split(separator: ";") {
                if let module = module(importedBy: statement) {
                    found.append(ImportStatement(module: module, file: file, line: index + 1))
                }
            }
        }
        return found
    }

    /// `@testable @preconcurrency public import struct A.B` imports `A`.
    private static func module(importedBy statement: Substring) -> String? {
        var words = statement.split(whereSeparator: \.isWhitespace)[...]
        while let word = words.first, word.hasPrefix("@") || modifiers.contains(String(word)) {
            words.removeFirst()
            // The arguments of an attribute may hold spaces: @_spi(A B)
            var open = word.count { $0 == "(" } - word.count { $0 == ")" }
            while open > 0, let next = words.popFirst() {
                open += next.count { $0 == "(" } - next.count { $0 == ")" }
            }
        }
        guard words.popFirst() == "import" else { return nil }
        if let kind = words.first, kinds.contains(String(kind)) { words.removeFirst() }
        guard let path = words.first else { return nil }
        return path.split(separator: ".").first.map { $0.trimmingCharacters(in: ["`"]) }
    }

    /// The source with comments and literals of several lines blanked, line for line.
    private static func code(of source: String) -> String {
        var output = ""
        var depth = 0
        var isLiteral = false
        var rest = source[...]
        while let character = rest.first {
            if isLiteral {
                if rest.hasPrefix("\"\"\"") {
                    isLiteral = false
                    rest = rest.dropFirst(2)
                } else if character.isNewline {
                    output += "\n"
                }
            } else if rest.hasPrefix("/*") {
                depth += 1
                rest = rest.dropFirst()
            } else if depth > 0 {
                if rest.hasPrefix("*/") {
                    depth -= 1
                    rest = rest.dropFirst()
                } else if character.isNewline {
                    output += "\n"
                }
            } else if rest.hasPrefix("//") {
                rest = rest.drop { !$0.isNewline }
                continue
            } else if rest.hasPrefix("\"\"\"") {
                isLiteral = true
                rest = rest.dropFirst(2)
            } else if character == "\"" {
                // A literal of one line: nothing in it begins a comment.
                rest = rest.dropFirst()
                while let next = rest.first, next != "\"", !next.isNewline {
                    rest = rest.dropFirst(next == "\\" ? 2 : 1)
                }
                if rest.first?.isNewline == true { continue }
            } else {
                output.append(character)
            }
            rest = rest.dropFirst()
        }
        return output
    }
}
