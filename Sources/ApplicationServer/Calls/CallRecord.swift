import Media

/// What happened in a call, with the time of each step.
public struct CallRecord: Sendable {
    public struct Entry: Sendable, Hashable {
        /// Milliseconds from the INVITE.
        public var milliseconds: Double
        /// A short constant name, such as `engine-ready`.
        public var event: String
        public var detail: String
    }

    public enum Outcome: String, Sendable, Hashable {
        case answered, routed, rejected, cancelled, failed
    }

    /// A function that the engine called.
    public struct ToolRun: Sendable, Hashable {
        public var name: String
        /// `succeeded`, or why not.
        public var outcome: String
        public var milliseconds: Double
    }

    /// Call-ID of the caller's leg.
    public let callID: String
    public let service: String
    /// As the network asserts it; empty if it does not, or the caller has asked not to be named.
    public internal(set) var caller: String
    /// Request-URI of the INVITE.
    public internal(set) var callee: String
    /// Of the INVITE.
    public let startedAt: UTCTime
    /// Milliseconds from the INVITE until our 200, or the target's.
    public internal(set) var answerMilliseconds: Double?
    public internal(set) var endMilliseconds: Double?
    /// Names of the engines that took part, in order.
    public internal(set) var engines: [String] = []
    public internal(set) var entries: [Entry] = []
    public internal(set) var outcome: Outcome?
    /// Milliseconds from the INVITE until it was decided who takes the call.
    public internal(set) var decisionMilliseconds: Double?
    /// Milliseconds from the arrival of the first byte of a turn to its first RTP packet, for each turn.
    public internal(set) var turnDelays: [Double] = []
    /// Milliseconds from the confirmation of the media path that took the place of ours until the engine's socket was
    /// closed and the ports were free; `nil` without such a transfer.
    public internal(set) var releaseMilliseconds: Double?
    /// Milliseconds from the INVITE until a caller in a queue talked to an agent, or left it.
    public internal(set) var queueMilliseconds: Double?
    public internal(set) var tools: [ToolRun] = []
    public internal(set) var media: MediaSessionReport?

    init(callID: String, service: String, caller: String, callee: String, startedAt: UTCTime) {
        self.callID = callID
        self.service = service
        self.caller = caller
        self.callee = callee
        self.startedAt = startedAt
    }
}

/// Watches calls: metrics, call detail records, demonstrations. Called on the server's event loop.
public protocol CallObserver: AnyObject, Sendable {
    func call(_ callID: String, did entry: CallRecord.Entry)
    func callEnded(_ record: CallRecord)
}
