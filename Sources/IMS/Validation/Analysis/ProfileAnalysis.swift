import SIP

/// What can be said about criteria without a request: whether they can fire, whether they always do, and what they do
/// together. Nothing is said that was not proved, and what a request can show is shown by one.
struct ProfileAnalysis {
    /// Pairs of criteria that are compared at most; a profile with more than that many servers in common is not one.
    private static let maximumPairs = 200

    var search: RequestSearch

    init(cache: ExpressionCache) {
        search = RequestSearch(cache: cache)
    }

    mutating func check(_ criterion: InitialFilterCriteria, _ found: inout [ProfileDiagnostic]) {
        let place = criterion.location ?? SourceLocation(line: 1, column: 1, xpath: "/")
        let triggerPlace = criterion.triggerPoint?.location ?? place
        let trigger = TriggerCondition(trigger: criterion.triggerPoint)
        var canFire = true
        if criterion.triggerPoint != nil {
            canFire = checkTrigger(criterion, trigger, triggerPlace, &found)
        }
        guard canFire else { return }
        let whole = TriggerCondition(criterion)
        checkRegister(criterion, whole, place, &found)
        let server = criterion.applicationServer
        if server.defaultHandling == .sessionTerminated, namesMethod(criterion, "INVITE"),
            case .found(let sample) = search.run(.all([whole, Self.method("INVITE")]))
        {
            let message = "If \(server.serverName) does not answer in time, the call ends (TS 24.229 §5.4.3.2)."
            found.append(ProfileDiagnostic(.sessionTerminated, message, at: place, sample: sample))
        }
        checkDiversion(criterion, whole, place, &found)
    }

    /// - Returns: Whether the criterion may fire.
    private mutating func checkTrigger(
        _ criterion: InitialFilterCriteria, _ trigger: TriggerCondition, _ place: SourceLocation,
        _ found: inout [ProfileDiagnostic]
    ) -> Bool {
        checkPatterns(criterion, &found)
        if case .none = search.run(trigger) {
            let message = "The conditions contradict each other: no request meets them."
            found.append(ProfileDiagnostic(.neverMatches, message, at: place))
            return false
        }
        if case .none = search.run(trigger.negated) {
            let message = "The conditions leave nothing out; without TriggerPoint it would be clear."
            found.append(ProfileDiagnostic(.alwaysMatches, message, at: place))
        }
        if criterion.profilePart != nil, case .none = search.run(TriggerCondition(criterion)) {
            let part = criterion.profilePart == .registered ? "registered" : "unregistered"
            let message =
                "The session cases of the trigger never occur in the \(part) part of the profile "
                + "(TS 29.228 Annex B.2.2)."
            found.append(ProfileDiagnostic(.partContradiction, message, at: place))
            return false
        }
        return true
    }

    /// Patterns that nothing matches, each by itself.
    private mutating func checkPatterns(_ criterion: InitialFilterCriteria, _ found: inout [ProfileDiagnostic]) {
        for trigger in criterion.triggerPoint?.servicePointTriggers ?? [] {
            switch trigger.test {
            case .method, .sessionCase, .sipHeader(_, nil), .sessionDescription(_, nil): continue
            case .requestURI(let pattern) where ProfilePattern.namesScheme(pattern) || pattern.contains("@"): continue
            default: break
            }
            guard case .none = search.run(.test(trigger.test, holds: true)),
                let location = trigger.contentLocation ?? trigger.subjectLocation
            else { continue }
            let message = "Nothing that can stand there matches the pattern."
            found.append(ProfileDiagnostic(.patternNeverMatches, message, at: location))
        }
    }

    private mutating func checkRegister(
        _ criterion: InitialFilterCriteria, _ whole: TriggerCondition, _ place: SourceLocation,
        _ found: inout [ProfileDiagnostic]
    ) {
        let server = criterion.applicationServer
        let includes = server.includesRegisterRequest || server.includesRegisterResponse
        let warns = server.defaultHandling == .sessionTerminated && namesMethod(criterion, "REGISTER")
        guard includes || warns else { return }
        switch search.run(.all([whole, Self.method("REGISTER")])) {
        case .none where includes:
            let message = "No REGISTER meets the conditions, so nothing can be included in one (TS 29.228 Annex B.2)."
            found.append(ProfileDiagnostic(.registerInclusion, message, at: place))
        case .found(let sample) where warns:
            let message =
                "If the server does not answer the third-party REGISTER, the S-CSCF de-registers the user "
                + "(TS 24.229 §5.4.1.7)."
            found.append(ProfileDiagnostic(.registerWithSessionTerminated, message, at: place, sample: sample))
        default: break
        }
    }

