import IMS
import SDP
import SIP
import SIPTransport
import Synchronization

/// Carries requests, answers and ACKs between the two dialogs of a call that we only signal for.
///
/// A leg may be replaced by another party's (RFC 3891); the other one sees the same session go on.
final class LegRelay: Sendable {
    /// One of the two legs, and what it was told of the other.
    private struct Side {
        var leg: SIPLeg
        /// The latest description that it was sent.
        var description: [UInt8]
        /// The origin that goes on after the other leg was replaced; `nil` before.
        var session: RelayedSession?
        /// The offer in the other side's 2xx that this one answers in its ACK.
        var dueOffer: [UInt8]?
    }

    private struct Sides {
        var first: Side
        var second: Side

        subscript(leg: SIPLeg) -> Side {
            get { leg == first.leg ? first : second }
            set { if leg == first.leg { first = newValue } else { second = newValue } }
        }
    }

    let server: SIPApplicationServer
    private let sides: Mutex<Sides>
    /// Whether each dialog has a session timer of its own, or one goes through both.
    private let sessionTimer: SessionTimerHandling
    /// Changes what goes from the second party to the first.
    private let adaptation: (@Sendable (MessageContent) async -> MessageContent)?
    private let referrals = ReferralNumbers()
    /// Offers that the other side has not answered, by a running number.
    private let offers = Mutex<(last: Int, pending: [Int: (leg: SIPLeg, request: InDialogRequest)])>((0, [:]))

    /// - Parameter description: What the second party was told of the first one's media; empty when nothing yet.
    init(
        server: SIPApplicationServer,
        first: SIPLeg,
        second: SIPLeg,
        description: [UInt8] = [],
        sessionTimer: SessionTimerHandling,
        adaptation: (@Sendable (MessageContent) async -> MessageContent)? = nil
    ) {
        self.server = server
        self.sessionTimer = sessionTimer
        self.adaptation = adaptation
        sides = Mutex(
            Sides(
                first: Side(leg: first, description: []),
                second: Side(leg: second, description: description)
            )
        )
    }

    var first: SIPLeg { sides.withLock { $0.first.leg } }
    var second: SIPLeg { sides.withLock { $0.second.leg } }

    func other(than leg: SIPLeg) -> SIPLeg { sides.withLock { leg == $0.first.leg ? $0.second.leg : $0.first.leg } }
    func has(_ leg: SIPLeg) -> Bool { sides.withLock { leg == $0.first.leg || leg == $0.second.leg } }

    /// Relays a request inside the dialog and its final response. Does not hold up what comes next: an INVITE may
    /// take long, and a BYE overtakes it.
    func forward(_ incoming: InDialogRequest, from leg: SIPLeg) {
        let other = other(than: leg)
        server.spawn { [self] in
            guard has(leg) else { return await incoming.respond(.callDoesNotExist) }
            let request = incoming.request
            // Refreshes the session timer of this side only (RFC 4028 §7.4).
            if sessionTimer == .own, request.method == .update, request.body.isEmpty {
                return await incoming.respond(.ok)
            }
            let number = request.isOffer ? note(incoming, from: leg) : nil
            defer { if let number { offers.withLock { _ = $0.pending.removeValue(forKey: number) } } }
            let known = descriptions(ofSender: leg, toldReceiver: other)
            var content = await adapted(request.headers, request.body, for: other)
            if request.method == .notify || request.method == .subscribe {
                referrals.translate(&content.headers, from: leg)
            }
            if request.method == .invite, request.body.isEmpty { content.refuseReliableProvisionals() }
            do {
                let response = try await other.request(
                    request.method, content, fork: incoming.fork, passingOn: incoming
                ) { sequence in
                    guard request.method == .refer, let received = try? request.headers.cSeq().number else { return }
                    self.referrals.note(receivedOn: leg, received, sent: sequence)
                }
                if request.method == .refer, let received = try? request.headers.cSeq().number,
                    let sent = try? response.headers.cSeq().number
                {
                    // A challenge has raised the number.
                    referrals.note(receivedOn: leg, received, sent: sent)
                }
                let answer = await adapted(
                    response.headers, response.body, for: leg, answering: request.sessionDescription)
                // An INVITE with an offer is acknowledged at once; without one, the ACK brings the answer.
                let isTaken = request.method == .invite && response.status.isSuccess
                let isAnswerDue = isTaken && request.body.isEmpty && !response.body.isEmpty
                if isAnswerDue, has(leg) { sides.withLock { $0[leg].dueOffer = response.sessionDescription } }
                if isTaken, !isAnswerDue { await other.acknowledge() }
                if mayRelay(response.status, to: request.method) {
                    let isSent = await incoming.attemptResponse(
                        response.status, reason: response.reasonPhrase, answer)
                    if isTaken, !isSent {
                        await takeBack(response, by: other, from: leg, known, isAnswerDue: isAnswerDue)
                    }
                } else {
                    await incoming.respond(.serverInternalError)
                }
            } catch TransactionFailure.timeout {
                let status: StatusCode = .requestTimeout
                await incoming.respond(mayRelay(status, to: request.method) ? status : .serverInternalError)
            } catch SIPLegError.offerPending {
                await incoming.respond(.requestPending)
            } catch SIPLegError.noDialog {
                // Somebody may be about to take part: what we ask for them is next.
                let isNext = await other.awaitsAnswer
                let status: StatusCode = request.isOffer ? .requestPending : .temporarilyUnavailable
                await incoming.respond(isNext ? status : .serviceUnavailable)
            } catch {
                await incoming.respond(.serviceUnavailable)
            }
        }
    }

