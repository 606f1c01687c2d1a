/// When the S-CSCF sends a request to an application server, and to which (TS 29.228 Annex B.2.2).
public struct InitialFilterCriteria: Sendable, Hashable {
    /// The part of the profile a criterion belongs to, by the registration of the user.
    public enum ProfilePart: Int, Sendable, Hashable {
        case registered = 0
        case unregistered = 1
    }

    public enum DefaultHandling: Int, Sendable, Hashable {
        /// The S-CSCF goes on with the next criterion when the server does not answer.
        case sessionContinued = 0
        case sessionTerminated = 1
    }

    /// The class ApplicationServer of Annex B.2.
    public struct ApplicationServer: Sendable, Hashable {
        /// The SIP URI of the server.
        public var serverName: String
        public var defaultHandling: DefaultHandling
        /// Handed to the server in the body of a third-party REGISTER (TS 24.229 §5.4.1.7).
        public var serviceInfo: String?
        public var includesRegisterRequest: Bool
        public var includesRegisterResponse: Bool

        public init(
            serverName: String, defaultHandling: DefaultHandling = .sessionContinued, serviceInfo: String? = nil,
            includesRegisterRequest: Bool = false, includesRegisterResponse: Bool = false
        ) {
            self.serverName = serverName
            self.defaultHandling = defaultHandling
            self.serviceInfo = serviceInfo
            self.includesRegisterRequest = includesRegisterRequest
            self.includesRegisterResponse = includesRegisterResponse
        }
    }

    /// 0…2³¹−1; the lowest goes first.
    public var priority: Int
    /// `nil`: every initial request triggers.
    public var triggerPoint: TriggerPoint?
    public var applicationServer: ApplicationServer
    /// `nil`: both parts.
    public var profilePart: ProfilePart?
    public var location: SourceLocation?
    /// The place of the priority, for reports about it.
    public var priorityLocation: SourceLocation?
    /// The place among the criteria of its profile in the document, broken ones counted, from 0.
    public var documentIndex: Int

    public init(
        priority: Int, triggerPoint: TriggerPoint? = nil, applicationServer: ApplicationServer,
        profilePart: ProfilePart? = nil, documentIndex: Int = 0, location: SourceLocation? = nil,
        priorityLocation: SourceLocation? = nil
    ) {
        self.priority = priority
        self.triggerPoint = triggerPoint
        self.applicationServer = applicationServer
        self.profilePart = profilePart
        self.documentIndex = documentIndex
        self.location = location
        self.priorityLocation = priorityLocation
    }
}

/// A criterion that cannot be used. The others of its profile stay in force.
public struct BrokenCriterion: Sendable, Hashable {
    /// As ``InitialFilterCriteria/documentIndex``.
    public var documentIndex: Int
    /// `nil` when it is what is broken.
    public var priority: Int?
    public var reason: String
    public var priorityLocation: SourceLocation?
    /// The service point triggers of which the test could be read, so that they can be checked all the same.
    public var readableTriggers: [ServicePointTrigger]

    public init(
        documentIndex: Int, priority: Int?, reason: String, priorityLocation: SourceLocation? = nil,
        readableTriggers: [ServicePointTrigger] = []
    ) {
        self.documentIndex = documentIndex
        self.priority = priority
        self.reason = reason
        self.priorityLocation = priorityLocation
        self.readableTriggers = readableTriggers
    }
}
