/// Something a profile document does that it should not, or that deserves a look.
public struct ProfileDiagnostic: Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable, Comparable {
        case note, warning, error

        private var rank: Int {
            switch self {
            case .note: 0
            case .warning: 1
            case .error: 2
            }
        }

        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
    }

    public var severity: Severity
    public var rule: ProfileRule
    /// One sentence.
    public var message: String
    public var location: SourceLocation
    /// A request that shows it, where there is one; it was evaluated.
    public var sample: SampleRequest?

    public init(
        _ rule: ProfileRule, _ message: String, at location: SourceLocation, sample: SampleRequest? = nil
    ) {
        severity = rule.severity
        self.rule = rule
        self.message = message
        self.location = location
        self.sample = sample
    }
}

extension [ProfileDiagnostic] {
    /// By line and column; at one place in the order in which they were found.
    public var inDocumentOrder: [ProfileDiagnostic] {
        enumerated().sorted { left, right in
            let (one, other) = (left.element.location, right.element.location)
            return (one.line, one.column, left.offset) < (other.line, other.column, right.offset)
        }.map(\.element)
    }
}
