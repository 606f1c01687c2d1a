/// What a profile says about a request, with the reason for each criterion.
public struct ProfileEvaluation: Sendable, Hashable {
    /// The criteria the request meets, in the order in which the S-CSCF uses them.
    public var matches: [InitialFilterCriteria]
    /// Every criterion, in the same order; broken ones last.
    public var criteria: [CriterionExplanation]
}

/// Why a criterion matched, or not.
public struct CriterionExplanation: Sendable, Hashable {
    /// `nil` for a criterion that is broken.
    public var criterion: InitialFilterCriteria?
    /// As ``InitialFilterCriteria/documentIndex``.
    public var documentIndex: Int
    public var priority: Int?
    public var matched: Bool
    /// One sentence.
    public var reason: String
    /// Empty without a trigger point.
    public var groups: [GroupExplanation]
}

/// A group of a trigger point: its tests are joined by OR in conjunctive and by AND in disjunctive normal form.
public struct GroupExplanation: Sendable, Hashable {
    public var number: Int
    public var holds: Bool
    public var tests: [TestExplanation]
}

/// One service point trigger in a group.
public struct TestExplanation: Sendable, Hashable {
    public var trigger: ServicePointTrigger
    /// With the negation applied.
    public var holds: Bool
    /// What was found, as a clause.
    public var finding: String
    /// The bytes that decided it; `nil` when the request has none where the test looks.
    public var evidence: TestEvidence?
}
