/// What a subscriber of the `reg` event package knows, made from one document after the other (RFC 3680 §5.2).
public struct RegistrationState: Sendable, Hashable {
    /// What became of a document.
    public enum Outcome: Sendable, Hashable {
        /// It is part of the state now.
        case applied
        /// It is older than the state, or the same again, and was left alone.
        case outdated
        /// Something before it is missing: what it says was applied, and a refresh of the subscription brings the rest.
        case wantsFullState
    }

    /// `nil` before the first document.
    public private(set) var version: UInt32?
    /// Whether everything is known: a full document came, and none after it is missing.
    public private(set) var isComplete = false
    private var known: [String: RegistrationInformation.Registration] = [:]
    /// Contacts of all registrations.
    private var contactCount = 0

    public init() {}

    /// By address-of-record. Contacts that are gone, and registrations without any, are not kept.
    public var registrations: [RegistrationInformation.Registration] {
        known.values.sorted { ($0.addressOfRecord, $0.id) < ($1.addressOfRecord, $1.id) }
    }

    /// Whether a public user identity has an active contact; `nil` while that is not known.
    ///
    /// - Parameter identity: Any spelling of the URI.
    public func isRegistered(_ identity: String) -> Bool? {
        let wanted = ThirdPartyRegistration.canonical(identity)
        for registration in known.values where registration.state == .active {
            if ThirdPartyRegistration.canonical(registration.addressOfRecord) == wanted { return true }
        }
        return isComplete ? false : nil
    }

    /// Takes the next document of the subscription.
    public mutating func apply(_ document: RegistrationInformation) -> Outcome {
        if let version, document.version <= version { return .outdated }
        let follows = version.map { document.version - $0 == 1 } ?? false
        version = document.version
        switch document.completeness {
        case .full:
            known = [:]
            contactCount = 0
            isComplete = true
        case .partial: isComplete = isComplete && follows
        }
        for registration in document.registrations { update(registration) }
        return isComplete ? .applied : .wantsFullState
    }

    /// A new subscription numbers its documents anew; the state stays, and is not complete until a full document came.
    public mutating func subscriptionRestarted() {
        version = nil
        isComplete = false
    }

    /// Beyond the limit nothing new is kept, and the state does not pass for complete.
    private mutating func update(_ change: RegistrationInformation.Registration) {
        guard change.state == .active else {
            contactCount -= known.removeValue(forKey: change.id)?.contacts.count ?? 0
            return
        }
        let before = known[change.id]
        var registration = change
        registration.contacts = before?.contacts ?? []
        var places: [String: Int] = [:]
        for (place, contact) in registration.contacts.enumerated() { places[contact.id] = place }
        let others = contactCount - registration.contacts.count
        for contact in change.contacts {
            if let place = places[contact.id] {
                registration.contacts[place] = contact
            } else if others + registration.contacts.count < RegistrationInformation.maximumEntries {
                places[contact.id] = registration.contacts.count
                registration.contacts.append(contact)
            } else {
                isComplete = false
            }
        }
        registration.contacts.removeAll { $0.state == .terminated }
        guard before != nil || known.count < RegistrationInformation.maximumEntries else {
            isComplete = false
            return
        }
        known[change.id] = registration
        contactCount = others + registration.contacts.count
    }
}
