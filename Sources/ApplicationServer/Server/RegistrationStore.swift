import IMS
import Timing

/// The users whose registration the S-CSCF has told us of, until it expires (TS 24.229 §5.7.1.1).
struct RegistrationStore {
    private struct Entry {
        var registration: ThirdPartyRegistration
        var expiry: MonotonicTime
    }

    /// Further users are still served, but without service info.
    private let capacity: Int
    private var entries: [String: Entry] = [:]

    init(capacity: Int = 1_000_000) {
        self.capacity = capacity
    }

    var count: Int { entries.count }

    mutating func store(_ registration: ThirdPartyRegistration, at now: MonotonicTime) {
        guard registration.expires > 0 else {
            entries[registration.identity] = nil
            return
        }
        if entries.count >= capacity { entries = entries.filter { $0.value.expiry > now } }
        guard entries.count < capacity || entries[registration.identity] != nil else { return }
        entries[registration.identity] = Entry(
            registration: registration,
            expiry: now + .seconds(registration.expires)
        )
    }

    mutating func remove(_ identity: String) { entries[ThirdPartyRegistration.canonical(identity)] = nil }

    /// The service info of a user whose registration is still valid.
    func serviceInfo(of identity: String, at now: MonotonicTime) -> String? {
        guard let entry = entries[ThirdPartyRegistration.canonical(identity)], entry.expiry > now else { return nil }
        return entry.registration.serviceInfo
    }
}
