/// What a trigger point allows, found by trying every combination of what its tests tell apart: the methods it
/// names and one more, the session cases, the kinds of registration, and each pattern as true or false.
struct TriggerLogic {
    /// More different patterns than this are not tried out.
    private static let maximumPatterns = 8
    private static let maximumTests = 64

    private(set) var canHold = false
    private(set) var alwaysHolds = true
    /// Whether it can hold for a user of the part that ProfilePartIndicator names.
    private(set) var canHoldInPart = false
    private(set) var canHoldForRegister = false
    /// Whether a test asks for REGISTER.
    let namesRegister: Bool

    private struct Situation {
        let method: String?
        let registrationType: RegistrationType
        let sessionCase: SessionCase
        /// One bit for each different pattern.
        let patterns: Int
    }

    /// - Returns: `nil` without a trigger point, or with too many tests to try out.
    init?(_ criterion: InitialFilterCriteria) {
        guard let trigger = criterion.triggerPoint, trigger.servicePointTriggers.count <= Self.maximumTests else {
            return nil
        }
        var methods: [String] = []
        var patterns: [ServicePointTrigger.Test] = []
        for spt in trigger.servicePointTriggers {
            switch spt.test {
            case .method(let method, _): if !methods.contains(method) { methods.append(method) }
            case .sessionCase: break
            default: if !patterns.contains(spt.test) { patterns.append(spt.test) }
            }
        }
        guard patterns.count <= Self.maximumPatterns, methods.count <= 14 else { return nil }
        namesRegister = trigger.servicePointTriggers.contains { spt in
            if case .method("REGISTER", _) = spt.test { !spt.isNegated } else { false }
        }
        if !methods.contains("REGISTER") { methods.append("REGISTER") }

        let groups = Self.groups(of: trigger)
        for method in methods.map(Optional.some) + [nil] {
            for type in method == "REGISTER" ? RegistrationType.allCases : [.initial] {
                for sessionCase in SessionCase.allCases {
                    for bits in 0..<(1 << patterns.count) {
                        let situation = Situation(
                            method: method, registrationType: type, sessionCase: sessionCase, patterns: bits)
                        guard Self.holds(trigger, groups, situation, patterns) else {
                            alwaysHolds = false
                            continue
                        }
                        canHold = true
                        if method == "REGISTER" { canHoldForRegister = true }
                        if sessionCase.canOccur(in: criterion.profilePart) { canHoldInPart = true }
                    }
                }
            }
        }
    }

    private static func groups(of trigger: TriggerPoint) -> [[ServicePointTrigger]] {
        var members: [Int: [ServicePointTrigger]] = [:]
        for spt in trigger.servicePointTriggers {
            for group in Set(spt.groups) { members[group, default: []].append(spt) }
        }
        return Array(members.values)
    }

    private static func holds(
        _ trigger: TriggerPoint, _ groups: [[ServicePointTrigger]], _ situation: Situation,
        _ patterns: [ServicePointTrigger.Test]
    ) -> Bool {
        func holds(_ spt: ServicePointTrigger) -> Bool {
            let isFound =
                switch spt.test {
                case .sessionCase(let sessionCase): sessionCase == situation.sessionCase
                case .method(let method, let types):
                    method == situation.method
                        && (types.isEmpty || method != "REGISTER" || types.contains(situation.registrationType))
                default: situation.patterns >> (patterns.firstIndex(of: spt.test) ?? 0) & 1 == 1
                }
            return isFound != spt.isNegated
        }
        return trigger.isConjunctiveNormalForm
            ? groups.allSatisfy { $0.contains(where: holds) }
            : groups.contains { $0.allSatisfy(holds) }
    }
}

extension SessionCase {
    fileprivate func canOccur(in part: InitialFilterCriteria.ProfilePart?) -> Bool {
        switch (part, self) {
        case (nil, _), (_, .originatingCDIV): true
        case (.registered, _): impliesRegistered
        case (.unregistered, _): !impliesRegistered
        }
    }
}
