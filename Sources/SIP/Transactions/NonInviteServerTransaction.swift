import Timing

/// The server's half of every transaction but INVITE (RFC 3261 §17.2.2, RFC 4320 §4).
public struct NonInviteServerTransaction: Sendable {
    public typealias Output = ServerTransactionOutput

    enum State: Sendable, Hashable {
        /// - Parameters:
        ///   - tryingDue: When the client repeats its request every T2 only, and needs to hear something.
        ///   - due: The client's timer F has fired by then: an answer would be of no use (RFC 4320 §4.2).
        case trying(tryingDue: MonotonicTime, due: MonotonicTime)
        case proceeding(last: [UInt8], due: MonotonicTime)
        case completed(last: [UInt8], timerJ: MonotonicTime)
        case terminated
    }

    private(set) var state: State
    private let isReliable: Bool
    private let timers: SIPTimers

    public init(isReliable: Bool, timers: SIPTimers, at now: MonotonicTime) {
        self.isReliable = isReliable
        self.timers = timers
        state = .trying(tryingDue: now + timers.timeUntilT2, due: now + timers.transactionTimeout)
    }

    public var isTerminated: Bool { state == .terminated }

    /// Whether 100 (Trying) is due, which has to be sent by then and not before (RFC 4320 §4.1).
    public func needsTrying(at now: MonotonicTime) -> Bool {
        if case .trying(let tryingDue, let due) = state { tryingDue <= now && now < due } else { false }
    }

    public var nextTimeout: MonotonicTime? {
        switch state {
        case .trying(let tryingDue, let due): min(tryingDue, due)
        case .proceeding(_, let due), .completed(_, let due): due
        case .terminated: nil
        }
    }

    public func receiveRetransmission(into out: inout [Output]) {
        switch state {
        case .proceeding(let last, _), .completed(let last, _): out.append(.transmit(last))
        case .trying, .terminated: break
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
        let due: MonotonicTime
        switch state {
        case .completed, .terminated: return false
        case .trying(_, let timerF), .proceeding(_, let timerF): due = timerF
        }
        out.append(.transmit(bytes))
        if !status.isFinal {
            state = .proceeding(last: bytes, due: due)
        } else if isReliable {
            state = .terminated
            out.append(.terminated(nil))
        } else {
            state = .completed(last: bytes, timerJ: now + timers.transactionTimeout)
        }
        return true
    }

    public mutating func handleTimeout(at now: MonotonicTime, into out: inout [Output]) {
        switch state {
        case .trying(_, let due), .proceeding(_, let due), .completed(_, let due): guard due <= now else { return }
        case .terminated: return
        }
        state = .terminated
        out.append(.terminated(nil))
    }
}
