import IMS
import SIP
import SIPTransport

extension CallCore {
    /// Carries the INVITE on and relays until the call is over. No media of ours takes part.
    ///
    /// - Parameter handOver: Header fields of it go along; the body is the caller's.
    func route(to target: RouteTarget, handOver: HandOverWriter? = nil) async {
        if let relay = await begin(RouteStep(target, handOver: handOver)) { await follow(relay) }
    }

    /// The same, with what is known of the call so far.
    @inline(never)
    func route(
        to target: RouteTarget,
        handOver format: HandOverFormat,
        because reason: String,
        variables: [String: String]
    ) async {
        let relay = await begin(target, handOver: format, because: reason, variables: variables)
        if let relay { await follow(relay) }
    }

    /// The same.
    ///
    /// - Parameter next: Who is called when a party does not take the call.
    func route(_ step: RouteStep, otherwise next: NextRoute? = nil) async {
        if let relay = await begin(step) { await follow(relay, otherwise: next) }
    }

    // What a function needs before it waits for a call's end stays in memory until then. So what a call begins with, what
    // it might have been instead, and what is done about each of its events, are functions of their own, and none that
    // the compiler may put into others.

    @inline(never)
    private func begin(
        _ target: RouteTarget,
        handOver format: HandOverFormat,
        because reason: String,
        variables: [String: String]
    ) async -> LegRelay? {
        await begin(RouteStep(target, handOver: keepHandOver(as: format, because: reason, variables: variables)))
    }

    @inline(never)
    private func keepHandOver(
        as format: HandOverFormat,
        because reason: String,
        variables: [String: String]
    ) -> HandOverWriter {
        var findings = CallFindings()
        findings.merge(variables)
        let handOver = HandOver(
            request, callID: callID, service: record.service, findings: findings, reason: reason)
        return server.keep(handOver, as: format)
    }

    /// Calls a party.
    ///
    /// - Returns: `nil` if the call is over: the caller is gone, or the party cannot be called.
    @inline(never)
    private func begin(_ step: RouteStep) async -> LegRelay? {
        await releaseMedia()
        guard await isCallerWaiting else {
            // Nobody's telephone rings for a caller who is gone.
            note("cancelled")
            setOutcome(.cancelled)
            await release()
            return nil
        }
        await notify(step)
        let other: SIPLeg
        do {
            other = try await call(step)
        } catch let refusal as RouteingB2BUA.Refusal {
            await refuse(refusal)
            return nil
        } catch {
            await reject(.badGateway, reason: nil, retryAfter: nil)
            return nil
        }
        await leg.relayPRACK()
        let relay = LegRelay(
            server: server, first: leg, second: other, description: other.request.sessionDescription ?? [],
            sessionTimer: .carried)
        self.relay = relay
        await watch(other, for: step.ringTime)
        return relay
    }

    /// Relays until the call is over.
    private func follow(_ relay: LegRelay, otherwise next: NextRoute? = nil) async {
        async let callee: Void = followCallee(relay, next)
        await followCaller(relay)
        await callee
        await release()
    }

    /// Sends the INVITE to a party.
    ///
    /// - Throws: `RouteingB2BUA.Refusal`, ``CallError/unreachable(_:)``.
    func call(_ step: RouteStep) async throws -> SIPLeg {
        let resolved = try ResolvedRoute(step.target, for: self)
        var invite = try RouteingB2BUA.request(
            for: request,
            requestURI: resolved.requestURI,
            routes: resolved.routes
        )
        resolved.claim(&invite.headers)
        step.handOver?.writeHeaders(into: &invite.headers)
        step.change(&invite)
        noteDecision("route to \(resolved.requestURI)")
        return await server.stack.invite(invite, to: resolved.hop, sessionTimer: .carried)
    }

    /// Watches how long a party rings, in the place of the one before.
    func watch(_ other: SIPLeg, for ringTime: Duration?) async {
        let watch = RingWatch(over: other, server, for: ringTime)
        ringWatch = watch
        await watch.start()
    }

    private func refuse(_ refusal: RouteingB2BUA.Refusal) async {
        switch refusal {
        case .tooManyHops:
            await reject(.tooManyHops, reason: nil, retryAfter: nil)
        case .unsupportedExtensions(let options):
            var headers = SIPHeaders()
            headers.append(.unsupported, options.joined(separator: ", "))
            noteDecision("reject 420")
            await leg.respond(.badExtension, MessageContent(headers: headers))
            setOutcome(.rejected)
            await release()
        case .malformed(let error):
            await reject(.badRequest, reason: "Bad Request: \(error)", retryAfter: nil)
        }
    }

