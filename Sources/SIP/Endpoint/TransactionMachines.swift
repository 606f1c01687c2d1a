import Timing

/// A transaction of either kind, INVITE or not (RFC 3261 §17): what both have, and what only one of them knows.
enum TransactionMachine<Invite: TransactionState, Other: TransactionState>: Sendable
where Invite.Output == Other.Output {
    case invite(Invite)
    case other(Other)

    typealias Output = Invite.Output

    var nextTimeout: MonotonicTime? {
        switch self {
        case .invite(let machine): machine.nextTimeout
        case .other(let machine): machine.nextTimeout
        }
    }

    mutating func handleTimeout(at now: MonotonicTime, into out: inout [Output]) {
        step({ $0.handleTimeout(at: now, into: &out) }, { $0.handleTimeout(at: now, into: &out) })
    }

    /// Changes the machine that there is.
    fileprivate mutating func step<Result>(
        _ invite: (inout Invite) -> Result,
        _ other: (inout Other) -> Result
    ) -> Result {
        switch self {
        case .invite(var machine):
            defer { self = .invite(machine) }
            return invite(&machine)
        case .other(var machine):
            defer { self = .other(machine) }
            return other(&machine)
        }
    }
}

/// What the transactions of both kinds and both sides have in common.
protocol TransactionState: Sendable {
    associatedtype Output
    var nextTimeout: MonotonicTime? { get }
    mutating func handleTimeout(at now: MonotonicTime, into out: inout [Output])
}

extension InviteClientTransaction: TransactionState {}
extension NonInviteClientTransaction: TransactionState {}
extension InviteServerTransaction: TransactionState {}
extension NonInviteServerTransaction: TransactionState {}

typealias ClientTransactionMachine = TransactionMachine<InviteClientTransaction, NonInviteClientTransaction>
typealias ServerTransactionMachine = TransactionMachine<InviteServerTransaction, NonInviteServerTransaction>

extension ClientTransactionMachine {
    /// Whether a CANCEL may be sent.
    var isProceeding: Bool {
        if case .invite(let machine) = self { machine.isProceeding } else { false }
    }

    mutating func receive(_ status: StatusCode, at now: MonotonicTime, into out: inout [ClientTransactionOutput]) {
        step({ $0.receive(status, at: now, into: &out) }, { $0.receive(status, at: now, into: &out) })
    }

    /// Whether no response has come, not even a provisional one.
    var isUnanswered: Bool {
        switch self {
        case .invite(let machine): machine.isUnanswered
        case .other(let machine): machine.isUnanswered
        }
    }

    mutating func transportFailed(into out: inout [ClientTransactionOutput]) {
        step({ $0.transportFailed(into: &out) }, { $0.transportFailed(into: &out) })
    }

    /// An INVITE does not wait for ever once its user has given up.
    mutating func giveUp(at now: MonotonicTime) { step({ $0.giveUp(at: now) }, { _ in }) }
}

extension ServerTransactionMachine {
    /// Whether an INVITE waits for its final response.
    var isPendingInvite: Bool {
        if case .invite(let machine) = self { machine.isPending } else { false }
    }

    func needsTrying(at now: MonotonicTime) -> Bool {
        switch self {
        case .invite(let machine): machine.needsTrying(at: now)
        case .other(let machine): machine.needsTrying(at: now)
        }
    }

    /// The last provisional response to an INVITE, if it is to be sent again now.
    func repetition(at now: MonotonicTime) -> [UInt8]? {
        if case .invite(let machine) = self { machine.repetition(at: now) } else { nil }
    }

    mutating func repeatResponse(at due: MonotonicTime?) { step({ $0.repeatResponse(at: due) }, { _ in }) }

    func receiveRetransmission(into out: inout [ServerTransactionOutput]) {
        switch self {
        case .invite(let machine): machine.receiveRetransmission(into: &out)
        case .other(let machine): machine.receiveRetransmission(into: &out)
        }
    }

    mutating func receiveACK(at now: MonotonicTime, into out: inout [ServerTransactionOutput]) {
        step({ $0.receiveACK(at: now, into: &out) }, { _ in })
    }

    /// - Returns: Whether the response is one that may be sent now.
    mutating func respond(
        _ status: StatusCode,
        _ bytes: [UInt8],
        at now: MonotonicTime,
        into out: inout [ServerTransactionOutput]
    ) -> Bool {
        step({ $0.respond(status, bytes, at: now, into: &out) }, { $0.respond(status, bytes, at: now, into: &out) })
    }
}
