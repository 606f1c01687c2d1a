import NIOCore
import SIP
import Timing

/// Hops whose host is a name (RFC 3263).
extension SIPStack {
    private var reach: HopResolution.Reach {
        let hosts = configuration.listeners.map(\.host)
        var transports: Set<TransportKind> = [.tcp]
        if configuration.listeners.contains(where: { $0.transport == .udp }) { transports.insert(.udp) }
        if configuration.tls != nil { transports.insert(.tls) }
        let hasIPv6 = hosts.contains { $0.contains(":") }
        return HopResolution.Reach(
            transports: transports,
            ipv4: !hasIPv6 || hosts.contains { !$0.contains(":") },
            ipv6: hasIPv6
        )
    }

    // MARK: Sending

    func transmit(_ bytes: [UInt8], toName hop: Hop, _ transaction: ClientTransactionID?) {
        guard let branch = WrittenRequest.branch(of: bytes) else {
            fail(transaction, "a request without branch")
            return
        }
        if let route = names[branch] {
            transmit(bytes, by: route, branch, transaction)
            return
        }
        guard names.resolving.count < NameTable.waiting else {
            fail(transaction, "too many requests wait for the DNS")
            return
        }
        // A retransmission: the request goes out as soon as its target is known.
        guard names.resolving.insert(branch).inserted else { return }
        targets(of: hop, callID: WrittenRequest.callID(of: bytes) ?? []).whenComplete { result in
            self.assumeIsolated { $0.resolved(result, of: hop, bytes, branch, transaction) }
        }
    }

    private func resolved(
        _ result: Result<[ResolvedTarget], any Error>,
        of hop: Hop,
        _ bytes: [UInt8],
        _ branch: String,
        _ transaction: ClientTransactionID?
    ) {
        let at = now
        names.resolving.remove(branch)
        let targets = names.health.ordered((try? result.get()) ?? [], at: at)
        guard !targets.isEmpty else {
            fail(transaction, "cannot resolve \(hop.host)")
            return
        }
        let route = NameTable.Route(host: hop.host, targets: targets, until: at + NameTable.memory)
        if let transaction { names.remember(route, branch, transaction, at: at) }
        transmit(bytes, by: route, branch, transaction)
    }

    private func transmit(
        _ bytes: [UInt8],
        by route: NameTable.Route,
        _ branch: String,
        _ transaction: ClientTransactionID?
    ) {
        let target = route.target
        if target.transport.isReliable {
            let method = Array(WrittenRequest.method(of: bytes))
            let isRepeated = route.sentByStream.contains(method)
            if isRepeated, method != Array("ACK".utf8) { return }
            names[branch]?.sentByStream.insert(method)
        }
        // The DNS may have chosen another transport than the one that the endpoint wrote.
        let sentBy = endpoint.configuration.localAddress(for: target.transport, towards: target.address)
        let bytes = WrittenRequest.via(target.transport, bytes, sentBy: sentBy) ?? bytes
        transmit(bytes, target.transport, target.address, target.port, name: route.host, transaction)
    }

    // MARK: Failover

    /// A connection could not be opened: nobody has seen the request, which goes to the next target as it is.
    ///
    /// - Returns: Whether there is one.
    func sendElsewhere(_ bytes: [UInt8], _ transaction: ClientTransactionID?) -> Bool {
        guard let transaction, let branch = WrittenRequest.branch(of: bytes), var route = names[branch] else {
            return false
        }
        names.health.failed(route.target, at: now)
        guard route.index + 1 < route.targets.count else { return false }
        route.index += 1
        route.sentByStream = []
        names[branch] = route
        let next = route
        // Not from inside the connection's own failure.
        eventLoop.execute { self.assumeIsolated { $0.transmit(bytes, by: next, branch, transaction) } }
        return true
    }

