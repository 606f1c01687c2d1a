/// A POSIX extended regular expression that matches bytes in time linear in the subject.
///
/// TS 29.228 Annex F writes the patterns of a service point trigger in this language. A pattern is compiled
/// once, when a profile is loaded: into a table of states if that is small, else into an automaton that is
/// simulated. Neither ever goes back in the subject, so no pattern can make it slow.
///
/// Not in the language, and refused: back-references, `(?…)`, escapes such as `\d`.
public struct ExtendedRegularExpression: Sendable {
    public struct Options: OptionSet, Sendable, Hashable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// ASCII letters match in both cases.
        public static let ignoringCase = Options(rawValue: 1)
        /// `\w \W \s \S` as glibc reads them.
        public static let gnuEscapes = Options(rawValue: 2)
        /// `\d \D \w \W \s \S` as Perl reads them.
        public static let perlEscapes = Options(rawValue: 4)
    }

    /// Longest pattern, in bytes.
    public static let maximumPatternLength = 512
    /// Most states a pattern may expand to.
    public static let maximumStates = 2_000
    /// Most states of a pattern that has no table. Its match costs that many steps for each byte, so that the slowest
    /// match of 4 KiB stays in the order of milliseconds.
    public static let maximumSimulatedStates = 128
    /// Longest subject, in bytes. A longer one does not match.
    public static let maximumSubjectLength = 4_096

    private enum Engine: Sendable {
        case table(DeterministicAutomaton)
        case simulation(ExpressionProgram)
    }

    public let pattern: [UInt8]
    private let engine: Engine

    /// Compiles a pattern.
    ///
    /// - Throws: ``ExpressionError`` with the fault and its offset in the pattern.
    public init(_ pattern: [UInt8], options: Options = []) throws(ExpressionError) {
        guard pattern.count <= Self.maximumPatternLength else {
            throw ExpressionError(
                .patternTooLong(limit: Self.maximumPatternLength), at: Self.maximumPatternLength)
        }
        var parser = ExpressionParser(pattern: pattern, options: options)
        let program = try ExpressionProgram(try parser.parse(), limit: Self.maximumStates)
        self.pattern = pattern
        if let automaton = DeterministicAutomaton(program) {
            engine = .table(automaton)
        } else if program.instructions.count <= Self.maximumSimulatedStates {
            engine = .simulation(program)
        } else {
            throw ExpressionError(.tooAmbiguous(limit: Self.maximumSimulatedStates), at: 0)
        }
    }

    /// Compiles the UTF-8 of a pattern.
    public init(_ pattern: String, options: Options = []) throws(ExpressionError) {
        try self.init(Array(pattern.utf8), options: options)
    }

    /// Whether the pattern matches somewhere in the subject; `^` and `$` are its two ends.
    public func matches(_ subject: Span<UInt8>) -> Bool {
        guard subject.count <= Self.maximumSubjectLength else { return false }
        return switch engine {
        case .table(let automaton): automaton.matches(subject)
        case .simulation(let program): program.matches(subject)
        }
    }

    /// Whether matching is one table look-up for each byte.
    var isTable: Bool {
        if case .table = engine { true } else { false }
    }
}
