/// Compares two versions of a profile by what they do.
///
/// Criteria are taken together by what they do to a request: server, default handling, service information. For each
/// such outcome the requests that reach it before and after are compared, then how often they reach it, then the order
/// among outcomes. If nothing is found and nothing was left undecided, every request visits the same servers.
struct ProfileComparison {
    private typealias Server = InitialFilterCriteria.ApplicationServer

    private struct Side {
        let profile: CompiledProfile
        let conditions: [TriggerCondition]
        let servers: [Server]

        init(_ profile: CompiledProfile) {
            self.profile = profile
            conditions = profile.orderedCriteria.map { TriggerCondition($0) }
            servers = profile.orderedCriteria.map(\.applicationServer)
        }

        /// Any criterion with that outcome fires.
        func reaches(_ server: Server) -> TriggerCondition {
            .any(servers.indices.filter { servers[$0] == server }.map { conditions[$0] })
        }

        func visits(_ sample: SampleRequest) -> [Server] {
            profile.matches(sample.request, in: sample.context).map(\.applicationServer)
        }
    }

    private let old: Side
    private let new: Side
    private let identity: String?
    private var search = RequestSearch()
    private var found: [ProfileDifference] = []
    private var undecided: [String] = []

    init(_ old: CompiledProfile, _ new: CompiledProfile, _ identity: String?) {
        self.old = Side(old)
        self.new = Side(new)
        self.identity = identity
    }

    mutating func run() -> [ProfileDifference] {
        if isSameText { return [] }
        for (index, server) in old.servers.enumerated() {
            compare(old.conditions[index], without: new.reaches(server), server)
        }
        for (index, server) in new.servers.enumerated() {
            compare(new.conditions[index], without: old.reaches(server), server)
        }
        compareCounts()
        compareOrder()
        if found.isEmpty, !undecided.isEmpty {
            let servers = undecided.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            let message =
                "Whether \(servers.joined(separator: ", ")) get the same requests could not be decided; the conditions "
                + "are too large."
            found.append(
                ProfileDifference(
                    kind: .undecided, identity: identity, message: message, sample: nil, before: [], after: []))
        }
        return found
    }

    /// Whether the criteria are the same but for places and priorities.
    private var isSameText: Bool {
        func text(_ side: Side) -> [InitialFilterCriteria] {
            side.profile.orderedCriteria.map { $0.withoutPlaces }
        }
        return text(old) == text(new)
    }

    private mutating func compare(
        _ condition: TriggerCondition, without other: TriggerCondition, _ server: Server
    ) {
        look(for: .all([condition, other.negated]), about: [server])
    }

    /// How often a request reaches one outcome.
    private mutating func compareCounts() {
        for side in [old, new] {
            for later in side.servers.indices {
                for earlier in side.servers.indices.prefix(later) where side.servers[earlier] == side.servers[later] {
                    let both = TriggerCondition.all([side.conditions[earlier], side.conditions[later]])
                    if areEquivalent(side.servers[later]) { continue }
                    look(for: both, about: [side.servers[later]])
                }
            }
        }
    }

    /// Whether the criteria with one outcome are, one by one, the same before and after.
    private func areEquivalent(_ server: Server) -> Bool {
        func criteria(_ side: Side) -> [InitialFilterCriteria] {
            side.profile.orderedCriteria.filter { $0.applicationServer == server }.map(\.withoutPlaces)
        }
        return criteria(old) == criteria(new)
    }

    /// Pairs of outcomes that come in one order before and in the other after.
    private mutating func compareOrder() {
        for first in old.servers.indices {
            for second in old.servers.indices.dropFirst(first + 1) where old.servers[first] != old.servers[second] {
                for late in new.servers.indices where new.servers[late] == old.servers[first] {
                    for early in new.servers.indices.prefix(late) where new.servers[early] == old.servers[second] {
                        let all = TriggerCondition.all([
                            old.conditions[first], old.conditions[second], new.conditions[late],
                            new.conditions[early],
                        ])
                        look(for: all, about: [old.servers[first], old.servers[second]])
                    }
                }
            }
        }
    }

    private mutating func look(for condition: TriggerCondition, about servers: [Server]) {
        switch search.run(condition) {
        case .none: return
        case .unknown: undecided += servers.map(\.serverName)
        case .found(let sample):
            let before = old.visits(sample)
            let after = new.visits(sample)
            // Another criterion may do the same; then this request shows nothing, and others might.
            guard before != after else {
                undecided += servers.map(\.serverName)
                return
            }
            let message = Self.message(before, after)
            guard !found.contains(where: { $0.message == message && $0.sample?.request == sample.request }),
                !found.contains(where: { $0.message == message && $0.sample?.context == sample.context })
            else { return }
            found.append(
                ProfileDifference(
                    kind: .servers, identity: identity, message: message, sample: sample, before: before,
                    after: after))
        }
    }

    private static func message(_ before: [Server], _ after: [Server]) -> String {
        let oldNames = before.map(\.serverName)
        let newNames = after.map(\.serverName)
        var parts: [String] = []
        for name in oldNames where !newNames.contains(name) { parts.append("\(name) is no longer visited") }
        for name in newNames where !oldNames.contains(name) { parts.append("\(name) is now visited") }
        for server in before {
            guard let other = after.first(where: { $0.serverName == server.serverName }), !after.contains(server) else {
                continue
            }
            parts.append("\(server.serverName) is visited with \(terms(server, other))")
        }
        if parts.isEmpty {
            parts.append(
                "the order is \(newNames.joined(separator: ", ")) and was \(oldNames.joined(separator: ", "))")
        }
        return parts.joined(separator: "; ") + "."
    }

    private static func terms(_ before: Server, _ after: Server) -> String {
        var parts: [String] = []
        if before.defaultHandling != after.defaultHandling {
            parts.append(
                after.defaultHandling == .sessionContinued
                    ? "SESSION_CONTINUED instead of SESSION_TERMINATED"
                    : "SESSION_TERMINATED instead of SESSION_CONTINUED")
        }
        if before.serviceInfo != after.serviceInfo {
            parts.append(
                "service info \(after.serviceInfo.map { "\"\($0)\"" } ?? "left out") instead of "
                    + (before.serviceInfo.map { "\"\($0)\"" } ?? "none"))
        }
        if before.includesRegisterRequest != after.includesRegisterRequest {
            parts.append(after.includesRegisterRequest ? "the REGISTER in the body" : "no REGISTER in the body")
        }
        if before.includesRegisterResponse != after.includesRegisterResponse {
            parts.append(after.includesRegisterResponse ? "the response in the body" : "no response in the body")
        }
        return parts.joined(separator: ", ")
    }
}

extension InitialFilterCriteria {
    /// What the criterion does, without where it stands and which number it has.
    fileprivate var withoutPlaces: InitialFilterCriteria {
        var copy = InitialFilterCriteria(
            priority: 0, triggerPoint: triggerPoint, applicationServer: applicationServer, profilePart: profilePart)
        copy.triggerPoint?.location = nil
        for index in (triggerPoint?.servicePointTriggers ?? []).indices {
            copy.triggerPoint?.servicePointTriggers[index].location = nil
            copy.triggerPoint?.servicePointTriggers[index].subjectLocation = nil
            copy.triggerPoint?.servicePointTriggers[index].contentLocation = nil
        }
        return copy
    }
}
