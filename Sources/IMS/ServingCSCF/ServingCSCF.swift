import SIP
import Timing

/// The S-CSCF's half of ISC: a stateful proxy core that sends requests through the application servers of its users,
/// without sockets, clocks or tasks.
///
/// Hand in what arrives with `now`; it appends what is to be done to `out`. Ask ``nextTimeout`` afterwards and call
/// ``handleTimeout(at:into:)`` then. Transactions (retransmission, Via, ACK of failures) are the driver's. A user is
/// reached at the contact registered last: forking is not modelled, nor is Cx; profiles are handed in.
///
/// Source: TS 24.229 §5.4.3.2 (originating), §5.4.3.3 (terminating), §5.4.1.7 (registration); TS 23.218 §6.
public struct ServingCSCF: Sendable {
    public let configuration: Configuration
    /// Makes identifiers of this instance its own.
    private let salt: String
    private var counter = 0

    var subscriptions: [Subscriber] = []
    var transactions: [Transaction: OpenTransaction] = [:]
    var branches: [Branch: OpenBranch] = [:]
    /// By the user part of the Route entry.
    var originalDialogs: [String: OriginalDialog] = [:]
    /// The keys of the same, oldest first.
    var originalDialogOrder: [String] = []

    /// - Parameter salt: Goes into tags, Call-IDs and original dialog identifiers; a token (RFC 3261 §25.1).
    public init(_ configuration: Configuration, salt: String) {
        self.configuration = configuration
        self.salt = salt
    }

    /// When to call ``handleTimeout(at:into:)``; `nil`: not before something arrives.
    public var nextTimeout: MonotonicTime? {
        let deadlines = branches.values.compactMap(\.deadline) + subscriptions.flatMap { $0.contacts.map(\.expiry) }
        return deadlines.filter { $0 != .distantFuture }.min()
    }

    /// A request, from a user (as the P-CSCF passes it on), from an application server, or from the network.
    public mutating func receive(
        _ request: SIPRequest, as transaction: Transaction, at now: MonotonicTime, into out: inout [Output]
    ) {
        forgetOriginalDialogs(at: now)
        if request.method == .ack {  // Of a 2xx: the dialog's route set knows the way.
            var ack = request
            stripOwnRoute(&ack)
            out.append(.send(ack, to: .network, nextBranch()))
            return
        }
        transactions[transaction] = OpenTransaction(request: request)
        do throws(Refusal) {
            if request.method == .register {
                try register(request, transaction, now, &out)
            } else {
                try proxy(request, transaction, now, &out)
            }
        } catch {
            finish(transaction, SIPResponse(error.status, to: request, toTag: identifier("t")), &out)
        }
    }

    /// The CANCEL of a request; the answer to the CANCEL itself is the driver's. Default handling ends with it.
    public mutating func cancel(_ transaction: Transaction, at now: MonotonicTime, into out: inout [Output]) {
        guard transactions[transaction] != nil else { return }
        transactions[transaction]?.isCancelled = true
        for (branch, open) in branches.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where open.upstream == transaction && !open.isAbandoned {
            branches[branch]?.deadline = nil
            out.append(.cancel(branch))
        }
    }

    /// Call it at ``nextTimeout``.
    public mutating func handleTimeout(at now: MonotonicTime, into out: inout [Output]) {
        let due = branches.filter { $0.value.deadline.map { $0 <= now } ?? false }.keys
        for branch in due.sorted(by: { $0.rawValue < $1.rawValue }) {
            fail(branch, .silence, now, &out)
        }
        expireRegistrations(now, &out)
    }

    // MARK: Identifiers

    mutating func nextBranch() -> Branch {
        counter += 1
        return Branch(rawValue: counter)
    }

    mutating func identifier(_ kind: String) -> String {
        counter += 1
        return "\(kind)\(counter)-\(salt)"
    }

    private mutating func forgetOriginalDialogs(at now: MonotonicTime) {
        // All live equally long, so the oldest goes first.
        let expired = originalDialogOrder.prefix { originalDialogs[$0].map { $0.expiry <= now } ?? true }.count
        for key in originalDialogOrder.prefix(expired) { originalDialogs[key] = nil }
        originalDialogOrder.removeFirst(expired)
    }
}

extension ServingCSCF {
    /// Why a request is not taken further.
    struct Refusal: Error {
        let status: StatusCode
        init(_ status: StatusCode) { self.status = status }
    }
}
