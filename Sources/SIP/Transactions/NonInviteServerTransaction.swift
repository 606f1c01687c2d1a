import Timing

/// The server's half of every transaction but INVITE (RFC 3261 §17.2.2).
public struct NonInviteServerTransaction: Sendable {
    public enum Output: Sendable, Hashable {
        case transmit([UInt8])
        case terminated
    }

    enum State: Sendable, Hashable {
        case trying
        case proceeding(last: [UInt8])
        case completed(last: [UInt8], timerJ: MonotonicTime)
        case terminated
    }

    private(set) var state = State.trying
    private let isReliable: Bool
    private let timers: SIPTimers

    public init(isReliable: Bool, timers: SIPTimers) {
        self.isReliable = isReliable
        self.timers = timers
    }

    public var isTerminated: Bool { state == .terminated }

    public var nextTimeout: MonotonicTime? {
        if case .completed(_, let timerJ) = state { timerJ } else { nil }
    }

    public func receiveRetransmission(into out: inout [Output]) {
        switch state {
        case .proceeding(let last), .completed(let last, _): out.append(.transmit(last))
        case .trying, .terminated: break
        }
    }

    /// - Returns: `false` if a final response went before; nothing is sent then.
    public mutating func respond(
        _ status: StatusCode,
        _ bytes: [UInt8],
        at now: MonotonicTime,
        into out: inout [Output]
    ) -> Bool {
        switch state {
        case .completed, .terminated: return false
        case .trying, .proceeding: break
        }
        out.append(.transmit(bytes))
        if !status.isFinal {
            state = .proceeding(last: bytes)
        } else if isReliable {
            state = .terminated
            out.append(.terminated)
        } else {
            state = .completed(last: bytes, timerJ: now + timers.transactionTimeout)
        }
        return true
    }

    public mutating func handleTimeout(at now: MonotonicTime, into out: inout [Output]) {
        guard case .completed(_, let timerJ) = state, timerJ <= now else { return }
        state = .terminated
        out.append(.terminated)
    }
}