    /// Whether a status may be relayed: some end the dialog in which they are received (RFC 5057 §5.1), and where each side
    /// has a session of its own only one of them is over. 481 and 408 to a NOTIFY end its subscription only.
    private func mayRelay(_ status: StatusCode, to method: SIPMethod) -> Bool {
        guard sessionTimer == .own else { return true }
        return !status.destroysDialog && (method == .notify || !status.endsUsage)
    }

    private func note(_ offer: InDialogRequest, from leg: SIPLeg) -> Int {
        offers.withLock { offers in
            offers.last += 1
            offers.pending[offers.last] = (leg, offer)
            return offers.last
        }
    }

    /// The other side is gone: what it has not answered is answered here, with 491, because an offer of ours is next.
    func refuseOffers(of leg: SIPLeg) async {
        let pending = offers.withLock { $0.pending.values.filter { $0.leg == leg } }
        for offer in pending { await offer.request.respond(.requestPending) }
    }

    /// What each side of an INVITE knew before it.
    struct Descriptions {
        /// What the sender was told of the receiver.
        let ofSender: [UInt8]
        let toldReceiver: [UInt8]
    }

    func descriptions(ofSender sender: SIPLeg, toldReceiver receiver: SIPLeg) -> Descriptions {
        sides.withLock { Descriptions(ofSender: $0[sender].description, toldReceiver: $0[receiver].description) }
    }

    /// The receiver has refused what it was told: what it knew before stands.
    func forget(toldTo receiver: SIPLeg, _ known: Descriptions) {
        sides.withLock { $0[receiver].description = known.toldReceiver }
    }

    /// The receiver has taken an INVITE whose sender had given it up meanwhile (RFC 3261 §9.1): the 200 and the CANCEL have
    /// crossed. The sender is in the session of before, and so the receiver is led back to it.
    ///
    /// - Parameter isAnswerDue: The 200 brought an offer, and its ACK has not been sent.
    func takeBack(
        _ response: SIPResponse,
        by receiver: SIPLeg,
        from sender: SIPLeg,
        _ known: Descriptions,
        isAnswerDue: Bool
    ) async {
        guard has(receiver), has(sender) else {
            // One of them was replaced meanwhile, and the other has another session by that.
            if isAnswerDue { await receiver.acknowledge() }
            return
        }
        sides.withLock { sides in
            // Its version goes on from the last that the receiver was told.
            sides[receiver].session = sides[receiver].session ?? RelayedSession(after: sides[receiver].description)
            sides[receiver].description = known.toldReceiver
            sides[sender].description = known.ofSender
        }
        var content = known.toldReceiver.isEmpty ? MessageContent.empty : restored(for: receiver)
        var current = response.sessionDescription
        if isAnswerDue {
            if let offer = current, let answer = content.sessionDescription {
                content.replaceSessionDescription(with: RelayedSession.answer(answer, to: offer))
            }
            await receiver.acknowledge(content)
        } else if content.sessionDescription != nil {
            // The re-INVITE may cross one of the receiver's; then that one brings both to the same session.
            guard let back = try? await receiver.request(.invite, content), back.status.isSuccess else { return }
            await receiver.acknowledge()
            current = back.sessionDescription
        }
        guard let current, !RelayedSession.areSame(current, known.ofSender) else { return }
        let news = told(.sdp(current), to: sender)
        if let response = try? await sender.request(.invite, news), response.status.isSuccess {
            await sender.acknowledge()
        }
    }

