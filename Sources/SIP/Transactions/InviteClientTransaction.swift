import Timing

/// The client's half of an INVITE transaction (RFC 3261 §17.1.1, with the Accepted state of RFC 6026 §7.2).
public struct InviteClientTransaction: Sendable {
    public typealias Output = ClientTransactionOutput

    enum State: Sendable, Hashable {
        case calling(timerA: MonotonicTime?, interval: Duration, timerB: MonotonicTime)
        /// - Parameter giveUp: When to stop waiting for a final response; set once the user has given up.
        case proceeding(giveUp: MonotonicTime?)
        /// Waits for further 2xx of forks.
        case accepted(timerM: MonotonicTime)
        case completed(timerD: MonotonicTime)
        case terminated
    }

    private(set) var state: State
    private let isReliable: Bool
    private let timers: SIPTimers

    /// The user sends the request itself at the same time.
    public init(isReliable: Bool, timers: SIPTimers, at now: MonotonicTime) {
        self.isReliable = isReliable
        self.timers = timers
        state = .calling(
            timerA: isReliable ? nil : now + timers.t1,
            interval: timers.t1,
            timerB: now + timers.transactionTimeout
        )
    }

    public var isTerminated: Bool { state == .terminated }

    /// Whether a CANCEL may be sent: a provisional response came and no final one (RFC 3261 §9.1).
    public var isProceeding: Bool {
        if case .proceeding = state { true } else { false }
    }

    /// Whether no response came yet.
    public var isUnanswered: Bool { if case .calling = state { true } else { false } }

    /// Whether no final response came yet.
    public var isPending: Bool {
        switch state {
        case .calling, .proceeding: true
        case .accepted, .completed, .terminated: false
        }
    }

    public var nextTimeout: MonotonicTime? {
        switch state {
        case .calling(let timerA, _, let timerB): min(timerA ?? timerB, timerB)
        case .accepted(let due), .completed(let due): due
        case .proceeding(let giveUp): giveUp
        case .terminated: nil
        }
    }

    /// Waits for a final response no longer than 64·T1 from now: CANCEL goes out (RFC 3261 §9.1), or the dialog
    /// is gone.
    public mutating func giveUp(at now: MonotonicTime) {
        if case .proceeding(nil) = state { state = .proceeding(giveUp: now + timers.transactionTimeout) }
    }

    public mutating func receive(_ status: StatusCode, at now: MonotonicTime, into out: inout [Output]) {
        switch (state, status.category) {
        case (.calling, .provisional):
            state = .proceeding(giveUp: nil)
            out.append(.deliver)
        case (.proceeding, .provisional):
            out.append(.deliver)
        case (.calling, .success), (.proceeding, .success):
            state = .accepted(timerM: now + timers.transactionTimeout)
            out.append(.deliver)
        case (.accepted, .success):
            out.append(.deliver)
        case (.calling, _), (.proceeding, _):
            out.append(.acknowledge)
            out.append(.deliver)
            if isReliable {
                state = .terminated
                out.append(.terminated(nil))
            } else {
                state = .completed(timerD: now + timers.transactionTimeout)
            }
        case (.completed, .provisional), (.completed, .success):
            break
        case (.completed, _):
            out.append(.acknowledge)
        case (.accepted, _), (.terminated, _):
            break
        }
    }

    public mutating func handleTimeout(at now: MonotonicTime, into out: inout [Output]) {
        switch state {
        case .calling(_, _, let timerB) where timerB <= now, .proceeding(let timerB?) where timerB <= now:
            state = .terminated
            out.append(.terminated(.timeout))
        case .calling(let timerA?, let interval, let timerB) where timerA <= now:
            state = .calling(timerA: now + interval * 2, interval: interval * 2, timerB: timerB)
            out.append(.retransmit)
        case .accepted(let due) where due <= now, .completed(let due) where due <= now:
            state = .terminated
            out.append(.terminated(nil))
        default:
            break
        }
    }

    public mutating func transportFailed(into out: inout [Output]) {
        guard isPending else { return }
        state = .terminated
        out.append(.terminated(.transport))
    }
}
