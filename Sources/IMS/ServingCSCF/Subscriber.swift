import SIP
import Timing

/// A subscription that the S-CSCF serves. Its identities are one implicit registration set (TS 23.228 §5.2.1a).
struct Subscriber: Sendable {
    struct Contact: Sendable {
        var uri: String
        var expiry: MonotonicTime
    }

    let subscription: IMSSubscription
    /// One for each service profile.
    let profiles: [CompiledProfile]
    /// The last registered one comes last.
    var contacts: [Contact] = []
    /// The REGISTER that made or renewed the registration.
    var lastRegister: SIPRequest?

    var isRegistered: Bool { !contacts.isEmpty }

    func contact(equalTo uri: String) -> String? {
        guard let wanted = try? SIPURI(parsing: uri) else { return nil }
        return contacts.first { (try? SIPURI(parsing: $0.uri))?.namesSameResource(as: wanted) ?? false }?.uri
    }

    /// A public identity that may be used, per profile: what was registered where it belongs to the profile, else the
    /// first that is not barred (TS 24.229 §5.4.1.7).
    func identity(of profile: Int, registered: String) -> String? {
        let identities = subscription.serviceProfiles[profile].publicIdentities.filter { !$0.isBarred }
        let wanted = IdentityForm(registered).text
        let own = identities.first { IdentityForm($0.identity).text == wanted }
        return (own ?? identities.first { $0.type == .publicUserIdentity })?.identity
    }
}

extension ServingCSCF {
    /// Adds a subscription; one with the same identities is replaced and keeps its registration.
    public mutating func provision(_ subscription: IMSSubscription) {
        let compiled = subscription.serviceProfiles.map {
            CompiledProfile($0, dialect: configuration.dialect, sharedSets: configuration.sharedSets)
        }
        var subscriber = Subscriber(subscription: subscription, profiles: compiled)
        let identities = subscription.serviceProfiles.flatMap(\.publicIdentities).map(\.identity)
        let former = subscriptions.firstIndex { known in
            known.subscription.serviceProfiles.flatMap(\.publicIdentities).map(\.identity) == identities
                && known.profiles.count == compiled.count
        }
        if let former {
            subscriber.contacts = subscriptions[former].contacts
            subscriber.lastRegister = subscriptions[former].lastRegister
            subscriptions[former] = subscriber
        } else {
            subscriptions.append(subscriber)
        }
    }

    /// Registers a contact without a REGISTER, as if that had happened before.
    ///
    /// - Returns: Whether the identity is one of a subscription.
    @discardableResult
    public mutating func addContact(
        _ contact: String, of identity: String, until expiry: MonotonicTime = .distantFuture
    ) -> Bool {
        guard let found = find(identity) else { return false }
        subscriptions[found.subscription].contacts.append(.init(uri: contact, expiry: expiry))
        return true
    }

    /// Whether a user is registered; `nil` for one who is unknown.
    public func isRegistered(_ identity: String) -> Bool? {
        find(identity).map { subscriptions[$0.subscription].isRegistered }
    }

    /// The subscription and profile an identity belongs to. Exact identities of any subscription come before wildcards.
    func find(_ uri: String) -> (subscription: Int, profile: Int, identity: PublicIdentity)? {
        var best: (subscription: Int, profile: Int, identity: PublicIdentity)?
        let wanted = IdentityForm(uri).text
        for (index, subscriber) in subscriptions.enumerated() {
            guard let found = subscriber.subscription.profile(for: uri) else { continue }
            if IdentityForm(found.identity.identity).text == wanted { return (index, found.index, found.identity) }
            if best == nil { best = (index, found.index, found.identity) }
        }
        return best
    }
}
