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
    /// Most positions, that is bytes and bracket expressions after expansion, of a pattern that has no table.
    public static let maximumSimulatedPositions = PositionAutomaton.maximumPositions
    /// Longest subject, in bytes. A longer one does not match.
    public static let maximumSubjectLength = 4_096

    private enum Engine: Sendable {
        case table(DeterministicAutomaton)
        case simulation(PositionSimulation)
    }

    public let pattern: [UInt8]
    public let options: Options
    private let engine: Engine

    /// Compiles a pattern.
    ///
    /// - Throws: ``ExpressionError`` with the fault and its offset in the pattern.
    public init(_ pattern: [UInt8], options: Options = []) throws(ExpressionError) {
        var budget = ExpressionBudget()
        try self.init(pattern, options: options, budget: &budget)
    }

    /// Compiles one of several patterns that share a budget.
    init(_ pattern: [UInt8], options: Options, budget: inout ExpressionBudget) throws(ExpressionError) {
        let program = try ExpressionProgram(pattern, options: options)
        self.pattern = pattern
        self.options = options
        budget.spend(program.instructions.count)
        guard !budget.isExhausted else { throw ExpressionError(.budgetExhausted, at: 0) }
        if let automaton = PositionAutomaton(program, budget: &budget) {
            if let table = DeterministicAutomaton(automaton, budget: &budget) {
                engine = .table(table)
            } else if budget.takeSimulation() {
                engine = .simulation(PositionSimulation(automaton))
            } else {
                throw ExpressionError(.budgetExhausted, at: 0)
            }
        } else if let table = DeterministicAutomaton(program, budget: &budget) {
            engine = .table(table)
        } else if budget.isExhausted {
            throw ExpressionError(.budgetExhausted, at: 0)
        } else {
            throw ExpressionError(.tooAmbiguous(limit: Self.maximumSimulatedPositions), at: 0)
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
        case .simulation(let simulation): simulation.matches(subject)
        }
    }

    /// The table, when matching is one look-up for each byte.
    var table: DeterministicAutomaton? {
        if case .table(let automaton) = engine { automaton } else { nil }
    }

    /// Whether matching is one table look-up for each byte.
    var isTable: Bool { table != nil }
}
