/// Finds texts for constraints, and remembers what it found.
struct TextSearch {
    enum Result {
        case found(String)
        case none
        case unknown
    }

    private struct Question: Hashable {
        let domain: TextDomain
        let matching: [String]
        let notMatching: [String]
    }

    private var budget: ExpressionBudget
    private var answers: [Question: Result] = [:]

    init(cache: ExpressionCache) {
        budget = ExpressionBudget(cache: cache)
    }

    /// A text that matches all of some patterns and none of others.
    mutating func text(_ domain: TextDomain, matching: [String], notMatching: [String]) -> Result {
        let question = Question(domain: domain, matching: matching, notMatching: notMatching)
        if let answer = answers[question] { return answer }
        let answer = search(question)
        answers[question] = answer
        return answer
    }

    private mutating func search(_ question: Question) -> Result {
        var required: [ExtendedRegularExpression] = []
        var forbidden: [ExtendedRegularExpression] = []
        let options: ExtendedRegularExpression.Options = question.domain.isCaseIgnored ? .ignoringCase : []
        do {
            for pattern in question.matching { required.append(try budget.expression(pattern, options: options)) }
            for pattern in question.notMatching { forbidden.append(try budget.expression(pattern, options: options)) }
        } catch {
            return .unknown
        }
        for example in question.domain.examples {
            let bytes = example.utf8.span
            if required.allSatisfy({ $0.matches(bytes) }), !forbidden.contains(where: { $0.matches(bytes) }) {
                return .found(example)
            }
        }
        guard let everything = question.domain.everything else { return .unknown }
        // Likely texts first, if there are any; whether there is none is decided over all of them.
        let likely = question.domain == .requestURI ? [TextDomain.likelyHostport, TextDomain.likelyNumber] : []
        for domain in likely.compactMap({ $0 }) + [everything] {
            guard let search = WordSearch(matching: required, notMatching: forbidden, in: domain) else {
                return .unknown
            }
            switch search.run() {
            case .found(let bytes): return .found(String(decoding: bytes, as: UTF8.self))
            case .none: continue
            case .unknown: return .unknown
            }
        }
        return .none
    }
}
