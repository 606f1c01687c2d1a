/// A document of the `reg` event package: what a registrar has on some addresses-of-record (RFC 3680 §5,
/// `application/reginfo+xml`). 3GPP's additions in foreign namespaces (TS 24.229 §5.4.2.1.2, RFC 5628) are passed over.
public struct RegistrationInformation: Sendable, Hashable {
    public enum Completeness: String, Sendable, Hashable {
        /// The document is all there is.
        case full
        /// The document is what has changed since the version before.
        case partial
    }

    /// Counts the documents of a subscription, from 0.
    public var version: UInt32
    public var completeness: Completeness
    public var registrations: [Registration]

    public init(version: UInt32, completeness: Completeness, registrations: [Registration] = []) {
        self.version = version
        self.completeness = completeness
        self.registrations = registrations
    }

    /// The registration of one address-of-record.
    public struct Registration: Sendable, Hashable {
        public enum State: String, Sendable, Hashable {
            /// Nobody has registered yet.
            case `init`
            case active
            /// The last contact is gone.
            case terminated
        }

        public var addressOfRecord: String
        /// Names the registration in documents of one subscription.
        public var id: String
        public var state: State
        public var contacts: [Contact]

        public init(addressOfRecord: String, id: String, state: State, contacts: [Contact] = []) {
            self.addressOfRecord = addressOfRecord
            self.id = id
            self.state = state
            self.contacts = contacts
        }
    }

    /// One contact of a registration.
    public struct Contact: Sendable, Hashable {
        public enum State: String, Sendable, Hashable {
            case active, terminated
        }

        /// What brought the contact into its state (RFC 3680 §4.7.1).
        public enum Event: String, Sendable, Hashable, CaseIterable {
            case registered, created, refreshed, shortened, expired, deactivated, probation, unregistered, rejected
        }

        /// Names the contact in documents of one subscription.
        public var id: String
        public var uri: String
        public var displayName: String?
        public var state: State
        public var event: Event
        /// Seconds that remain; always there for `shortened`.
        public var expires: UInt32?
        /// Seconds after which to register again; there for `probation` only.
        public var retryAfter: UInt32?
        /// Seconds since the contact was registered.
        public var durationRegistered: UInt32?
        /// Preference, as written.
        public var q: String?
        public var callID: String?
        public var cSeq: UInt32?

        public init(id: String, uri: String, state: State, event: Event) {
            self.id = id
            self.uri = uri
            self.state = state
            self.event = event
        }
    }
}

/// Why a body is no registration information.
public enum RegistrationInformationError: Error, Sendable, Hashable {
    /// Not well-formed XML, too large or too deep, in an encoding that is not read, or with a DOCTYPE, which is refused
    /// unread.
    case notReadable(line: Int)
    /// Another root, or another namespace, than RFC 3680 §5.4 says.
    case notRegistrationInformation
    /// An attribute or element that must be there is missing, or has a value that is none.
    case invalid(element: String, attribute: String, line: Int)
    /// More registrations or contacts than ``RegistrationInformation/maximumEntries``.
    case tooMany
}
