/// What a server has done since it started, for metrics and tests.
public struct ServerCounters: Sendable, Hashable {
    public var callsReceived: UInt64 = 0
    /// Calls that the server has begun itself.
    public var callsStarted: UInt64 = 0
    /// Calls that were answered here.
    public var callsAnswered: UInt64 = 0
    /// Calls that went on to another party before an answer.
    public var callsRouted: UInt64 = 0
    public var callsRejected: UInt64 = 0
    /// The caller gave up before an answer.
    public var callsCancelled: UInt64 = 0
    /// Calls whose engine refused, was too slow, known to be down, or for which there was no room.
    public var fallbacks: UInt64 = 0
    /// Engines lost in the middle of a call.
    public var enginesLost: UInt64 = 0
    /// Engines that took over from another one in the middle of a call.
    public var enginesChanged: UInt64 = 0
    /// Sessions opened only to see whether an engine that was down is there again.
    public var engineProbes: UInt64 = 0
    public var transfers: UInt64 = 0
    public var transfersFailed: UInt64 = 0
    /// Transfers after which our ports stayed in use, because nothing else worked.
    public var callsRelayed: UInt64 = 0
    /// Relayed calls that have left our media path after all.
    public var relaysReleased: UInt64 = 0
    /// Callers who came back to their service when the target hung up.
    public var callersReturned: UInt64 = 0
    /// Callers whose engines were all lost, and who were sent to a person.
    public var callersRescued: UInt64 = 0
    /// Transfers that an engine asked for and the policy of its service does not permit.
    public var transfersForbidden: UInt64 = 0
    public var registrations: UInt64 = 0

    public init() {}
}

/// What a server holds now.
public struct ServerStatus: Sendable, Hashable {
    public var calls: Int
    /// Tasks that calls run in.
    public var tasks: Int
    public var registeredUsers: Int
    /// Calls whose audio goes through here from one person to another.
    public var relayedCalls: Int
    public var isDraining: Bool
    /// Names of the engines known to be down.
    public var enginesDown: [String]
}
