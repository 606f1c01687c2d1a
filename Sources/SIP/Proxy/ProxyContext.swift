import Timing

/// The response context of a stateful proxy: one request, the branches it went out on, and what came back.
///
/// It owns no transaction. The driver keeps the server transaction and opens a client transaction for every
/// ``Output/forward(_:_:)``; it hands in what these deliver, without our Via, and carries out what is appended to
/// `out`. After ``Output/terminated`` the context is dropped; a 2xx that the client transaction of an INVITE then
/// still delivers (Accepted state, RFC 6026 §7.2) goes up on the server transaction by ``relaysAfterEnd(_:to:)``.
///
/// Source: RFC 3261 §16.5 to §16.10, RFC 4320 §4 for non-INVITE, RFC 5393 §5 for breadth.
public struct ProxyContext: Sendable {
    public enum Output: Sendable, Hashable {
        /// Open a client transaction for this copy.
        case forward(ProxyBranchID, ProxyForward)
        /// Send CANCEL for this branch, as soon as a provisional response allows it (§9.1), and report its end within
        /// 64·T1 from then.
        case cancel(ProxyBranchID)
        /// Send this response upstream as it is.
        case relay(SIPResponse)
        /// Send a final response of our own with these fields.
        case respond(StatusCode, SIPHeaders)
        /// Nothing is open; comes once, last.
        case terminated
    }

    private let request: ProxyRequest
    private let configuration: ProxyConfiguration
    private let loops: LoopDetector
    private let routeToken: String?
    private let seed: String
    private let wishes: ForkingWishes

    private var groups: [[ProxyTarget]]
    /// Targets of the group in progress that wait for breadth.
    private var waiting: [ProxyTarget] = []
    private var branches: [ProxyBranch] = []
    private var failures: [ProxyFailure] = []
    private var tried: Set<String> = []
    private var redirections = 0
    private var isCancelled = false
    /// No target is tried any more: 2xx, 6xx or CANCEL.
    private var isSettled = false
    private var hasSentFinal = false
    /// Why branches are cancelled, as values of Reason (RFC 3326); empty while only timer C does so.
    private(set) var cancelReasons: [String] = []
    public private(set) var isTerminated = false

    /// - Parameters:
    ///   - routeToken: User part of our Record-Route.
    ///   - seed: Random, from the driver: makes the branches of this context unique. Token characters, no period.
    public init(
        request: ProxyRequest,
        targets: ProxyTargetSet,
        routeToken: String? = nil,
        seed: String,
        configuration: ProxyConfiguration,
        loops: LoopDetector
    ) {
        self.request = request
        self.configuration = configuration
        self.loops = loops
        self.routeToken = routeToken
        self.seed = seed
        wishes = ForkingWishes(of: request.request.headers)
        groups = wishes.arranged(targets.groups)
    }

    /// When to call ``handleTimeout(at:into:)``; `nil` while only transactions have timers.
    public var nextTimeout: MonotonicTime? { branches.compactMap(\.timerC).min() }

    /// Branches whose client transaction has not ended.
    public var openBranches: Int { branches.count(where: \.isOpen) }

    /// Whether a response of a client transaction that has outlived its context goes upstream: a 2xx to INVITE does,
    /// repeated or from another fork, everything else is dropped (RFC 6026 §7.2).
    public static func relaysAfterEnd(_ status: StatusCode, to method: SIPMethod) -> Bool {
        method == .invite && status.isSuccess
    }

    /// Whether a branch waits for its final response, and that may still become the answer.
    func isPending(_ id: ProxyBranchID) -> Bool {
        guard !isTerminated, !isSettled, branches.indices.contains(id.rawValue) else { return false }
        if case .pending = branches[id.rawValue].state { return true }
        return false
    }

    private var isInvite: Bool { request.request.method == .invite }

    // MARK: Input

    /// Forwards to the first targets.
    public mutating func start(at now: MonotonicTime, into out: inout [Output]) {
        guard branches.isEmpty, !isTerminated else { return }
        advance(at: now, into: &out)
    }

