/// How much work and memory the patterns of one document may take to compile, so that a document full of hostile
/// patterns loads in bounded time. A pattern that occurs again costs nothing.
struct ExpressionBudget: Sendable {
    /// Steps of compilation for a document; a few milliseconds.
    static let maximumWork = 600_000
    /// Steps for one pattern, beyond which it is not made a table.
    static let maximumWorkOfPattern = 150_000
    /// Entries of all tables; two bytes each.
    static let maximumEntries = 192 * 1_024
    /// Patterns that are simulated; 12 KiB each.
    static let maximumSimulations = 24

    private(set) var work: Int
    private(set) var entries = maximumEntries
    private(set) var simulations = maximumSimulations
    private var known: [Key: ExtendedRegularExpression] = [:]

    init(work: Int = maximumWork) {
        self.work = work
    }

    private struct Key: Hashable {
        let pattern: String
        let options: ExtendedRegularExpression.Options
    }

    var isExhausted: Bool { work <= 0 }

    mutating func spend(_ steps: Int) { work -= steps }

    mutating func spendEntries(_ count: Int) { entries -= count }

    /// - Returns: Whether one more pattern may be simulated.
    mutating func takeSimulation() -> Bool {
        guard simulations > 0 else { return false }
        simulations -= 1
        return true
    }

    /// Compiles a pattern, or takes the compiled one if the document had it before.
    mutating func expression(
        _ pattern: String, options: ExtendedRegularExpression.Options
    ) throws(ExpressionError) -> ExtendedRegularExpression {
        let key = Key(pattern: pattern, options: options)
        if let expression = known[key] { return expression }
        let expression = try ExtendedRegularExpression(Array(pattern.utf8), options: options, budget: &self)
        known[key] = expression
        return expression
    }
}
