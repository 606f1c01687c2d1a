import Timing

/// A client transaction of either kind.
enum ClientTransactionMachine: Sendable {
    case invite(InviteClientTransaction)
    case other(NonInviteClientTransaction)

    var nextTimeout: MonotonicTime? {
        switch self {
        case .invite(let machine): machine.nextTimeout
        case .other(let machine): machine.nextTimeout
        }
    }

    /// Whether a CANCEL may be sent.
    var isProceeding: Bool {
        if case .invite(let machine) = self { machine.isProceeding } else { false }
    }

    mutating func receive(_ status: StatusCode, at now: MonotonicTime, into out: inout [ClientTransactionOutput]) {
        switch self {
        case .invite(var machine):
            machine.receive(status, at: now, into: &out)
            self = .invite(machine)
        case .other(var machine):
            machine.receive(status, at: now, into: &out)
            self = .other(machine)
        }
    }

    mutating func handleTimeout(at now: MonotonicTime, into out: inout [ClientTransactionOutput]) {
        switch self {
        case .invite(var machine):
            machine.handleTimeout(at: now, into: &out)
            self = .invite(machine)
        case .other(var machine):
            machine.handleTimeout(at: now, into: &out)
            self = .other(machine)
        }
    }

    mutating func transportFailed(into out: inout [ClientTransactionOutput]) {
        switch self {
        case .invite(var machine):
            machine.transportFailed(into: &out)
            self = .invite(machine)
        case .other(var machine):
            machine.transportFailed(into: &out)
            self = .other(machine)
        }
    }

    /// An INVITE does not wait for ever once its user has given up.
    mutating func giveUp(at now: MonotonicTime) {
        guard case .invite(var machine) = self else { return }
        machine.giveUp(at: now)
        self = .invite(machine)
    }
}

/// A server transaction of either kind.
enum ServerTransactionMachine: Sendable {
    case invite(InviteServerTransaction)
    case other(NonInviteServerTransaction)

    var nextTimeout: MonotonicTime? {
        switch self {
        case .invite(let machine): machine.nextTimeout
        case .other(let machine): machine.nextTimeout
        }
    }

    /// Whether an INVITE waits for its final response.
    var isPendingInvite: Bool {
        if case .invite(let machine) = self { machine.isPending } else { false }
    }

    func needsTrying(at now: MonotonicTime) -> Bool {
        if case .invite(let machine) = self { machine.needsTrying(at: now) } else { false }
    }

    func receiveRetransmission(into out: inout [ServerTransactionOutput]) {
        switch self {
        case .invite(let machine): machine.receiveRetransmission(into: &out)
        case .other(let machine): machine.receiveRetransmission(into: &out)
        }
    }

    mutating func receiveACK(at now: MonotonicTime, into out: inout [ServerTransactionOutput]) {
        guard case .invite(var machine) = self else { return }
        machine.receiveACK(at: now, into: &out)
        self = .invite(machine)
    }

    /// - Returns: Whether the response is one that may be sent now.
    mutating func respond(
        _ status: StatusCode,
        _ bytes: [UInt8],
        at now: MonotonicTime,
        into out: inout [ServerTransactionOutput]
    ) -> Bool {
        switch self {
        case .invite(var machine):
            defer { self = .invite(machine) }
            return machine.respond(status, bytes, at: now, into: &out)
        case .other(var machine):
            defer { self = .other(machine) }
            return machine.respond(status, bytes, at: now, into: &out)
        }
    }

    mutating func handleTimeout(at now: MonotonicTime, into out: inout [ServerTransactionOutput]) {
        switch self {
        case .invite(var machine):
            machine.handleTimeout(at: now, into: &out)
            self = .invite(machine)
        case .other(var machine):
            machine.handleTimeout(at: now, into: &out)
            self = .other(machine)
        }
    }
}