    private func followCaller(_ relay: LegRelay) async {
        var followed = relay.first
        repeat {
            await follow(caller: followed, relay)
            guard relay.first != followed else { return }
            followed = relay.first
        } while true
    }

    private func follow(caller followed: SIPLeg, _ relay: LegRelay) async {
        for await event in followed.events { await take(event, ofCaller: followed, relay) }
        acknowledgement.finish()
    }

    @inline(never)
    private func take(_ event: SIPLegEvent, ofCaller followed: SIPLeg, _ relay: LegRelay) async {
        switch event {
        case .cancelled(let cancel):
            setOutcome(.cancelled)
            note("cancelled")
            await relay.second.cancel(reasons: cancel.headers.splitValues(.reason))
        case .acknowledged(let ack):
            acknowledgement.arrived()
            await relay.forwardACK(ack, from: followed)
        case .request(let incoming) where incoming.request.method == .prack:
            forwardPRACK(incoming, relay)
        case .request(let incoming):
            relay.forward(incoming, from: followed)
        case .ended(let end):
            note("bye-received", "from the caller")
            if isBeingPickedUp { setOutcome(.failed) }
            hasCallerLeft = true
            await relay.end(end, from: followed)
        case .provisional, .answered, .rejected, .failed, .sessionRefreshDue:
            break
        }
    }

    private func followCallee(_ relay: LegRelay, _ next: NextRoute?) async {
        var followed = relay.second
        repeat {
            if await follow(callee: followed, relay, next) {
                followed = relay.second
                continue
            }
            guard relay.second != followed else { break }
            let left = followed
            server.spawn { await left.refuseRequests() }
            followed = relay.second
        } while true
        await ringWatch?.finish()
    }

    /// The party does not take the call, and nobody else does: the caller is told.
    private func passOn(_ failure: RouteFailure) async {
        // 487 answers our CANCEL and is no answer for a caller who has sent none (RFC 3261 §16.8).
        guard let response = failure.response, !failure.hasGivenUp else {
            setOutcome(.failed)
            await leg.respond(failure.isSilent ? .serviceUnavailable : .requestTimeout)
            return
        }
        setOutcome(.rejected)
        await leg.respond(response.status, reason: response.reasonPhrase, content(of: response))
    }

    /// What a party that is called has done so far.
    private struct CalleeProgress {
        var hasRung = false
        var hasAnswered = false
    }

    /// - Returns: Whether the party did not take the call and another one is called. `false` once it has, or another one
    ///   has its place, or the caller has been told.
    private func follow(callee other: SIPLeg, _ relay: LegRelay, _ next: NextRoute?) async -> Bool {
        guard let watch = ringWatch else { return false }
        var progress = CalleeProgress()
        for await event in other.events {
            let isUnderWay = await take(event, ofCallee: other, relay, watch, &progress)
            // A party in whose place another one has picked up the call has no more to say.
            guard isUnderWay || relay.second == other else { return false }
            if !isUnderWay { return await goOn(after: event, of: other, watch, progress, relay, next) }
        }
        // An answer that crossed our CANCEL was hung up on.
        guard relay.second == other, !progress.hasAnswered, await watch.hasGivenUp else { return false }
        return await goOn(after: nil, of: other, watch, progress, relay, next)
    }

    /// - Returns: `false` if it says that the party does not take the call.
    @inline(never)
    private func take(
        _ event: SIPLegEvent,
        ofCallee other: SIPLeg,
        _ relay: LegRelay,
        _ watch: RingWatch,
        _ progress: inout CalleeProgress
    ) async -> Bool {
        guard relay.second == other else {
            await other.refuse(event)
            return true
        }
        switch event {
        case .provisional(let response):
            await watch.heard()
            guard response.status > .trying else { break }
            note("\(response.status)", "from the other party")
            if response.status == .ringing { progress.hasRung = true }
            await relayProvisional(response, relay)
        case .answered(let response):
            progress.hasAnswered = true
            await watch.finish()
            await relayAnswer(response, of: other, relay)
        case .rejected, .failed:
            return false
        case .request(let incoming):
            relay.forward(incoming, from: other)
        case .ended(let end):
            note("bye-received", "from the other party")
            await relay.end(end, from: other)
        case .acknowledged(let ack):
            await relay.forwardACK(ack, from: other)
        case .cancelled, .sessionRefreshDue:
            break
        }
        return true
    }