    /// A response that a branch's client transaction delivers, without our Via.
    public mutating func receive(
        _ response: SIPResponse,
        on id: ProxyBranchID,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard branches.indices.contains(id.rawValue), !isTerminated else { return }
        switch response.status.category {
        case .provisional:
            receiveProvisional(response, on: id.rawValue, at: now, into: &out)
        case .success:
            complete(id.rawValue)
            // Every 2xx to INVITE makes a dialog that the caller has to know of (§16.7 step 5).
            if isInvite || !hasSentFinal { out.append(.relay(response)) }
            hasSentFinal = true
            settle(
                because: ["SIP;cause=200;text=\"Call completed elsewhere\""], cancelling: wishes.cancels, into: &out)
            advance(at: now, into: &out)
        default:
            let branch = branches[id.rawValue]
            guard branch.isOpen else { return }
            complete(id.rawValue)
            if branch.state == .cancelled(.timerC), response.status == .requestTerminated {
                failures.append(.local(.requestTimeout, SIPHeaders()))
            } else if let rest = recurse(on: response) {
                failures.append(.received(rest))
            }
            if response.status.category == .globalFailure {
                settle(because: ["SIP;cause=\(response.status.rawValue)"], into: &out)
            }
            advance(at: now, into: &out)
        }
    }

    /// A branch's client transaction ended without a final response, or could not be opened (§16.8, §16.9).
    public mutating func fail(
        _ id: ProxyBranchID,
        _ failure: TransactionFailure,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard branches.indices.contains(id.rawValue), branches[id.rawValue].isOpen else { return }
        complete(id.rawValue)
        let status: StatusCode = failure == .transport ? .serviceUnavailable : .requestTimeout
        failures.append(.local(status, SIPHeaders()))
        advance(at: now, into: &out)
    }

    /// The caller's CANCEL, which the driver has answered with 200 (§16.10). The INVITE's own response comes from here.
    ///
    /// - Parameter reasons: Its values of Reason, which go along (RFC 3326 §2).
    public mutating func cancel(because reasons: [String] = [], at now: MonotonicTime, into out: inout [Output]) {
        guard isInvite, !isTerminated, !hasSentFinal else { return }
        isCancelled = true
        settle(because: reasons, into: &out)
        advance(at: now, into: &out)
    }

    /// Timer C (§16.8).
    public mutating func handleTimeout(at now: MonotonicTime, into out: inout [Output]) {
        for index in branches.indices {
            guard case .pending(let timerC?, let hasProvisional) = branches[index].state, timerC <= now else {
                continue
            }
            out.append(.cancel(ProxyBranchID(rawValue: index)))
            if hasProvisional {
                branches[index].state = .cancelled(.timerC)
            } else {
                complete(index)
                failures.append(.local(.requestTimeout, SIPHeaders()))
            }
        }
        advance(at: now, into: &out)
    }

    // MARK: Branches

    private mutating func receiveProvisional(
        _ response: SIPResponse,
        on index: Int,
        at now: MonotonicTime,
        into out: inout [Output]
    ) {
        guard branches[index].isOpen else { return }
        if case .pending(let timerC, _) = branches[index].state {
            // What rings on behind the answer does so until timer C is over.
            let isProgress = response.status > .trying && !isSettled
            branches[index].state = .pending(
                timerC: isInvite && isProgress ? now + configuration.timerC : timerC,
                hasProvisional: true
            )
        }
        // RFC 4320 §4.1: of a non-INVITE nothing but 100 may go upstream, and 100 is never forwarded.
        if isInvite, response.status > .trying, !isSettled { out.append(.relay(response)) }
    }

    private mutating func complete(_ index: Int) {
        branches[index].state = .completed
    }

    /// Tries no further target and cancels what is open (§16.7 steps 5 and 10).
    ///
    /// - Parameter cancels: Otherwise what is open stays so, until it has its answer or timer C is over.
    private mutating func settle(because reasons: [String], cancelling cancels: Bool = true, into out: inout [Output]) {
        guard !isSettled else { return }
        isSettled = true
        cancelReasons = reasons
        groups = []
        waiting = []
        guard isInvite, cancels else { return }
        for index in branches.indices {
            guard case .pending = branches[index].state else { continue }
            branches[index].state = .cancelled(.settled)
            out.append(.cancel(ProxyBranchID(rawValue: index)))
        }
    }