    /// Relays an ACK where it has not been made when the 2xx came.
    func forwardACK(_ ack: SIPRequest, from leg: SIPLeg) async {
        guard has(leg) else { return }
        let other = other(than: leg)
        // Also one without: a 2xx may have brought what wanted no answer.
        guard !ack.body.isEmpty else { return await other.acknowledge() }
        let offer = sides.withLock { sides in
            defer { sides[leg].dueOffer = nil }
            return sides[leg].dueOffer
        }
        await other.acknowledge(await adapted(ack.headers, ack.body, for: other, answering: offer))
    }

    @inline(never)
    private func adapted(
        _ headers: SIPHeaders,
        _ body: [UInt8],
        for receiver: SIPLeg,
        answering offer: [UInt8]? = nil
    ) async -> MessageContent {
        var content = RouteingB2BUA.content(from: headers, body: body)
        if sessionTimer == .own {
            content.sessionTimer = .own
            content.headers.removeAll(.sessionExpires)
            content.headers.removeAll(.minSE)
            content.headers.removeOption("timer", from: .require)
        }
        content = told(content, to: receiver)
        if let offer { content.answer(offer) }
        guard let adaptation, receiver == first else { return content }
        return await adaptation(content)
    }

    /// One side is over: so is the other. A Reason goes along (RFC 3326).
    func end(_ end: DialogEnd, from leg: SIPLeg) async {
        guard has(leg) else { return }
        var headers = SIPHeaders()
        if case .bye(let request) = end {
            headers = RouteingB2BUA.content(from: request.headers, body: []).headers
        } else {
            headers.append(.reason, "SIP;cause=408;text=\"The other side is gone\"")
        }
        await other(than: leg).hangUp(MessageContent(headers: headers))
    }

    // MARK: What each side knows

    /// The description that the receiver was told last; empty when nothing yet.
    func description(toldTo receiver: SIPLeg) -> [UInt8] { sides.withLock { $0[receiver].description } }

    /// Content on its way to `receiver`: noted, and with the origin that the receiver knows if the party behind it is
    /// another one now.
    func told(_ content: MessageContent, to receiver: SIPLeg) -> MessageContent {
        guard let description = content.sessionDescription, has(receiver) else { return content }
        return sides.withLock { sides in
            var content = content
            let readdressed = sides[receiver].session?.readdress(description)
            if let readdressed { content.replaceSessionDescription(with: readdressed) }
            sides[receiver].description = readdressed ?? description
            return content
        }
    }

    /// The description that stands between `receiver` and the party which was to be replaced, as a new offer.
    func restored(for receiver: SIPLeg) -> MessageContent {
        sides.withLock { sides in
            let side = sides[receiver]
            sides[receiver].session = side.session ?? RelayedSession(after: side.description)
            return .sdp(sides[receiver].session?.readdress(side.description) ?? side.description)
        }
    }

    /// Begins to speak to `receiver` for another party. It is one session to the receiver (RFC 3264 §8).
    func beginReplacement(towards receiver: SIPLeg) {
        sides.withLock { sides in
            let side = sides[receiver]
            sides[receiver].session = side.session ?? RelayedSession(after: side.description)
        }
    }

    /// Puts `leg` in the place of `replaced`.
    ///
    /// - Parameters:
    ///   - description: What the new leg was told of the other's media.
    ///   - session: In which session, if that goes on.
    func replace(_ replaced: SIPLeg, by leg: SIPLeg, description: [UInt8], session: RelayedSession? = nil) {
        sides.withLock { sides in
            guard replaced == sides.first.leg || replaced == sides.second.leg else { return }
            sides[replaced] = Side(leg: leg, description: description, session: session)
        }
    }
}

extension SIPRequest {
    /// Brings an offer, or asks for one.
    var isOffer: Bool { method == .invite || method == .update && !body.isEmpty }
}
