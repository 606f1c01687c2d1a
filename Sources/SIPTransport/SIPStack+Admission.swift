import NIOCore
import SIP
import Timing

/// What is done with messages before they reach a transaction.
extension SIPStack {
    /// Time after which the event loop sees to its timers and to jobs of calls though messages wait.
    static let turn = Duration.milliseconds(5)
    /// How long peers may go by the `oc` of a response, in milliseconds.
    private static let overloadValidity = 500
    /// A new call that has waited this many times the target is refused: its caller sends it again before long, and
    /// those who come after it would wait as well.
    private static let patience = 4

    /// Handles the datagrams that wait.
    func handleIntake() {
        let start = now
        processor.update(at: start)
        sendRefusals()
        // Where every call is refused as it comes nothing else tells that there is room again.
        if intake.isEmpty { observe(latency: .zero, at: start) }
        // A new call that begins behind the work of all those before it would wait where nobody sees it.
        while let item = intake.next(takesNewCalls: !executor.isBehind) {
            let now = now
            observe(latency: now - item.arrival, at: now)
            handle(item)
            if now - start >= Self.turn { break }
        }
        sendRefusals()
        guard !intake.isEmpty, !intake.isScheduled else { return }
        intake.isScheduled = true
        eventLoop.execute {
            self.assumeIsolated { stack in
                stack.intake.isScheduled = false
                stack.handleIntake()
            }
        }
    }

    func observe(latency: Duration, at now: MonotonicTime) {
        overload.observe(latency: latency, processor: processor.share, refusing: processor.refusing, at: now)
    }

    /// Handles all that waits and is of calls under way, however long that takes.
    func handleUnderWay() {
        while let item = intake.next(takesNewCalls: false) { handle(item) }
    }

    private func handle(_ item: Intake.Item) {
        var admission = item.admission
        if item.isNewCall, now - item.arrival > configuration.overload.latency * Self.patience {
            if admission == .admitted, refuseLate(item) { return }
            admission = .late
        }
        do throws(SIPParseError) {
            admit(try SIPMessage(parsing: item.bytes, limits: configuration.limits), from: item.source, admission)
        } catch {
            refuse(item.bytes, because: error, from: item.source)
        }
    }

    /// What is known of a request before it has been looked at.
    enum Admission {
        case undecided
        /// It has waited for so long that it is one too many if it may be refused at all.
        case late
        case admitted
        /// It has been answered.
        case refused
    }

    /// Hands a message on, or answers 503 to a new request that is one too many. No transaction is made for that.
    func admit(_ message: SIPMessage, from source: SIPSource, _ admission: Admission = .undecided) {
        captureReceived(message.serialized(), from: source)
        guard case .request(var request) = message else {
            receive(message, from: source)
            return
        }
        let knowsOverload = tellOverload(&request)
        // Also without overload: what a peer sends then is what it is measured by.
        let shedsByItself = knowsOverload && shedsByItself(request, source)
        let isLate = admission == .late
        guard isLate || admission == .undecided && overload.isShedding && !shedsByItself,
            let wait = refusal(of: request, from: source, isLate: isLate)
        else {
            if authenticates(request, from: source) { receive(.request(request), from: source) }
            return
        }
        let response = SIPResponse(overloadedFor: request, retryAfter: wait)
        counters.messagesReceived += 1
        counters.messagesSent += 1
        counters.shedOverload += 1
        transmit(response.serialized(), to: replyDestination(request, source), for: nil)
    }

    /// Whether a peer with overload control may be left to shed by itself (RFC 7339 §5.10.2): a trusted one, as long as
    /// it sends less when it is told to.
    private func shedsByItself(_ request: SIPRequest, _ source: SIPSource) -> Bool {
        guard let address = source.addressBits, configuration.policy.isTrusted(address) else { return false }
        let kind = AdmissionClass(request, isTrusted: configuration.policy.isInTrustDomain(address))
        guard kind == .sheddable, !endpoint.hasTransaction(for: request) else { return true }
        return compliance.trusts(source.address, loss: overload.lossPercentage, at: now)
    }

    /// - Returns: Seconds for Retry-After if the request is not to be served.
    private func refusal(of request: SIPRequest, from source: SIPSource, isLate: Bool) -> Int? {
        let address = source.addressBits
        let isBelieved = address.map(configuration.policy.isInTrustDomain) ?? false
        let kind = AdmissionClass(request, isTrusted: isBelieved)
        guard kind == .sheddable, !endpoint.hasTransaction(for: request) else { return nil }
        let random = random.next()
        return switch overload.decide(from: address.map(overloadKey) ?? 0, random: random) {
        case .shed(let retryAfter): retryAfter
        case .admit: isLate ? Int(random % 10) + 1 : nil
        }
    }

    /// Answers the `oc` of a peer that sheds by itself (RFC 7339 §5): in the topmost Via, which responses copy.
    ///
    /// - Returns: Whether the peer is one.
    private func tellOverload(_ request: inout SIPRequest) -> Bool {
        var mayOffer = false
        request.headers.withValues(of: .via) { bytes in
            for index in 0..<max(0, bytes.count - 2)
            where bytes[index] == .semicolon && bytes[index + 1] | 0x20 == 0x6F && bytes[index + 2] | 0x20 == 0x63 {
                mayOffer = true
            }
            return false
        }
        guard mayOffer, var via = try? request.headers.topVia(), via.hasParameter("oc"),
            let algorithms = via.parameters["oc-algo"],
            algorithms.split(separator: ",").contains(where: { $0.filter { $0 != " " } == "loss" })
        else { return false }
        via.parameters["oc"] = String(overload.lossPercentage)
        via.parameters["oc-validity"] = String(overload.isShedding ? Self.overloadValidity : 0)
        via.parameters["oc-seq"] = "\(overload.sequence).0"
        via.parameters["oc-algo"] = "\"loss\""
        request.headers.replaceTopValue(.via, with: via.description)
        return true
    }

    /// Where a response without a transaction goes (RFC 3261 §18.2.2, RFC 3581 §4).
    func replyDestination(_ request: SIPRequest, _ source: SIPSource) -> SIPDestination {
        var reply = source
        if let via = try? request.headers.topVia(),
            source.transport.isReliable || !via.hasParameter("rport")
        {
            reply.port = via.sentByPort ?? source.transport.defaultPort
        }
        return .reply(reply)
    }
}

extension SIPSource {
    var addressBits: IPAddressBits? { (try? SocketAddress(ipAddress: address, port: 0))?.ipBits }
}
