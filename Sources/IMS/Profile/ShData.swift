/// What an HSS tells an application server over Sh (TS 29.328 Annexes C and D), as far as it is about IMS. Locations and
/// states of the circuit and packet switched domains are passed over.
public struct ShData: Sendable, Hashable {
    /// Public user identities and public service identities.
    public var publicIdentities: [String] = []
    /// In international format, digits only.
    public var msisdns: [String] = []
    public var repositoryData: [RepositoryData] = []
    /// SIP URI of the S-CSCF that serves the user.
    public var servingCSCFName: String?
    /// `nil` without IFCs; broken ones are left out, see ``ProfileDocument/subscription``.
    public var initialFilterCriteria: [InitialFilterCriteria]?
    public var userState: UserState?
    public var chargingInformation: ChargingInformation?
    /// Whether a public service identity is active; `nil` when nothing is said.
    public var isPSIActive: Bool?
    public var dynamicServiceActivation: [DynamicServiceActivation] = []

    public init() {}

    /// IMS user state (TS 29.328 §7.6).
    public enum UserState: Int, Sendable, Hashable, CaseIterable {
        case notRegistered = 0
        case registered = 1
        /// Not registered, and an S-CSCF is assigned for services of unregistered users.
        case registeredUnregisteredServices = 2
        case authenticationPending = 3
    }

    /// Data that an application server keeps in the HSS (TS 29.328 §7.6).
    public struct RepositoryData: Sendable, Hashable {
        public var serviceIndication: String
        /// 0 creates; each change counts up, and 65535 is followed by 1 (TS 29.328 §6.1.2).
        public var sequenceNumber: UInt16
        /// The content of ServiceData: XML that stands on its own, each element with the namespace it is in. Text
        /// between child elements is gathered before them, and attributes lose their namespace: of two
        /// that then have one name the first stays. `nil`: there is none.
        public var serviceData: String?

        public init(serviceIndication: String, sequenceNumber: UInt16, serviceData: String? = nil) {
            self.serviceIndication = serviceIndication
            self.sequenceNumber = sequenceNumber
            self.serviceData = serviceData
        }
    }

    /// Diameter URIs of the charging functions (TS 29.328 §7.6).
    public struct ChargingInformation: Sendable, Hashable {
        public var primaryEventChargingFunction: String?
        public var secondaryEventChargingFunction: String?
        public var primaryChargingCollectionFunction: String?
        public var secondaryChargingCollectionFunction: String?

        public init() {}
    }

    /// Dynamic service activation information: a switch that an application server sets for criteria of its own
    /// (TS 29.328 §7.14).
    public struct DynamicServiceActivation: Sendable, Hashable {
        public var tag: String
        public var isActive: Bool

        public init(tag: String, isActive: Bool) {
            self.tag = tag
            self.isActive = isActive
        }
    }
}
