import SIP

/// A service profile ready for evaluation: criteria in order of priority, patterns compiled.
///
/// Make one when a profile is loaded and keep it. ``matches(_:in:)`` allocates nothing unless a criterion
/// matches, and its time is linear in the request.
public struct CompiledProfile: Sendable {
    /// The size of the buffers into which Kamailio copies patterns and URIs.
    static let kamailioBufferSize = 256

    public let dialect: Dialect
    let criteria: [CompiledCriterion]
    /// The gate of each criterion, side by side.
    private let gates: [CriterionGate]
    /// Criteria that cannot be used, with the reason; an evaluation skips them.
    public let skipped: [BrokenCriterion]
    /// Patterns that were refused.
    public let diagnostics: [ProfileDiagnostic]

    /// - Parameter sharedSets: The criteria behind the `SharedIFCSetID`s that the S-CSCF is configured with
    ///   (TS 24.229 §5.4.3). They take part in the order of priorities.
    public init(
        _ profile: ServiceProfile, dialect: Dialect = .standard, sharedSets: [Int: [InitialFilterCriteria]] = [:]
    ) {
        self.dialect = dialect
        var compiler = TestCompiler(dialect: dialect)
        var criteria: [CompiledCriterion] = []
        var skipped = profile.brokenCriteria
        var diagnostics: [ProfileDiagnostic] = []
        let shared = profile.sharedIFCSetIDs.flatMap { sharedSets[$0] ?? [] }
        for criterion in profile.initialFilterCriteria + shared {
            var tests: [CompiledTest] = []
            var reason: String?
            for trigger in criterion.triggerPoint?.servicePointTriggers ?? [] {
                do {
                    tests.append(try compiler.compile(trigger))
                } catch {
                    reason = reason ?? error.message
                    diagnostics.append(
                        ProfileDiagnostic(error.rule, error.message, at: error.location(in: trigger)))
                }
            }
            if let reason {
                skipped.append(
                    BrokenCriterion(
                        documentIndex: criterion.documentIndex, priority: criterion.priority, reason: reason))
            } else {
                criteria.append(CompiledCriterion(criterion, tests: tests))
            }
        }
        // A stable sort by hand: equal priorities stay in document order.
        let ordered = criteria.enumerated()
            .sorted { ($0.element.criterion.priority, $0.offset) < ($1.element.criterion.priority, $1.offset) }
            .map(\.element)
        self.criteria = ordered
        gates = ordered.map(\.gate)
        self.skipped = skipped.sorted { $0.documentIndex < $1.documentIndex }
        self.diagnostics = diagnostics
    }

    /// The criteria that can be evaluated, those of shared sets too, lowest priority first.
    public var orderedCriteria: [InitialFilterCriteria] { criteria.map(\.criterion) }

    /// Criteria that can be evaluated.
    public var count: Int { criteria.count }

    /// The criteria a request meets, lowest priority first: the application servers it visits if none of them
    /// changes it.
    public func matches(_ request: SIPRequest, in context: EvaluationContext) -> [InitialFilterCriteria] {
        var result: [InitialFilterCriteria] = []
        var position = 0
        while let match = firstMatch(for: request, in: context, from: position) {
            result.append(match.criterion)
            position = match.next
        }
        return result
    }

    /// The next criterion a request meets, as an S-CSCF looks for it when an application server has handed the
    /// request back (TS 24.229 §5.4.3.2).
    ///
    /// - Parameter position: Where to go on: 0, or what the last answer gave as `next`.
    /// - Returns: The criterion and where to go on after it; `nil` when none is left.
    public func firstMatch(
        for request: SIPRequest, in context: EvaluationContext, from position: Int = 0
    ) -> (criterion: InitialFilterCriteria, next: Int)? {
        let method = CriterionGate.bit(of: request.method)
        var index = max(0, position)
        while index < criteria.count {
            if gates[index].admits(method: method, context.sessionCase), criteria[index].matches(request, context) {
                return (criteria[index].criterion, index + 1)
            }
            index += 1
        }
        return nil
    }
}
