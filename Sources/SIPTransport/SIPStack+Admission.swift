import NIOCore
import SIP
import Timing

/// What is done with messages before they reach a transaction.
extension SIPStack {
    /// Time after which sockets are read again though messages wait.
    private static let turn = Duration.milliseconds(5)
    /// How long peers may go by the `oc` of a response, in milliseconds.
    private static let overloadValidity = 500
    /// A new call that has waited this many times the target is refused: its caller sends it again before long, and
    /// those who come after it would wait as well.
    private static let patience = 4

    /// Handles the datagrams that wait.
    func handleIntake() {
        let start = now
        processor.update(at: start)
        while let item = intake.next() {
            let now = now
            overload.observe(latency: now - item.arrival, processor: processor.share, at: now)
            handle(item)
            if now - start >= Self.turn { break }
        }
        guard !intake.isEmpty, !intake.isScheduled else { return }
        intake.isScheduled = true
        eventLoop.execute {
            self.assumeIsolated { stack in
                stack.intake.isScheduled = false
                stack.handleIntake()
            }
        }
    }

    private func handle(_ item: Intake.Item) {
        var admission = Admission.undecided
        if item.isNewCall {
            if now - item.arrival > configuration.overload.latency * Self.patience { admission = .late }
            if admission == .late || overload.isShedding { admission = decideUnparsed(item, admission) }
        }
        guard admission != .refused else { return }
        let bytes = Array(item.data.readableBytesView)
        do throws(SIPParseError) {
            admit(try SIPMessage(parsing: bytes, limits: configuration.limits), from: item.source, admission)
        } catch {
            refuse(bytes, because: error, from: item.source)
        }
    }

    /// Refuses a new call from what little has been read of it, or lets it in.
    ///
    /// - Returns: `admission` as it is if that takes a closer look.
    private func decideUnparsed(_ item: Intake.Item, _ admission: Admission) -> Admission {
        guard capture == nil, let invite = item.data.withUnsafeReadableBytes(UnparsedInvite.init),
            endpoint.hasTransaction(forInviteWith: invite.via) == false
        else { return admission }
        guard let wait = waitIfShed(isLate: admission == .late) else { return .admitted }
        shed(invite.refusal(retryAfter: wait), replyDestination(invite.via, item.source))
        return .refused
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
        captureReceived(message, from: source)
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
        let via = try? request.headers.topVia()
        let response = SIPResponse(overloadedFor: request, retryAfter: wait)
        shed(response.serialized(), replyDestination(via, source))
    }

    private func shed(_ response: [UInt8], _ destination: SIPDestination) {
        counters.messagesReceived += 1
        counters.messagesSent += 1
        counters.shedOverload += 1
        transmit(response, to: destination, for: nil)
    }

    /// Whether a peer with overload control may be left to shed by itself (RFC 7339 §5.10.2): a trusted one, as long as
    /// it sends less when it is told to.
    private func shedsByItself(_ request: SIPRequest, _ source: SIPSource) -> Bool {
        guard let address = try? SocketAddress(ipAddress: source.address, port: 0),
            configuration.policy.isTrusted(address)
        else { return false }
        guard AdmissionClass(request, isTrusted: true) == .sheddable, !endpoint.hasTransaction(for: request) else {
            return true
        }
        return compliance.trusts(source.address, loss: overload.lossPercentage, at: now)
    }

    /// - Returns: Seconds for Retry-After if the request is not to be served.
    private func refusal(of request: SIPRequest, from source: SIPSource, isLate: Bool) -> Int? {
        let address = try? SocketAddress(ipAddress: source.address, port: 0)
        let isTrusted = address.map(configuration.policy.isTrusted) ?? false
        let kind = AdmissionClass(request, isTrusted: isTrusted)
        guard kind == .sheddable, !endpoint.hasTransaction(for: request) else { return nil }
        return waitIfShed(isLate: isLate)
    }

    /// - Returns: Seconds for Retry-After if this new call is one too many.
    private func waitIfShed(isLate: Bool) -> Int? {
        let random = UInt64.random(in: 0 ... .max)
        return switch overload.decide(isExempt: false, random: random) {
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
        guard mayOffer, var via = try? request.headers.topVia(), via.parameters.contains("oc"),
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
        replyDestination(try? request.headers.topVia(), source)
    }

    private func replyDestination(_ via: Via?, _ source: SIPSource) -> SIPDestination {
        var reply = source
        if let via, !via.parameters.contains("rport") {
            reply.port = via.sentBy.port ?? source.transport.defaultPort
        }
        return .reply(reply)
    }
}