    /// Passes a 2xx on and acknowledges it, or hangs up on the party when the caller's CANCEL has crossed it.
    @inline(never)
    private func relayAnswer(_ response: SIPResponse, of other: SIPLeg, _ relay: LegRelay) async {
        note("\(response.status)", "from the other party")
        // With an offer in the 2xx, the ACK brings the answer.
        let isACKDue = request.request.bringsContent || response.body.isEmpty
        if isACKDue { await other.acknowledge() }
        let content = relay.told(content(of: response), to: leg)
        if await leg.respond(response.status, reason: response.reasonPhrase, content, fork: response.fork) {
            setOutcome(.routed)
        } else {
            if !isACKDue { await other.acknowledge() }
            await other.hangUp()
        }
    }

    /// Calls the next party, or tells the caller.
    ///
    /// - Parameter event: `nil`: the party's leg has ended with nothing but our CANCEL.
    /// - Returns: Whether another party is called.
    @inline(never)
    private func goOn(
        after event: SIPLegEvent?,
        of other: SIPLeg,
        _ watch: RingWatch,
        _ progress: CalleeProgress,
        _ relay: LegRelay,
        _ next: NextRoute?
    ) async -> Bool {
        var failure = RouteFailure(hasRung: progress.hasRung)
        switch event {
        case .rejected(let response)?:
            note("\(response.status)", "from the other party")
            failure.response = response
            failure.hasGivenUp = await watch.hasGivenUp
        case .failed(let cause)?:
            note("no-answer", "\(cause)")
            failure.isSilent = cause != .timeout
        default:
            failure.hasGivenUp = true
        }
        await watch.finish()
        if await reroute(after: failure, of: other, relay, next) { return true }
        if relay.second == other { await passOn(failure) }
        return false
    }

    // MARK: Provisional responses

    /// Reliable responses of the callee, of all its forks, that wait for the caller's PRACK.
    private static let mostUnacknowledged = 16

    /// Passes a provisional response on, reliably if it came so and the caller can take it so (RFC 3262).
    @inline(never)
    private func relayProvisional(_ response: SIPResponse, _ relay: LegRelay) async {
        let isReliable = response.isReliableProvisional
        let passesPRACK = isReliable && leg.supportsReliableProvisionals
        // One after another is to be acknowledged (RFC 3262 §3): a callee that does not wait is not waited for.
        guard !passesPRACK || unacknowledged.count < Self.mostUnacknowledged else { return }
        if passesPRACK { unacknowledged.append(response) }
        let content = relay.told(content(of: response), to: leg)
        let fork = response.fork
        await leg.respond(
            response.status, reason: response.reasonPhrase, content, reliably: passesPRACK, fork: fork)
        if isReliable, !passesPRACK {
            server.spawn { _ = try? await relay.second.acknowledgeProvisional(response) }
        }
    }

    /// Passes the caller's PRACK on: the endpoint has one reliable response of a fork under way at a time, so that it
    /// belongs to the oldest one of that fork.
    private func forwardPRACK(_ incoming: InDialogRequest, _ relay: LegRelay) {
        guard let index = unacknowledged.firstIndex(where: { $0.fork == incoming.fork }) else {
            server.spawn { await incoming.respond(.ok) }
            return
        }
        let response = unacknowledged.remove(at: index)
        let content = relay.told(
            RouteingB2BUA.content(from: incoming.request.headers, body: incoming.request.body), to: relay.second)
        server.spawn {
            do {
                let answer = try await relay.second.acknowledgeProvisional(response, content)
                await incoming.respond(
                    answer.status,
                    reason: answer.reasonPhrase,
                    relay.told(RouteingB2BUA.content(from: answer.headers, body: answer.body), to: relay.first)
                )
            } catch {
                await incoming.respond(.serverTimeout)
            }
        }
    }

    /// What a response brings to the caller. Where it says whom to call instead, Contact is part of that (RFC 3261
    /// §21.3, §21.4.23); otherwise it belongs to one side.
    private func content(of response: SIPResponse) -> MessageContent {
        var content = RouteingB2BUA.content(from: response.headers, body: response.body)
        if response.status.rawValue < 300 { charge(&content.headers) }
        if (300...399).contains(response.status.rawValue) || response.status.rawValue == 485 {
            content.headers.copy(.contact, from: response.headers)
        }
        return content
    }
}

extension SIPLeg {
    /// Of a party in whose place there is another one.
    fileprivate func refuseRequests() async {
        for await event in events { await refuse(event) }
    }

    fileprivate func refuse(_ event: SIPLegEvent) async {
        switch event {
        case .request(let incoming):
            await incoming.respond(.callDoesNotExist)
        case .answered:
            await acknowledge()
            await hangUp()
        default:
            break
        }
    }
}

extension SIPResponse {
    /// Which of several telephones behind one INVITE answers: its To tag (RFC 3261 §12.1.2).
    fileprivate var fork: String? { (try? headers.address(.to))?.tag }
}
