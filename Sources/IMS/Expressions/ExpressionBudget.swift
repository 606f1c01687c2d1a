/// How much work and memory the patterns of one document may take to compile, so that a document full of hostile
/// patterns loads in bounded time. A pattern that occurs again costs nothing.
struct ExpressionBudget {
    /// Steps of compilation for a document; a few milliseconds.
    static let maximumWork = 320_000
    /// Steps for one pattern, beyond which it is not made a table.
    static let maximumWorkOfPattern = 80_000
    /// Entries of all tables; two bytes each.
    static let maximumEntries = 192 * 1_024
    /// Patterns that are simulated; 12 KiB each.
    static let maximumSimulations = 16

    private(set) var work: Int
    private(set) var entries = maximumEntries
    private(set) var simulations = maximumSimulations
    private let cache: ExpressionCache

    /// - Parameter cache: Patterns that are compiled already.
    init(work: Int = maximumWork, cache: ExpressionCache = ExpressionCache()) {
        self.work = work
        self.cache = cache
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
        let options = options.without(escapesNotIn: pattern)
        if let expression = cache.expression(pattern, options) { return expression }
        let expression = try ExtendedRegularExpression(Array(pattern.utf8), options: options, budget: &self)
        cache.insert(expression, pattern, options)
        return expression
    }
}

/// Compiled patterns, for the parts of one validation that look at the same ones.
final class ExpressionCache {
    private struct Key: Hashable {
        let pattern: String
        let options: ExtendedRegularExpression.Options
    }

    private var known: [Key: ExtendedRegularExpression] = [:]

    func expression(_ pattern: String, _ options: ExtendedRegularExpression.Options) -> ExtendedRegularExpression? {
        known[Key(pattern: pattern, options: options)]
    }

    func insert(
        _ expression: ExtendedRegularExpression, _ pattern: String, _ options: ExtendedRegularExpression.Options
    ) {
        known[Key(pattern: pattern, options: options)] = expression
    }
}

extension ExtendedRegularExpression.Options {
    /// The dialects of escapes differ only where a backslash stands before a letter.
    fileprivate func without(escapesNotIn pattern: String) -> Self {
        var isEscaped = false
        for byte in pattern.utf8 {
            if isEscaped, ByteSet.alpha.contains(byte) { return self }
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        }
        return subtracting([.gnuEscapes, .perlEscapes])
    }
}
