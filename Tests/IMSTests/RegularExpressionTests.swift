import Glibc
import Testing

@testable import IMS

@Suite("POSIX extended regular expressions")
struct RegularExpressionTests {
    private func matches(
        _ pattern: String, _ subject: String, _ options: ExtendedRegularExpression.Options = []
    ) throws -> Bool {
        try ExtendedRegularExpression(pattern, options: options).found(in: subject)
    }

    @Test(
        "A pattern matches anywhere unless it is anchored",
        arguments: [
            ("b", "abc", true), ("^b", "abc", false), ("^a", "abc", true), ("c$", "abc", true), ("b$", "abc", false),
            ("^$", "", true), ("^$", "a", false), ("", "anything", true), ("a|^b", "cb", false),
            ("(^a|b)c", "bc", true),
            ("a^b", "a^b", false), ("a$b", "a$b", false), ("(a|b)*$", "xxab", true), ("^(a$|b)", "a", true),
            ("(^..){2}", "abcd", false), ("(^a|b){2}", "ab", true),
        ])
    func anchors(_ pattern: String, _ subject: String, _ expected: Bool) throws {
        #expect(try matches(pattern, subject) == expected)
    }

    @Test(
        "Intervals count",
        arguments: [
            ("^a{2}$", "aa", true), ("^a{2}$", "aaa", false), ("^a{2,}$", "aaaa", true), ("^a{2,3}$", "a", false),
            ("^a{,2}$", "aa", true), ("^a{,2}$", "aaa", false), ("^(ab){2,3}$", "ababab", true), ("^a{0}$", "", true),
            ("^a{0}$", "a", false), ("^(a{1,3}){2}$", "aaaaaa", true), ("^(a{1,3}){2}$", "aaaaaaa", false),
        ])
    func intervals(_ pattern: String, _ subject: String, _ expected: Bool) throws {
        #expect(try matches(pattern, subject) == expected)
    }

    @Test(
        "Brackets hold ranges, classes, and their own special characters first or last",
        arguments: [
            ("^[a-c]+$", "abc", true), ("^[^a-c]$", "d", true), ("^[^a-c]$", "b", false), ("^[]a]+$", "]a", true),
            ("^[^]a]$", "]", false), ("^[a-]+$", "-a", true), ("^[[:digit:]]+$", "0123", true),
            ("^[[:alpha:]_]+$", "ab_", true), ("^[[:space:]]$", "\t", true), ("^[[.-.]]$", "-", true),
            ("^[[=a=]]$", "a", true), ("^[\\.]+$", "\\.", true), ("^[[:xdigit:]]+$", "fF0g", false),
        ])
    func brackets(_ pattern: String, _ subject: String, _ expected: Bool) throws {
        #expect(try matches(pattern, subject) == expected)
    }

    @Test("Letters match in both cases when that is asked for, ranges and negations too")
    func ignoringCase() throws {
        #expect(try matches("^invite$", "InViTe", .ignoringCase))
        #expect(try !matches("^invite$", "InViTe"))
        #expect(try matches("^[A-C]+$", "abc", .ignoringCase))
        #expect(try !matches("^[^A-C]$", "b", .ignoringCase))
    }

    @Test(
        "What is not an extended regular expression is refused with its place",
        arguments: [
            ("(a*)(a*)\\1\\2b", ExpressionError.Fault.backReference, 8),
            ("a\\d", .undefinedEscape(UInt8(ascii: "d")), 1),
            ("a\\", .trailingBackslash, 1), ("(ab", .unclosedGroup, 0), ("x[ab", .unclosedBracket, 1),
            ("[[:letter:]]", .unknownCharacterClass, 1), ("[b-a]", .reversedRange, 1), ("a{x", .malformedInterval, 1),
            ("a{3,1}", .reversedInterval, 1), ("*a", .nothingToRepeat, 0), ("(+)", .nothingToRepeat, 1),
            ("(?:a)", .perlGroup, 0),
        ])
    func refused(_ pattern: String, _ fault: ExpressionError.Fault, _ offset: Int) {
        let error = #expect(throws: ExpressionError.self) { try ExtendedRegularExpression(pattern) }
        #expect(error?.fault == fault)
        #expect(error?.offset == offset)
    }

