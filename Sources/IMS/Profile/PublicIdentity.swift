/// A public user or service identity of a service profile (TS 29.228 Annex B.2.1 and E).
public struct PublicIdentity: Sendable, Hashable {
    /// `IdentityType`. The meaning of 3 changed: wildcarded public user identity in Release 8, non-distinct
    /// public user identity since.
    public enum IdentityType: Int, Sendable, Hashable {
        case publicUserIdentity = 0
        case distinctPSI = 1
        case wildcardedPSI = 2
        case nonDistinctPublicUserIdentity = 3
        case wildcardedPublicUserIdentity = 4
    }

    /// A `ExtendedPriority` entry: a priority namespace (RFC 4412) and a level in it.
    public struct ExtendedPriority: Sendable, Hashable {
        public var namespace: String
        public var level: String
    }

    /// A SIP or tel URI.
    public var identity: String
    public var isBarred = false
    public var type: IdentityType = .publicUserIdentity
    /// `WildcardedPSI` or `WildcardedIMPU`: the identity with a pattern between two `!`.
    public var wildcardedIdentity: String?
    public var displayName: String?
    public var aliasIdentityGroupID: String?
    public var serviceLevelTraceInfo: String?
    /// 0…4.
    public var servicePriorityLevel: Int?
    public var extendedPriorities: [ExtendedPriority] = []
    public var maximumSimultaneousRegistrations: Int?
    public var location: SourceLocation?

    public init(identity: String) {
        self.identity = identity
    }
}
