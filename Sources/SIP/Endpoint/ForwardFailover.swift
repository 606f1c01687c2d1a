import Timing

/// A copy of a forwarded request that one server of its hop has not served: it was answered 503, or not at all.
public struct UnservedForward: Sendable {
    enum Outcome: Sendable {
        case response(SIPResponse)
        case failure(TransactionFailure)
    }

    /// The client transaction that is over.
    public let id: ClientTransactionID
    /// How often the copy has been sent, the first time included.
    public let attempt: Int
    let request: SIPRequest
    let destination: SIPDestination
    let branch: ProxiedBranch
    let outcome: Outcome

    init(_ transaction: ClientTransaction, _ branch: ProxiedBranch, _ outcome: Outcome) {
        id = transaction.id
        attempt = transaction.forwardAttempt
        request = transaction.request
        destination = transaction.destination
        self.branch = branch
        self.outcome = outcome
    }

    /// Whether who has sent the request has given it up by now: 64·T1 of silence are all that any request but INVITE has.
    var comesTooLate: Bool {
        if case .failure(.timeout) = outcome { request.method != .invite } else { false }
    }

    /// The 503; `nil` if there was none.
    public var response: SIPResponse? {
        if case .response(let response) = outcome { response } else { nil }
    }
}

/// What a copy is sent to is a name, which may stand for several servers (RFC 3263 §4.3). Which of them there are, and
/// which do not work, the user knows.
extension SIPEndpoint {
    /// Sends the copy once more, as a new transaction. To be called, or ``concludeForward(_:at:into:)``, for each
    /// ``SIPEndpointEvent/unserved(_:)``.
    public func forwardAgain(_ unserved: UnservedForward, at now: MonotonicTime, into out: inout [Output]) {
        let branch = unserved.branch
        guard !unserved.comesTooLate, proxied[branch.server]?.context.isPending(branch.branch) == true,
            let old = (try? unserved.request.headers.topVia())?.branch
        else {
            return concludeForward(unserved, at: now, into: &out)
        }
        var copy = unserved.request
        copy.headers.replaceTopValue(.via, with: nil)
        let client = open(
            copy, unserved.destination, dialog: nil, branch: LoopDetector.branch(like: old, unique: randomToken()),
            isAuthorized: true, at: now, into: &out)
        client.forwarding = branch
        client.forwardAttempt = unserved.attempt + 1
        proxied[branch.server]?.branches[branch.branch] = client.id
    }

    /// What has come of the copy is what has come of its target.
    public func concludeForward(_ unserved: UnservedForward, at now: MonotonicTime, into out: inout [Output]) {
        let branch = unserved.branch
        advance(branch.server, at: now, into: &out) { context, out in
            switch unserved.outcome {
            case .response(let response): context.receive(response, on: branch.branch, at: now, into: &out)
            case .failure(let failure): context.fail(branch.branch, failure, at: now, into: &out)
            }
        }
    }
}
