import SIP

/// One thing that a change of a profile changes in behaviour.
public struct ProfileDifference: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        /// A request visits other servers, or the same in another order or under other terms.
        case servers
        /// An identity came, went, or moved to a profile that does something else.
        case identity
        /// Whether there is a difference could not be decided within bounds.
        case undecided
    }

    public let kind: Kind
    /// An identity whose profile it is; `nil` in a fragment.
    public let identity: String?
    /// One sentence.
    public let message: String
    /// A request that shows it; it was evaluated with both profiles.
    public let sample: SampleRequest?
    /// What the sample visits, in order.
    public let before: [InitialFilterCriteria.ApplicationServer]
    public let after: [InitialFilterCriteria.ApplicationServer]
}

extension IMSSubscription {
    /// What another version of a subscription does differently. Empty: no request of any kind is treated differently.
    ///
    /// - Parameter sharedSets: The criteria behind `SharedIFCSetID`s, for both versions.
    public func differences(
        to other: IMSSubscription, sharedSets: [Int: [InitialFilterCriteria]] = [:]
    ) -> [ProfileDifference] {
        var found: [ProfileDifference] = []
        var compared: Set<[Int]> = []
        let old = identityIndex
        let new = other.identityIndex
        for name in old.order + new.order.filter({ old.profiles[$0] == nil }) {
            let oldIdentity = old.profiles[name]
            let newIdentity = new.profiles[name]
            switch (oldIdentity, newIdentity) {
            case (let before?, let after?):
                if before.isBarred != after.isBarred {
                    found.append(
                        .init(
                            kind: .identity, identity: name,
                            message: "\(name) is \(after.isBarred ? "now" : "no longer") barred.", sample: nil,
                            before: [], after: []))
                }
                guard compared.insert([before.profile, after.profile]).inserted else { continue }
                found += serviceProfiles[before.profile].differences(
                    to: other.serviceProfiles[after.profile], identity: name, sharedSets: sharedSets)
            case (_?, nil): found.append(.gone(name, "is no longer in the subscription"))
            case (nil, _?): found.append(.gone(name, "is new in the subscription"))
            case (nil, nil): continue
            }
        }
        // Fragments name nobody: their only profiles are compared.
        if old.order.isEmpty && new.order.isEmpty, let before = serviceProfiles.first,
            let after = other.serviceProfiles.first
        {
            found += before.differences(to: after, identity: nil, sharedSets: sharedSets)
        }
        return found
    }

    private var identityIndex: (order: [String], profiles: [String: (profile: Int, isBarred: Bool)]) {
        var order: [String] = []
        var profiles: [String: (profile: Int, isBarred: Bool)] = [:]
        for (index, profile) in serviceProfiles.enumerated() {
            for identity in profile.publicIdentities {
                let name = identity.wildcardedIdentity ?? IdentityForm(identity.identity).text
                guard profiles[name] == nil else { continue }
                order.append(name)
                profiles[name] = (index, identity.isBarred)
            }
        }
        return (order, profiles)
    }
}

extension ProfileDifference {
    fileprivate static func gone(_ name: String, _ what: String) -> ProfileDifference {
        ProfileDifference(
            kind: .identity, identity: name, message: "\(name) \(what).", sample: nil, before: [], after: [])
    }
}

extension ServiceProfile {
    /// What another version of a profile does differently; see ``IMSSubscription/differences(to:sharedSets:)``.
    public func differences(
        to other: ServiceProfile, identity: String? = nil, sharedSets: [Int: [InitialFilterCriteria]] = [:]
    ) -> [ProfileDifference] {
        var comparison = ProfileComparison(
            CompiledProfile(self, sharedSets: sharedSets), CompiledProfile(other, sharedSets: sharedSets), identity)
        return comparison.run()
    }
}