    /// A request outside any dialog got no answer, or 503: it goes to another target of its hop, as a new transaction
    /// (RFC 3263 §4.3).
    ///
    /// - Returns: Whether there is one that has not failed.
    func sendAgain(_ id: ClientTransactionID, after response: SIPResponse? = nil) -> Bool {
        let attempt = waiters[id]?.attempts ?? clientLegs[id]?.attempts ?? 1
        guard hasOther(than: id, after: response, attempt: attempt) else { return false }
        if var waiter = waiters[id], let sent = waiter.sent {
            waiters[id] = nil
            waiter.attempts += 1
            let again = perform { endpoint, now, outputs in
                endpoint.send(sent.request, to: sent.hop, at: now, into: &outputs)
            }
            waiters[again] = waiter
            return true
        }
        guard let leg = clientLegs[id], let sent = leg.sentInvite, !leg.isAbandoned, leg.earlyDialogs.isEmpty else {
            return false
        }
        clientLegs[id] = nil
        leg.attempts += 1
        let again = perform { endpoint, now, outputs in
            endpoint.send(sent.request, to: sent.hop, sessionTimer: sent.sessionTimer, at: now, into: &outputs)
        }
        leg.role = .client(again)
        clientLegs[again] = leg
        return true
    }

    /// The same for a copy of a request that is forwarded.
    func forwardElsewhere(_ copy: UnservedForward) {
        let hasOther = hasOther(than: copy.id, after: copy.response, attempt: copy.attempt)
        perform { endpoint, now, outputs in
            if hasOther {
                endpoint.forwardAgain(copy, at: now, into: &outputs)
            } else {
                endpoint.concludeForward(copy, at: now, into: &outputs)
            }
        }
    }

    /// Counts the target of a transaction as failed, for as long as its 503 says.
    private func hasOther(than id: ClientTransactionID, after response: SIPResponse?, attempt: Int) -> Bool {
        let retryAfter = (try? response?.headers.retryAfter())?.map { Duration.seconds(Int64($0.delay)) }
        return names.failed(id, for: retryAfter ?? TargetHealth.downTime, attempt: attempt, at: now)
    }

    // MARK: Looking up

    /// - Parameter callID: Requests of one call come to the same order of equal targets.
    /// - Returns: Fails when the time of ``DNSSettings`` is over.
    private func targets(of hop: Hop, callID: some Sequence<UInt8>) -> EventLoopFuture<[ResolvedTarget]> {
        let promise = eventLoop.makePromise(of: [ResolvedTarget].self)
        let deadline = eventLoop.scheduleTask(in: TimeAmount(configuration.dns.timeout)) {
            promise.fail(ChannelError.connectTimeout(.zero))
        }
        promise.futureResult.whenComplete { _ in deadline.cancel() }
        var resolution = HopResolution(hop, reach: reach)
        let step = resolution.start()
        take(step, of: resolution, SeededNumbers(seed: callID), promise)
        return promise.futureResult
    }

    private func take(
        _ step: HopResolution.Step,
        of resolution: HopResolution,
        _ numbers: SeededNumbers,
        _ promise: EventLoopPromise<[ResolvedTarget]>
    ) {
        switch step {
        case .targets(let targets):
            promise.succeed(targets)
        case .ask(let questions):
            let replies = questions.map(records)
            EventLoopFuture.whenAllSucceed(replies, on: eventLoop).whenSuccess { replies in
                self.assumeIsolated { stack in
                    let answers = Dictionary(zip(questions, replies)) { first, _ in first }
                    var resolution = resolution
                    var numbers = numbers
                    let next = resolution.receive(answers, using: &numbers)
                    stack.take(next, of: resolution, numbers, promise)
                }
            }
        }
    }

    /// Never fails. The same question is not asked twice at a time.
    private func records(for question: DNSQuestion) -> EventLoopFuture<[DNSRecord]> {
        if let records = names.cache.records(for: question, at: now) { return eventLoop.makeSucceededFuture(records) }
        if let asked = names.asking[question] { return asked }
        let records = dns.ask(question, on: eventLoop).map { reply in
            self.assumeIsolated { stack in
                stack.names.asking[question] = nil
                stack.names.cache.insert(reply.records, for: question, lifetime: reply.lifetime, at: stack.now)
                return reply.records
            }
        }
        names.asking[question] = records
        return records
    }
}
