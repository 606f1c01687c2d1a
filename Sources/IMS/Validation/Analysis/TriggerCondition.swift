/// What a criterion asks of a request, as a formula. Negations stand only before tests.
indirect enum TriggerCondition: Sendable {
    case test(ServicePointTrigger.Test, holds: Bool)
    /// The user is registered, or not.
    case registered(Bool)
    case all([TriggerCondition])
    case any([TriggerCondition])

    static let always = TriggerCondition.all([])

    /// The trigger point without the profile part.
    init(trigger: TriggerPoint?) {
        guard let trigger else {
            self = .always
            return
        }
        var members: [Int: [TriggerCondition]] = [:]
        for spt in trigger.servicePointTriggers {
            for group in Set(spt.groups) { members[group, default: []].append(.test(spt.test, holds: !spt.isNegated)) }
        }
        let groups = members.sorted { $0.key < $1.key }.map(\.value)
        self =
            trigger.isConjunctiveNormalForm
            ? .all(groups.map { $0.count == 1 ? $0[0] : .any($0) })
            : groups.count == 1 ? .all(groups[0]) : .any(groups.map { .all($0) })
    }

    /// Trigger point and ProfilePartIndicator.
    init(_ criterion: InitialFilterCriteria) {
        let trigger = TriggerCondition(trigger: criterion.triggerPoint)
        switch criterion.profilePart {
        case nil: self = trigger
        case .registered: self = .all([.registered(true), trigger])
        case .unregistered: self = .all([.registered(false), trigger])
        }
    }

    var negated: TriggerCondition {
        switch self {
        case .test(let test, let holds): .test(test, holds: !holds)
        case .registered(let isRegistered): .registered(!isRegistered)
        case .all(let parts): .any(parts.map(\.negated))
        case .any(let parts): .all(parts.map(\.negated))
        }
    }

    /// Every test in the formula.
    func forEachTest(_ body: (ServicePointTrigger.Test) -> Void) {
        switch self {
        case .test(let test, _): body(test)
        case .registered: break
        case .all(let parts), .any(let parts):
            for part in parts { part.forEachTest(body) }
        }
    }
}
