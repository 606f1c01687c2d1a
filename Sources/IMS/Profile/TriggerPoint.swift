/// The condition of an initial filter criterion (TS 29.228 Annex B.2.2, class TriggerPoint).
public struct TriggerPoint: Sendable, Hashable {
    /// How the groups combine: `true` an AND of ORs, `false` an OR of ANDs.
    public var isConjunctiveNormalForm: Bool
    /// At least one.
    public var servicePointTriggers: [ServicePointTrigger]
    public var location: SourceLocation?

    public init(
        isConjunctiveNormalForm: Bool, servicePointTriggers: [ServicePointTrigger], location: SourceLocation? = nil
    ) {
        self.isConjunctiveNormalForm = isConjunctiveNormalForm
        self.servicePointTriggers = servicePointTriggers
        self.location = location
    }
}
