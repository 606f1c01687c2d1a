import Timing

/// The client's half of every transaction but INVITE (RFC 3261 §17.1.2).
public struct NonInviteClientTransaction: Sendable {
    public typealias Output = ClientTransactionOutput

    enum State: Sendable, Hashable {
        case trying(timerE: MonotonicTime?, interval: Duration, timerF: MonotonicTime)
        case proceeding(timerE: MonotonicTime?, timerF: MonotonicTime)
        case completed(timerK: MonotonicTime)
        case terminated
    }

    private(set) var state: State

    /// Whether no response came yet.
    public var isUnanswered: Bool { if case .trying = state { true } else { false } }

    private let isReliable: Bool
    private let timers: SIPTimers

    public init(isReliable: Bool, timers: SIPTimers, at now: MonotonicTime) {
        self.isReliable = isReliable
        self.timers = timers
        state = .trying(
            timerE: isReliable ? nil : now + timers.t1,
            interval: timers.t1,
            timerF: now + timers.transactionTimeout
        )
    }

    public var isTerminated: Bool { state == .terminated }

    public var nextTimeout: MonotonicTime? {
        switch state {
        case .trying(let timerE, _, let timerF), .proceeding(let timerE, let timerF): min(timerE ?? timerF, timerF)
        case .completed(let timerK): timerK
        case .terminated: nil
        }
    }

    public mutating func receive(_ status: StatusCode, at now: MonotonicTime, into out: inout [Output]) {
        let timerF: MonotonicTime
        switch state {
        case .trying(_, _, let due), .proceeding(_, let due): timerF = due
        case .completed, .terminated: return
        }
        out.append(.deliver)
        if !status.isFinal {
            state = .proceeding(timerE: isReliable ? nil : now + timers.t2, timerF: timerF)
        } else if isReliable {
            state = .terminated
            out.append(.terminated(nil))
        } else {
            state = .completed(timerK: now + timers.t4)
        }
    }

    public mutating func handleTimeout(at now: MonotonicTime, into out: inout [Output]) {
        switch state {
        case .trying(_, _, let timerF) where timerF <= now, .proceeding(_, let timerF) where timerF <= now:
            state = .terminated
            out.append(.terminated(.timeout))
        case .trying(let timerE?, let interval, let timerF) where timerE <= now:
            let next = min(interval * 2, timers.t2)
            state = .trying(timerE: now + next, interval: next, timerF: timerF)
            out.append(.retransmit)
        case .proceeding(let timerE?, let timerF) where timerE <= now:
            state = .proceeding(timerE: now + timers.t2, timerF: timerF)
            out.append(.retransmit)
        case .completed(let timerK) where timerK <= now:
            state = .terminated
            out.append(.terminated(nil))
        default:
            break
        }
    }

    public mutating func transportFailed(into out: inout [Output]) {
        switch state {
        case .trying, .proceeding:
            state = .terminated
            out.append(.terminated(.transport))
        case .completed, .terminated:
            break
        }
    }
}
