import Timing

/// The provisional responses of one INVITE that the UAS sends reliably, one after the other (RFC 3262 §3).
struct ReliableProvisionals: Sendable {
    /// On the wire, repeated until its PRACK comes.
    struct Outstanding: Sendable {
        let sequence: UInt32
        let bytes: [UInt8]
        let destination: SIPDestination
        let hasDescription: Bool
        var interval: Duration
        var nextDue: MonotonicTime
        /// 64·T1 after the first transmission.
        let deadline: MonotonicTime
    }

    /// A response that has to wait until the one before it is acknowledged.
    struct Waiting: Sendable {
        let status: StatusCode
        let reason: String?
        let content: MessageContent
        let isReliable: Bool
    }

    /// RSeq of the latest one.
    private(set) var lastSequence: UInt32?
    private(set) var outstanding: Outstanding?
    /// RSeq of a response that only repeats what one before it said: its PRACK is none of the user's business.
    private var repetition: UInt32?
    /// PRACK has come and the user has not answered it yet.
    private(set) var isAnswering = false
    private(set) var waiting: [Waiting] = []
    /// RSeq of the response that was not acknowledged when the final one was sent.
    private var crossing: UInt32?
    /// Provisional responses of which a user says more than this before one PRACK are said in vain.
    private static let waitingLimit = 16

    /// Whether the next reliable response has to wait.
    var isBusy: Bool { outstanding != nil || isAnswering }

    /// Whether the outstanding response only repeats what one before it said.
    var isRepetition: Bool { repetition != nil && outstanding?.sequence == repetition }

    /// Whether nothing is under way: neither a response that is not acknowledged, nor one that waits.
    var isIdle: Bool { !isBusy && waiting.isEmpty }

    /// Whether the user has given a final response that waits.
    var holdsFinal: Bool { waiting.last?.status.isFinal == true }

    /// Whether a 2xx has to wait: a description that is not acknowledged must not be overtaken (§3).
    var holdsSuccess: Bool { outstanding?.hasDescription == true || isAnswering || !waiting.isEmpty }

    mutating func began(_ response: Outstanding) {
        outstanding = response
        lastSequence = response.sequence
    }

    /// The outstanding response only repeats what one before it said.
    mutating func beganRepetition() { repetition = outstanding?.sequence }

    /// A final response is kept however many wait before it; nothing comes behind one.
    mutating func wait(_ response: Waiting) {
        guard !holdsFinal else { return }
        if waiting.count < Self.waitingLimit || response.status.isFinal { waiting.append(response) }
    }

    /// - Returns: Whether the PRACK acknowledges the outstanding response.
    mutating func acknowledged(_ sequence: UInt32) -> Bool {
        guard outstanding?.sequence == sequence else { return false }
        outstanding = nil
        isAnswering = true
        return true
    }

    /// The user has answered the PRACK.
    ///
    /// - Returns: What may be sent now: up to and with the next reliable one.
    mutating func answered() -> [Waiting] {
        isAnswering = false
        let end = waiting.firstIndex { $0.isReliable && !$0.status.isFinal }.map { $0 + 1 } ?? waiting.count
        defer { waiting.removeFirst(end) }
        return Array(waiting[..<end])
    }

    /// The INVITE has its final response: nothing is repeated any more, and the next INVITE begins anew. A PRACK that
    /// crosses that response is still expected (§3).
    mutating func finish() {
        let crossing = outstanding?.sequence
        self = ReliableProvisionals()
        self.crossing = crossing
    }

    /// - Returns: Whether a PRACK acknowledges the response that the final one has overtaken.
    mutating func acknowledgedLate(_ sequence: UInt32) -> Bool {
        guard crossing == sequence else { return false }
        crossing = nil
        return true
    }

    mutating func retransmitted(at now: MonotonicTime) {
        // Doubles without the ceiling of T2 (§3).
        guard var response = outstanding else { return }
        response.interval = response.interval * 2
        response.nextDue = now + response.interval
        outstanding = response
    }
}
