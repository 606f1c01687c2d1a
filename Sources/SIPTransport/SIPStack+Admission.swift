import NIOCore
import SIP
import Timing

/// What is done with messages before they reach a transaction.
extension SIPStack {
    /// Time after which sockets are read again though messages wait.
    private static let turn = Duration.milliseconds(5)
    /// How long peers may go by the `oc` of a response, in milliseconds.
    private static let overloadValidity = 500

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
        let bytes = Array(item.data.readableBytesView)
        do throws(SIPParseError) {
            admit(try SIPMessage(parsing: bytes, limits: configuration.limits), from: item.source)
        } catch {
            refuse(bytes, because: error, from: item.source)
        }
    }

    /// Hands a message on, or answers 503 to a new request that is one too many. No transaction is made for that.
    func admit(_ message: SIPMessage, from source: SIPSource) {
        captureReceived(message, from: source)
        guard case .request(var request) = message else {
            receive(message, from: source)
            return
        }
        let knowsOverload = tellOverload(&request)
        guard overload.isShedding, !knowsOverload, let wait = refusal(of: request, from: source) else {
            if authenticates(request, from: source) { receive(.request(request), from: source) }
            return
        }
        counters.messagesReceived += 1
        counters.messagesSent += 1
        counters.shedOverload += 1
        let response = SIPResponse(overloadedFor: request, retryAfter: wait)
        transmit(response.serialized(), to: replyDestination(request, source), for: nil)
    }

    /// - Returns: Seconds for Retry-After if the request is not to be served.
    private func refusal(of request: SIPRequest, from source: SIPSource) -> Int? {
        let address = try? SocketAddress(ipAddress: source.address, port: 0)
        let isTrusted = address.map(configuration.policy.isTrusted) ?? false
        let kind = AdmissionClass(request, isTrusted: isTrusted)
        guard kind == .sheddable, !endpoint.hasTransaction(for: request) else { return nil }
        switch overload.decide(isExempt: false, random: UInt64.random(in: 0 ... .max)) {
        case .admit: return nil
        case .shed(let retryAfter): return retryAfter
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
        var reply = source
        if let via = try? request.headers.topVia(), !via.parameters.contains("rport") {
            reply.port = via.sentBy.port ?? source.transport.defaultPort
        }
        return .reply(reply)
    }
}
