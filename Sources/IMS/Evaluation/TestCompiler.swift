import SIP

/// Why a test cannot be compiled; the criterion it belongs to is skipped.
struct TestFault: Error {
    let message: String
    /// Whether Content is at fault, and not RequestURI, Header or Line.
    let isInContent: Bool
    /// What is wrong with the pattern.
    let cause: ExpressionError

    var rule: ProfileRule { cause.fault == .budgetExhausted ? .patternBudget : .patternInvalid }

    func location(in trigger: ServicePointTrigger) -> SourceLocation {
        (isInContent ? trigger.contentLocation : trigger.subjectLocation) ?? trigger.location
            ?? SourceLocation(line: 1, column: 1, xpath: "/")
    }
}

/// Turns a service point trigger into something that runs.
struct TestCompiler {
    let dialect: Dialect
    /// Shared by all patterns that this compiler sees.
    private var budget: ExpressionBudget

    init(dialect: Dialect, cache: ExpressionCache = ExpressionCache()) {
        self.dialect = dialect
        budget = ExpressionBudget(cache: cache)
    }

    mutating func compile(_ trigger: ServicePointTrigger) throws(TestFault) -> CompiledTest {
        CompiledTest(kind: try kind(trigger), isNegated: trigger.isNegated, dialect: dialect)
    }

    private mutating func kind(_ trigger: ServicePointTrigger) throws(TestFault) -> CompiledTest.Kind {
        switch trigger.test {
        case .sessionCase(let sessionCase): return .sessionCase(sessionCase)
        case .method(let method, let types):
            if dialect == .kamailio { return .methodPrefix(Array(method.utf8), types) }
            return .method(SIPMethod(rawValue: method), types)
        case .requestURI(let pattern):
            // Host names compare without case (RFC 3261 §19.1.4).
            let options: ExtendedRegularExpression.Options = dialect == .standard ? .ignoringCase : []
            return try expression(pattern, "RequestURI", options).map { .requestURI($0) } ?? .never
        case .sipHeader(let name, let content): return try header(name, content, isNegated: trigger.isNegated)
        case .sessionDescription(let line, let content): return try sessionDescription(line, content)
        }
    }

    private mutating func header(
        _ name: String, _ content: String?, isNegated: Bool
    ) throws(TestFault) -> CompiledTest.Kind {
        if dialect == .standard {
            let pattern = try content.flatMap { text throws(TestFault) in try expression(text, "Content") }
            if ServicePointTrigger.isHeaderName(name) { return .header(HeaderName(name), pattern) }
            guard let namePattern = try expression("^(\(name))$", "Header", .ignoringCase) else { return .never }
            return .headerNamed(namePattern, exact: nil, pattern)
        }
        if dialect == .kamailio, content == nil, isNegated { return .never }
        guard let namePattern = try expression(name, "Header", .ignoringCase) else { return .never }
        let exact = ServicePointTrigger.isHeaderName(name) ? HeaderName(name) : nil
        guard let content else { return .headerNamed(namePattern, exact: exact, nil) }
        guard let pattern = try expression(unquoted(content), "Content") else { return .never }
        return .headerNamed(namePattern, exact: exact, pattern)
    }

    private mutating func sessionDescription(_ line: String, _ content: String?) throws(TestFault) -> CompiledTest.Kind
    {
        if dialect == .kamailio {
            let text = "\(line)=\(content.map { unquoted($0) } ?? "")"
            return try expression(text, "SessionDescription", isLengthChecked: false)
                .map { .sessionDescriptionText($0) } ?? .never
        }
        let pattern = try content.flatMap { text throws(TestFault) in try expression(text, "Content") }
        if dialect == .standard, let letter = line.utf8.first, line.utf8.count == 1 {
            return .sessionDescription(letter: letter, pattern)
        }
        let linePattern = dialect == .standard ? "^(\(line))$" : line
        guard let lineExpression = try expression(linePattern, "Line") else { return .never }
        return .sessionDescriptionNamed(lineExpression, pattern)
    }

    /// - Returns: `nil` when the dialect takes a pattern like this for one that never matches.
    private mutating func expression(
        _ pattern: String, _ element: String, _ extra: ExtendedRegularExpression.Options = [],
        isLengthChecked: Bool = true
    ) throws(TestFault) -> ExtendedRegularExpression? {
        if dialect == .kamailio, isLengthChecked, pattern.utf8.count >= CompiledProfile.kamailioBufferSize {
            return nil
        }
        do {
            return try budget.expression(pattern, options: dialect.expressionOptions.union(extra))
        } catch {
            if dialect == .kamailio, error.isSyntaxError { return nil }
            throw TestFault(
                message: "The pattern of \(element) is refused: \(error).", isInContent: element == "Content",
                cause: error)
        }
    }

    /// Without one pair of surrounding quotes.
    private func unquoted(_ text: String) -> String {
        guard dialect == .kamailio, text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else {
            return text
        }
        return String(text.dropFirst().dropLast())
    }
}

extension ServicePointTrigger {
    /// Whether the text is a header name as such. `.`, `*` and `+` are legal in a name but in a profile they
    /// show a pattern.
    static func isHeaderName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                ByteSet.word.contains(byte) || byte == UInt8(ascii: "-")
            }
    }
}

extension ExpressionError {
    /// Whether every implementation of extended regular expressions refuses the pattern.
    var isSyntaxError: Bool {
        switch fault {
        case .patternTooLong, .tooManyStates, .tooAmbiguous, .budgetExhausted, .nestedTooDeeply, .backReference,
            .undefinedEscape,
            .intervalTooLarge,
            .nonASCIIInBracket, .perlGroup, .unsupportedCollatingElement:
            false
        default: true
        }
    }
}
