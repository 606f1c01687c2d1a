import Timing

/// What identifies a server transaction (RFC 3261 §17.2.3).
struct ServerTransactionKey: Digested {
    /// The branch, or for peers before RFC 3261 the fields that stand in for it. Octets, because a peer chooses
    /// them: strings would compare after Unicode normalisation.
    private let branch: [UInt8]
    private let sentBy: String
    private let method: SIPMethod
    let digest: Int

    /// - Returns: `nil` unless the branch alone identifies the transaction.
    init?(via: Via, method: SIPMethod) {
        // The cookie alone identifies nothing (RFC 4475 §3.2.1).
        guard let branch = via.branchText, branch.count > Via.magicCookie.utf8.count, branch.hasPrefix("z9hG4bK") else {
            return nil
        }
        self.init(branch: branch.copy, via: via, method: method)
    }

    /// - Parameter method: ACK and CANCEL are looked up under INVITE.
    init(_ request: SIPRequest, via: Via, method: SIPMethod) {
        if let key = ServerTransactionKey(via: via, method: method) {
            self = key
        } else {
            let sequence = (try? request.headers.cSeq().number).map(String.init) ?? ""
            let tag = (try? request.headers.address(.from))?.tag ?? ""
            let fields = [request.headers.first(.callID) ?? "", sequence, tag, via.branch ?? "", request.requestURI]
            self.init(branch: Array(fields.joined(separator: "\u{1}").utf8), via: via, method: method)
        }
    }

    private init(branch: [UInt8], via: Via, method: SIPMethod) {
        self.branch = branch
        self.method = method
        sentBy = via.sentBy.description.lowercasedASCII
        var hasher = Hasher()
        branch.withUnsafeBytes { hasher.combine(bytes: $0) }
        hasher.combine(sentBy)
        hasher.combine(method)
        digest = hasher.finalize()
    }

    static func == (left: ServerTransactionKey, right: ServerTransactionKey) -> Bool {
        left.digest == right.digest && left.branch == right.branch && left.sentBy == right.sentBy
            && left.method == right.method
    }

    func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

extension ServerTransactionID: Digested {
    var digest: Int { Int(truncatingIfNeeded: rawValue) }
}

/// Stands for From, Call-ID and CSeq of a request without To tag (RFC 3261 §8.2.2.2): a hash with a secret of the process
/// in it, so that nobody can send two that are alike.
struct MergeKey: Digested {
    let digest: Int

    init(_ identity: RequestIdentity) {
        var hasher = Hasher()
        (identity.fromTag ?? KeptText("")).hashExactly(into: &hasher)
        identity.callID.hashExactly(into: &hasher)
        hasher.combine(identity.cSeq.number)
        digest = hasher.finalize()
    }
}

/// A request of a peer, from its arrival until nothing of it can come any more.
final class ServerTransaction {
    let id: ServerTransactionID
    let key: ServerTransactionKey
    private(set) var request: SIPRequest
    let source: SIPSource
    /// Where responses go (RFC 3261 §18.2.2, RFC 3581 §4).
    let replyTo: SIPDestination
    /// The tag of all our responses (§8.2.6.2); of several forks, that of the one that has answered last.
    var toTag: String
    var machine: ServerTransactionMachine
    var dialog: DialogID?
    /// The fork that ``toTag`` and ``dialog`` belong to, if the user told forks apart.
    var fork: String?
    var otherForks: [ServerFork] = []
    /// Where ``SIPEndpoint/merges`` lists a request that came without To tag.
    var mergeKey: MergeKey?
    /// It is forwarded; the response comes from elsewhere.
    var isForwarded = false
    /// A request inside a dialog that was taken and carries an offer or an answer.
    var bringsDescription = false
    /// The final response it got.
    var finalStatus: StatusCode?
    /// When an INVITE is no longer valid, if it says so.
    var expiry: MonotonicTime?
    /// When the driver wakes this transaction.
    var wake: MonotonicTime?

    init(
        id: ServerTransactionID,
        key: ServerTransactionKey,
        request: SIPRequest,
        source: SIPSource,
        replyTo: SIPDestination,
        toTag: String,
        machine: ServerTransactionMachine
    ) {
        self.id = id
        self.key = key
        self.request = request
        self.source = source
        self.replyTo = replyTo
        self.toTag = toTag
        self.machine = machine
    }

    /// `nil` once it has ended.
    var nextTimeout: MonotonicTime? {
        guard let expiry, isPendingInvite else { return machine.nextTimeout }
        return min(machine.nextTimeout ?? expiry, expiry)
    }

    var isPendingInvite: Bool { machine.isPendingInvite }

    /// Most of the time of a transaction is behind its final response, which is all that is repeated then.
    func forgetRequest() { request = SIPRequest(method: request.method, requestURI: "") }
}