    /// Opens what may be opened; ends the context when nothing is left.
    private mutating func advance(at now: MonotonicTime, into out: inout [Output]) {
        guard !isTerminated else { return }
        while !isSettled {
            if waiting.isEmpty, openBranches == 0, !groups.isEmpty { waiting = groups.removeFirst() }
            guard !waiting.isEmpty else { break }
            let free = request.maxBreadth - branches.reduce(0) { $0 + ($1.isOpen ? $1.breadth : 0) }
            guard free > 0 else { break }
            open(sharing: free, at: now, into: &out)
        }
        guard openBranches == 0 else { return }
        if !hasSentFinal { sendBest(into: &out) }
        isTerminated = true
        out.append(.terminated)
    }

    /// Opens as many of the waiting targets as `breadth` allows, each with its share (RFC 5393 §5.3.3).
    private mutating func open(sharing breadth: Int, at now: MonotonicTime, into out: inout [Output]) {
        let count = min(breadth, waiting.count)
        let targets = Array(waiting.prefix(count))
        waiting.removeFirst(count)
        for (index, target) in targets.enumerated() {
            guard branches.count < configuration.branchLimit else {
                waiting = []
                groups = []
                return
            }
            guard tried.insert(target.uriText ?? target.uri.description).inserted else { continue }
            let share = breadth / count + (index < breadth % count ? 1 : 0)
            open(target, share: share, at: now, into: &out)
        }
    }

    private mutating func open(_ target: ProxyTarget, share: Int, at now: MonotonicTime, into out: inout [Output]) {
        let id = ProxyBranchID(rawValue: branches.count)
        do throws(ProxyRejection) {
            let forward = try request.forward(
                to: target,
                breadth: share,
                routeToken: routeToken,
                unique: seed + String(id.rawValue, radix: 16),
                configuration: configuration,
                loops: loops
            )
            let timerC = isInvite ? now + configuration.timerC : nil
            branches.append(ProxyBranch(state: .pending(timerC: timerC, hasProvisional: false), breadth: share))
            out.append(.forward(id, forward))
        } catch {
            branches.append(ProxyBranch(state: .completed, breadth: 0))
            failures.append(.local(error.status, error.headers))
        }
    }

    // MARK: Final response

    private mutating func sendBest(into out: inout [Output]) {
        hasSentFinal = true
        let nothing: StatusCode = isCancelled ? .requestTerminated : .temporarilyUnavailable
        let best = ResponseChoice.best(of: failures, isCancelled: isCancelled) ?? .local(nothing, SIPHeaders())
        // RFC 4320 §4.2: a 408 to a non-INVITE comes too late to be of use to anyone.
        if !isInvite, best.status == .requestTimeout { return }
        switch best {
        case .received(let response): out.append(.relay(response))
        case .local(let status, let headers): out.append(.respond(status, headers))
        }
    }

    /// Adds the contacts of a redirection to the targets (§16.7 step 4).
    ///
    /// - Returns: The response without the contacts that are tried; `nil` when none is left.
    private mutating func recurse(on response: SIPResponse) -> SIPResponse? {
        guard [300, 301, 302].contains(response.status.rawValue), !isSettled, wishes.recurses else { return response }
        var targets: [ProxyTarget] = []
        var kept: [String] = []
        for text in response.headers.splitValues(.contact) {
            guard redirections < configuration.redirectionLimit,
                let contact = try? NameAddress(parsing: text, field: .contact), mayRecurse(on: contact.uri),
                !tried.contains(contact.uri.description), !targets.contains(where: { $0.uri == contact.uri })
            else {
                kept.append(text)
                continue
            }
            redirections += 1
            targets.append(ProxyTarget(contact))
        }
        guard !targets.isEmpty else { return response }
        groups.insert(contentsOf: wishes.arranged(ProxyTargetSet(byPreference: targets).groups), at: 0)
        guard !kept.isEmpty else { return nil }
        var rest = response
        rest.headers.removeAll(.contact)
        for text in kept { rest.headers.append(.contact, text) }
        return rest
    }

    /// A request that came as sips does not leave as sip (§16.7 step 4).
    private func mayRecurse(on uri: SIPURI) -> Bool {
        switch uri.scheme {
        case .sips: true
        case .sip: (try? request.request.uri())?.scheme != .sips
        case .tel, .other: false
        }
    }
}
