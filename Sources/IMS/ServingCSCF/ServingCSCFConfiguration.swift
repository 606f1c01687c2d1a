import SIP

extension ServingCSCF {
    /// What an S-CSCF is set up with.
    public struct Configuration: Sendable {
        /// Its own SIP URI, without parameters; it names the S-CSCF in Route, From and Contact.
        public var uri: SIPURI
        /// Domains whose users are served here; a request to one of them ends in a terminating chain.
        public var homeDomains: [String]
        /// The network as inter operator identifiers name it (TS 24.229 §4.5.4).
        public var networkIdentifier: String
        public var dialect: Dialect
        public var defaultHandling: DefaultHandlingPolicy
        /// The criteria behind `SharedIFCSetID`.
        public var sharedSets: [Int: [InitialFilterCriteria]]
        /// How long an original dialog identifier leads back into its chain.
        public var originalDialogLifetime: Duration
        /// The longest registration that is granted.
        public var longestRegistration: Duration

        public init(
            uri: SIPURI, homeDomains: [String], networkIdentifier: String? = nil, dialect: Dialect = .standard,
            defaultHandling: DefaultHandlingPolicy = .standard, sharedSets: [Int: [InitialFilterCriteria]] = [:],
            originalDialogLifetime: Duration = .seconds(10_800), longestRegistration: Duration = .seconds(600_000)
        ) {
            self.uri = uri
            self.homeDomains = homeDomains
            self.networkIdentifier = networkIdentifier ?? homeDomains.first ?? uri.host
            self.dialect = dialect
            self.defaultHandling = defaultHandling
            self.sharedSets = sharedSets
            self.originalDialogLifetime = originalDialogLifetime
            self.longestRegistration = longestRegistration
        }

        func isHome(_ host: String) -> Bool {
            homeDomains.contains { $0.lowercased() == host.lowercased() }
        }

        func isOwn(_ uri: SIPURI) -> Bool {
            (uri.scheme == .sip || uri.scheme == .sips) && uri.host.lowercased() == self.uri.host.lowercased()
                && (uri.port ?? 5060) == (self.uri.port ?? 5060)
        }
    }
}
