import Timing

/// The server's half of every transaction but INVITE (RFC 3261 §17.2.2).
public struct NonInviteServerTransaction: Sendable {
    public typealias Output = ServerTransactionOutput

    enum State: Sendable, Hashable {
        /// - Parameter due: The client's timer F has fired by then: an answer would be of no use (RFC 4320 §4.2).
        case trying(due: MonotonicTime)
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
        state = .trying(due: now + timers.transactionTimeout)
    }

    public var isTerminated: Bool { state == .terminated }

    public var nextTimeout: MonotonicTime? {
        switch state {
        case .trying(let due), .proceeding(_, let due), .completed(_, let due): due
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
        case .trying(let timerF), .proceeding(_, let timerF): due = timerF
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
        guard let due = nextTimeout, due <= now else { return }
        state = .terminated
        out.append(.terminated(nil))
    }
}