    private mutating func checkDiversion(
        _ criterion: InitialFilterCriteria, _ whole: TriggerCondition, _ place: SourceLocation,
        _ found: inout [ProfileDiagnostic]
    ) {
        guard names(criterion, .sessionCase(.originatingCDIV)) else { return }
        let terminating = TriggerCondition.any([
            .test(.sessionCase(.terminatingRegistered), holds: true),
            .test(.sessionCase(.terminatingUnregistered), holds: true),
        ])
        let diverted = TriggerCondition.test(.sessionCase(.originatingCDIV), holds: true)
        guard case .found = search.run(.all([whole, terminating])),
            case .found(let sample) = search.run(.all([whole, diverted]))
        else { return }
        let message =
            "When \(criterion.applicationServer.serverName) diverts a call, it gets the diverted call too, as "
            + "ORIGINATING_CDIV (TS 24.229 §5.4.3.3)."
        found.append(ProfileDiagnostic(.diversionRepeats, message, at: place, sample: sample))
    }

    /// Criteria of one profile that send one request to one server twice.
    mutating func checkServers(_ criteria: [InitialFilterCriteria], _ found: inout [ProfileDiagnostic]) {
        var pairs = 0
        for (position, later) in criteria.enumerated() {
            for earlier in criteria[..<position]
            where earlier.applicationServer.serverName == later.applicationServer.serverName {
                pairs += 1
                guard pairs <= Self.maximumPairs else { return }
                let both = TriggerCondition.all([TriggerCondition(earlier), TriggerCondition(later)])
                guard case .found(let sample) = search.run(both), let place = later.location else { continue }
                let other = earlier.location.map { " as the criterion on line \($0.line) does" } ?? ""
                let message =
                    "The criterion sends a request to \(later.applicationServer.serverName)\(other), so that it "
                    + "visits the server twice."
                found.append(ProfileDiagnostic(.serverRepeated, message, at: place, sample: sample))
                break
            }
        }
    }

    /// Criteria whose server is an identity of the same document, followed until one leads back to itself.
    mutating func checkLoops(_ subscription: IMSSubscription, _ found: inout [ProfileDiagnostic]) {
        var edges: [Int: [(target: Int, criterion: InitialFilterCriteria, sample: SampleRequest)]] = [:]
        for (index, profile) in subscription.serviceProfiles.enumerated() {
            for criterion in profile.initialFilterCriteria {
                guard let target = subscription.profile(for: criterion.applicationServer.serverName),
                    case .found(let sample) = search.run(TriggerCondition(criterion))
                else { continue }
                edges[index, default: []].append((target.index, criterion, sample))
            }
        }
        for (start, first) in edges.sorted(by: { $0.key < $1.key }) {
            for edge in first {
                guard let place = edge.criterion.location else { continue }
                var reached: Set<Int> = []
                var pending = [edge.target]
                while let current = pending.popLast() {
                    guard reached.insert(current).inserted else { continue }
                    pending += (edges[current] ?? []).map(\.target)
                }
                guard reached.contains(start) else { continue }
                let message =
                    "\(edge.criterion.applicationServer.serverName) is a served user of this document, and its own "
                    + "criteria lead back to this one."
                found.append(ProfileDiagnostic(.serverLoop, message, at: place, sample: edge.sample))
            }
        }
    }

    private static func method(_ method: String) -> TriggerCondition {
        .test(.method(method, registrationTypes: []), holds: true)
    }

    private func namesMethod(_ criterion: InitialFilterCriteria, _ method: String) -> Bool {
        (criterion.triggerPoint?.servicePointTriggers ?? []).contains { trigger in
            if case .method(method, _) = trigger.test { !trigger.isNegated } else { false }
        }
    }

    private func names(_ criterion: InitialFilterCriteria, _ test: ServicePointTrigger.Test) -> Bool {
        (criterion.triggerPoint?.servicePointTriggers ?? []).contains { $0.test == test && !$0.isNegated }
    }
}