    @Test("Repetitions that expand beyond the limit are refused before they are expanded")
    func expansion() {
        for pattern in ["((a{1,100}){1,100}){1,100}b", "(((a{30000}){30000}){30000})", "(()|()){30000}"] {
            let error = #expect(throws: ExpressionError.self) { try ExtendedRegularExpression(pattern) }
            #expect(error?.fault == .tooManyStates(limit: ExtendedRegularExpression.maximumStates))
        }
        let ambiguous = #expect(throws: ExpressionError.self) { try ExtendedRegularExpression("(a?){300}a{300}") }
        #expect(ambiguous?.fault == .tooAmbiguous(limit: ExtendedRegularExpression.maximumSimulatedPositions))
        let long = String(repeating: "a", count: 513)
        #expect(throws: ExpressionError.self) { try ExtendedRegularExpression(long) }
        #expect(throws: ExpressionError.self) {
            try ExtendedRegularExpression(String(repeating: "(", count: 200) + String(repeating: ")", count: 200))
        }
    }

    @Test("The automaton that is simulated agrees with the table")
    func simulation() throws {
        // 2^12 table states: too many, so this one is simulated.
        let expression = try ExtendedRegularExpression("^(a|b)*a(a|b){12}$")
        #expect(!expression.isTable)
        #expect(expression.found(in: "aba" + "abababababab"))
        #expect(!expression.found(in: "bbbb" + "abababababab"))
        #expect(try ExtendedRegularExpression(".*3gpp-service\\.ims\\.icsi\\.mmtel.*").isTable)
    }

    @Test("A subject beyond 4 KiB does not match")
    func longSubject() throws {
        let expression = try ExtendedRegularExpression("a")
        #expect(expression.found(in: String(repeating: "a", count: 4096)))
        #expect(!expression.found(in: String(repeating: "a", count: 4097)))
    }

    @Test("Random patterns match what the C library's regexec matches", arguments: 0..<8)
    func agreesWithCLibrary(_ seed: Int) throws {
        var generator = PatternGenerator(seed: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1)
        var compared = 0
        for _ in 0..<150 {
            let pattern = generator.pattern()
            var reference = regex_t()
            guard regcomp(&reference, pattern, REG_EXTENDED | REG_NOSUB) == 0 else { continue }
            defer { regfree(&reference) }
            let program = try simulated(pattern)
            let expression: ExtendedRegularExpression
            do {
                expression = try ExtendedRegularExpression(pattern)
            } catch {
                // Refused for its size, not for what it says.
                guard case .tooAmbiguous = error.fault else { throw error }
                continue
            }
            for _ in 0..<12 {
                let subject = generator.subject()
                let expected = regexec(&reference, subject, 0, nil, 0) == 0
                #expect(expression.found(in: subject) == expected, "\(pattern) on \(subject)")
                #expect(program.found(in: subject) == expected, "\(pattern) on \(subject), simulated")
                compared += 1
            }
        }
        #expect(compared > 1_000)
    }

    private func simulated(_ pattern: String) throws -> ExpressionProgram {
        var parser = ExpressionParser(pattern: Array(pattern.utf8), options: [])
        return try ExpressionProgram(try parser.parse(), limit: 2_000)
    }
}

/// Makes patterns and subjects over a small alphabet, so that they often meet.
private struct PatternGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed | 1
    }

    private mutating func next(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    mutating func subject() -> String {
        let letters = ["a", "b", "c", "A", "0", "-", "]"]
        return (0..<next(10)).map { _ in letters[next(letters.count)] }.joined()
    }

    mutating func pattern() -> String { alternatives(depth: 0) }

    private mutating func alternatives(depth: Int) -> String {
        (0...next(2)).map { _ in branch(depth: depth) }.joined(separator: "|")
    }

    private mutating func branch(depth: Int) -> String {
        let pieces = (0...next(3)).map { _ in piece(depth: depth) }.joined()
        // Inside a repeated group the C library loses anchors: it finds (^..){2} in "abcd".
        guard depth == 0 else { return pieces }
        return ["", "", "^"][next(3)] + pieces + ["", "", "$"][next(3)]
    }

    private mutating func piece(depth: Int) -> String {
        let repetitions = ["", "", "", "*", "+", "?", "{2}", "{1,2}", "{2,}", "{,2}"]
        return atom(depth: depth) + repetitions[next(repetitions.count)]
    }

    private mutating func atom(depth: Int) -> String {
        let atoms = ["a", "b", "c", ".", "[ab]", "[^a]", "[]a]", "[a-c-]", "[[:digit:]]", "[[:upper:]b]", "\\]", "\\."]
        if depth < 3, next(4) == 0 { return "(" + alternatives(depth: depth + 1) + ")" }
        return atoms[next(atoms.count)]
    }
}

extension ExtendedRegularExpression {
    fileprivate func found(in subject: String) -> Bool {
        let bytes = Array(subject.utf8)
        return matches(bytes.span)
    }
}

extension ExpressionProgram {
    fileprivate func found(in subject: String) -> Bool {
        let bytes = Array(subject.utf8)
        return matches(bytes.span)
    }
}
