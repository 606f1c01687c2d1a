import Timing

/// What identifies a client transaction (RFC 3261 §17.1.3).
struct ClientTransactionKey: Digested {
    let branch: String
    let digest: Int
    private let method: SIPMethod

    init(branch: String, method: SIPMethod) {
        self.branch = branch
        self.method = method
        var hasher = Hasher()
        branch.hashExactly(into: &hasher)
        hasher.combine(method)
        digest = hasher.finalize()
    }

    static func == (left: ClientTransactionKey, right: ClientTransactionKey) -> Bool {
        left.digest == right.digest && left.branch.equalsExactly(right.branch) && left.method == right.method
    }

    func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

extension ClientTransactionID: Digested {
    var digest: Int { Int(truncatingIfNeeded: rawValue) }
}

/// An ACK we sent, repeated when the 2xx to the same INVITE comes again (RFC 3261 §13.2.2.4).
struct SentACK: Sendable {
    let dialog: DialogID
    let bytes: [UInt8]
    let destination: SIPDestination
}

/// A request of ours, from when it is sent until no response to it can come any more.
final class ClientTransaction {
    /// Another request takes it over when this one is challenged.
    private(set) var id: ClientTransactionID
    let key: ClientTransactionKey
    private(set) var request: SIPRequest
    let destination: SIPDestination
    var machine: ClientTransactionMachine
    /// The dialog of an in-dialog request; for an initial INVITE the one whose 2xx came first.
    var dialog: DialogID?
    let isInDialog: Bool
    /// Early dialogs of an initial INVITE that have no 2xx.
    var earlyDialogs: Set<DialogID> = []
    /// Dialogs that responses made.
    var forks = 0
    /// A peer that invents To tags gets no more dialogs than this out of one INVITE, and the one of its first 2xx.
    static let forkLimit = 32
    /// When the driver wakes this transaction.
    var wake: MonotonicTime?
    /// The user has given up: a CANCEL goes out as soon as it may.
    var isCancelled = false
    /// Values of Reason for that CANCEL.
    var cancelReasons: [String] = []
    var hasSentCancel = false
    /// How often the request was sent with different credentials, the first time included.
    var attempts = 1
    /// Of an INVITE: the ACKs of its 2xx, one for each dialog that they made.
    var sentACKs: [SentACK] = []
    /// How often the request was sent with a longer session interval because of 422.
    var intervalRefusals = 0
    /// Of an INVITE or UPDATE.
    var sessionTimer = SessionTimerHandling.carried
    /// The endpoint's own UPDATE: its user hears of it only if the dialog is lost.
    var isSessionRefresh = false
    /// Of a request that is forwarded: its responses go upstream.
    var forwarding: ProxiedBranch?
    /// How often that request was sent to servers of its hop.
    var forwardAttempt = 1
    /// The connection that it went out by last.
    var flow: FlowID?
    /// Of a SUBSCRIBE.
    var subscription: SubscriptionID?

    init(
        id: ClientTransactionID,
        key: ClientTransactionKey,
        request: SIPRequest,
        destination: SIPDestination,
        machine: ClientTransactionMachine,
        dialog: DialogID?
    ) {
        self.id = id
        self.key = key
        self.request = request
        self.destination = destination
        self.machine = machine
        self.dialog = dialog
        isInDialog = dialog != nil
    }

    func sentACK(in dialog: DialogID) -> SentACK? { sentACKs.first { $0.dialog == dialog } }

    /// `nil` once it has ended.
    var nextTimeout: MonotonicTime? { machine.nextTimeout }

    /// Behind the final response only an INVITE is needed: for its ACK, and for dialogs that other forks make.
    func forgetRequest() {
        if request.method != .invite { request = SIPRequest(method: request.method, requestURI: "") }
    }

    /// Leaves its name to the request that answers a challenge, and acknowledges a challenge that comes again, no more.
    func step(asideAs name: ClientTransactionID) {
        id = name
        wake = nil
    }
}
