import Timing

/// The server's half of an INVITE transaction (RFC 3261 §17.2.1, with the Accepted state of RFC 6026 §7.1).
public struct InviteServerTransaction: Sendable {
    public typealias Output = ServerTransactionOutput

    enum State: Sendable, Hashable {
        /// `due`: when 100 (Trying) is to be sent, or the last response again.
        case proceeding(last: [UInt8]?, due: MonotonicTime?)
        /// Retransmits nothing: the transaction user repeats its 2xx.
        case accepted(timerL: MonotonicTime)
        case completed(last: [UInt8], timerG: MonotonicTime?, interval: Duration, timerH: MonotonicTime)
        case confirmed(timerI: MonotonicTime)
        case terminated
    }

    private(set) var state: State
    private let isReliable: Bool
    private let timers: SIPTimers

    public init(isReliable: Bool, timers: SIPTimers, at now: MonotonicTime) {
        self.isReliable = isReliable
        self.timers = timers
        state = .proceeding(last: nil, due: now + .milliseconds(200))
    }

    /// Whether no final response was given yet.
    public var isPending: Bool {
        if case .proceeding = state { true } else { false }
    }

    public var isTerminated: Bool { state == .terminated }

    /// Whether 100 (Trying) is due because the user has said nothing for 200 ms.
    public func needsTrying(at now: MonotonicTime) -> Bool {
        if case .proceeding(nil, let due?) = state { due <= now } else { false }
    }

    /// The last provisional response, if it is to be sent again now.
    func repetition(at now: MonotonicTime) -> [UInt8]? {
        if case .proceeding(let last?, let due?) = state, due <= now { last } else { nil }
    }

    /// Says when the last provisional response is to be sent again; `nil` for not at all.
    mutating func repeatResponse(at due: MonotonicTime?) {
        guard case .proceeding(let last?, _) = state else { return }
        state = .proceeding(last: last, due: due)
    }

    public var nextTimeout: MonotonicTime? {
        switch state {
        case .proceeding(_, let due): due
        case .accepted(let timerL): timerL
        case .completed(_, let timerG, _, let timerH): min(timerG ?? timerH, timerH)
        case .confirmed(let timerI): timerI
        case .terminated: nil
        }
    }

    /// The INVITE came again.
    public func receiveRetransmission(into out: inout [Output]) {
        switch state {
        case .proceeding(let last?, _), .completed(let last, _, _, _): out.append(.transmit(last))
        case .proceeding(nil, _), .accepted, .confirmed, .terminated: break
        }
    }

    /// The ACK of a non-2xx response.
    public mutating func receiveACK(at now: MonotonicTime, into out: inout [Output]) {
        guard case .completed = state else { return }
        if isReliable {
            state = .terminated
            out.append(.terminated(nil))
        } else {
            state = .confirmed(timerI: now + timers.t4)
        }
    }

    /// A response from the transaction user, already serialised.
    ///
    /// - Returns: `false` if a final response went before; nothing is sent then.
    public mutating func respond(
        _ status: StatusCode,
        _ bytes: [UInt8],
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> Bool {
        guard case .proceeding = state else { return false }
        switch status.category {
        case .provisional:
            state = .proceeding(last: bytes, due: nil)
        case .success:
            state = .accepted(timerL: now + timers.transactionTimeout)
        default:
            state = .completed(
                last: bytes,
                timerG: isReliable ? nil : now + timers.t1,
                interval: timers.t1,
                timerH: now + timers.transactionTimeout
            )
        }
        out.append(.transmit(bytes))
        return true
    }

    public mutating func handleTimeout(at now: MonotonicTime, into out: inout [Output]) {
        switch state {
        case .completed(_, _, _, let timerH) where timerH <= now:
            state = .terminated
            out.append(.terminated(.noACK))
        case .completed(let last, let timerG?, let interval, let timerH) where timerG <= now:
            let next = min(interval * 2, timers.t2)
            state = .completed(last: last, timerG: now + next, interval: next, timerH: timerH)
            out.append(.transmit(last))
        case .accepted(let due) where due <= now, .confirmed(let due) where due <= now:
            state = .terminated
            out.append(.terminated(nil))
        default:
            break
        }
    }
}
