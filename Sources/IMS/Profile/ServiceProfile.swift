/// What an IMS subscription says about some of its identities (TS 29.228 Annex B.2.1).
public struct ServiceProfile: Sendable, Hashable {
    /// Empty in a fragment.
    public var publicIdentities: [PublicIdentity] = []
    public var subscribedMediaProfileID: Int?
    /// IMS communication services the user may use.
    public var serviceIDs: [String] = []
    /// In document order; ``CompiledProfile`` puts them in order of priority.
    public var initialFilterCriteria: [InitialFilterCriteria] = []
    public var brokenCriteria: [BrokenCriterion] = []
    /// Sets of criteria that the S-CSCF is configured with.
    public var sharedIFCSetIDs: [Int] = []
    public var location: SourceLocation?

    public init() {}
}

/// The subscription of a private identity (TS 29.228 Annex B.2.1 and E).
public struct IMSSubscription: Sendable, Hashable {
    public var privateID: String?
    public var serviceProfiles: [ServiceProfile]

    public init(privateID: String? = nil, serviceProfiles: [ServiceProfile] = []) {
        self.privateID = privateID
        self.serviceProfiles = serviceProfiles
    }
}
