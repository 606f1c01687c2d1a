import ApplicationServer
import Media
import MediaTransport
import NIOPosix
import SDP
import SIP
import SIPTransport
import Synchronization
import Testing

/// A telephone that answers what it gets as a flow says, writes down what happens, and hangs up at any moment.
final class FlowPhone: SIPStackHandler {
    /// How it answers, one time after another; the last answer goes on.
    struct Conduct: Sendable {
        /// To the INVITE; none but provisional ones let it ring until it is given up. 183 is reliable and the answer.
        var invite: [StatusCode] = [.ringing, .ok]
        /// It rings until this has happened.
        var answersAt: FlowMoment?
        /// To each re-INVITE and UPDATE.
        var offers: [StatusCode] = [.ok]
        /// Each of these is answered when this has come.
        var offersWaitFor: FlowMoment?
        /// To a REFER.
        var refer = StatusCode.accepted
        /// What NOTIFYs report after a REFER.
        var reports: [StatusCode] = [.trying, .ok]
    }

    private struct State {
        var leg: SIPLeg?
        var offers = 0
        /// Without an answer until the dialog is over, at both ends.
        var held: [InDialogRequest] = []
        var audio: CallAudio?
        var told: [[UInt8]] = []
    }

    private let party: FlowMoment.Party
    private let address: String
    private let conduct: Conduct
    private let journal: FlowJournal
    private let stack: SIPStack
    private let media: InProcessMediaPlane
    private let session: MediaSessionID
    private let state = Mutex(State())
    private let incoming: AsyncStream<SIPLeg>
    private let incomingContinuation: AsyncStream<SIPLeg>.Continuation

    init(_ party: FlowMoment.Party, at address: String, port: Int, _ conduct: Conduct, _ journal: FlowJournal) throws {
        self.party = party
        self.address = address
        self.conduct = conduct
        self.journal = journal
        let listeners = [SIPListener(transport: .udp, host: address, port: UInt16(port))]
        var settings = SIPStackConfiguration(
            listeners: listeners,
            policy: PeerPolicy(trusted: [.loopback]),
            timers: FlowPath.direct.timers
        )
        settings.overload = .unlimited
        let group = MultiThreadedEventLoopGroup.singleton
        stack = SIPStack(configuration: settings, eventLoop: group.next(), logger: TestSystem.logger)
        media = try InProcessMediaPlane(
            configuration: MediaPlaneConfiguration(address: address, ports: 18_000...18_009),
            eventLoopGroup: group,
            logger: TestSystem.logger
        )
        session = MediaSessionID(party.rawValue)
        (incoming, incomingContinuation) = AsyncStream.makeStream()
    }

    /// Runs for as long as `body` does, and takes calls.
    func run(_ body: () async throws -> Void) async throws {
        try await stack.start(handler: self)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { for await leg in self.incoming { try await self.answer(leg) } }
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            incomingContinuation.finish()
            await stack.stop()
            await media.shutdown()
            try result.get()
        }
    }

    /// The INVITE that it was called with last, or has called with.
    var invite: SIPRequest? { state.withLock { $0.leg }?.request }
    /// What it has been told of the other side's media, in order.
    var told: [String] { state.withLock { $0.told }.map { String(decoding: $0, as: UTF8.self) } }

    /// Whether nothing is left of its calls: each has had its BYE, CANCEL or refusal.
    var isQuiet: Bool {
        get async {
            let counts = await stack.counts
            return await stack.legCount == 0 && counts.dialogs == 0
        }
    }

    // MARK: Calling

    /// Calls, and follows the call to its end.
    func call(_ invite: SIPRequest, to hop: Hop) async throws {
        var invite = invite
        invite.headers.append(.contentType, "application/sdp")
        invite.body = try await describe()
        let leg = await stack.invite(invite, to: hop)
        state.withLock { $0.leg = leg }
        await follow(leg)
    }

    /// BYE, CANCEL or 480.
    func hangUp() async {
        // The INVITE may be at the server before its leg is here.
        _ = await eventually { state.withLock { $0.leg != nil } }
        await state.withLock { $0.leg }?.hangUp()
        journal.add(party, "left")
    }

    /// Plays a file, and again every ten seconds until something has happened.
    func say(_ file: String, until moment: FlowMoment) async throws {
        repeat {
            try await media.play(file: file, on: session)
        } while await !journal.reaches(moment, within: .seconds(10)) && !Task.isCancelled
    }

    func press(_ digits: String) async throws { try await media.sendDigits(digits, on: session) }

    /// Puts the other side on hold.
    func hold() async throws {
        let (leg, own) = state.withLock { ($0.leg, $0.audio?.refresh()) }
        guard let leg, let own else { return }
        let description = Array(String(decoding: own, as: UTF8.self).replacing("sendrecv", with: "sendonly").utf8)
        journal.add(party, "holds")
        let response = try await leg.request(.invite, .sdp(description))
        note(response.body)
        if response.status.isSuccess { await leg.acknowledge() }
        journal.add(party, "got \(response.status.rawValue)")
    }

    /// What it says of its media now.
    var description: MessageContent { .sdp(state.withLock { $0.audio?.refresh() } ?? []) }

    /// Asks the other side something inside the dialog, which may be an early one.
    @discardableResult
    func ask(_ method: SIPMethod, _ content: MessageContent = .empty) async throws -> SIPResponse {
        guard let leg = state.withLock({ $0.leg }) else { throw SIPLegError.noDialog }
        let response = try await leg.request(method, content)
        journal.add(party, "got \(response.status.rawValue)")
        return response
    }

    // MARK: Being called

    func stack(_ stack: SIPStack, didReceiveInvite leg: SIPLeg, request: SIPRequest, source: SIPSource) {
        incomingContinuation.yield(leg)
    }

    func stack(
        _ stack: SIPStack, didReceive request: SIPRequest, _ transaction: ServerTransactionID, source: SIPSource
    ) {
        stack.assumeIsolated { _ = $0.respond(transaction, .notImplemented) }
    }

    private func answer(_ leg: SIPLeg) async throws {
        state.withLock { $0.leg = leg }
        var goesOn = journal.add(party, "got INVITE")
        for status in conduct.invite where goesOn {
            if status.isFinal, let moment = conduct.answersAt { await journal.reaches(moment) }
            let isReliable = status == .sessionProgress
            let describes = isReliable || status.isSuccess && !conduct.invite.contains(.sessionProgress)
            let content = describes ? MessageContent.sdp(try await describe(leg.request.body)) : .empty
            await leg.respond(status, content, reliably: isReliable)
            goesOn = journal.add(party, "sent \(status.rawValue)")
        }
        await follow(leg)
    }

    // MARK: In the call

    private func follow(_ leg: SIPLeg) async {
        for await event in leg.events {
            switch event {
            case .provisional(let response):
                journal.add(party, "got \(response.status.rawValue)")
            case .answered(let response):
                await leg.acknowledge()
                await listen(response.body)
                journal.add(party, "sent ACK")
            case .rejected(let response):
                journal.add(party, "got \(response.status.rawValue)")
            case .request(let incoming):
                await answer(incoming, on: leg)
            case .acknowledged:
                journal.add(party, "got ACK")
            case .cancelled:
                journal.add(party, "got CANCEL")
            case .ended(let end):
                if case .bye = end { journal.add(party, "got BYE") } else { journal.add(party, "lost", "\(end)") }
            case .failed(let failure):
                journal.add(party, "lost", "\(failure)")
            case .sessionRefreshDue:
                break
            }
        }
        let held = state.withLock { $0.held }
        // A 481 that overtakes our BYE, as it may on its way through a proxy, would have ended the dialog before it.
        if !held.isEmpty { _ = await eventually { await isQuiet } }
        for request in held {
            await request.respond(request.request.method == .invite ? .requestTerminated : .callDoesNotExist)
        }
    }

    private func answer(_ incoming: InDialogRequest, on leg: SIPLeg) async {
        let method = incoming.request.method
        journal.add(party, "got \(method)")
        guard await journal.goesOn(party) else {
            return state.withLock { $0.held.append(incoming) }
        }
        switch method {
        case .invite, .update:
            if let moment = conduct.offersWaitFor { await journal.reaches(moment) }
            let answers = conduct.offers
            let status = state.withLock { state in
                defer { state.offers += 1 }
                return answers[min(state.offers, answers.count - 1)]
            }
            let body = status.isSuccess ? await accept(incoming.request.body) : []
            await incoming.respond(status, status.isSuccess ? .sdp(body) : .empty)
            journal.add(party, "sent \(status.rawValue)")
        case .refer:
            await incoming.respond(conduct.refer)
            journal.add(party, "sent \(conduct.refer.rawValue)")
            for report in conduct.reports where conduct.refer.isSuccess {
                guard await journal.goesOn(party) else { return }
                await notify(report, on: leg)
            }
        default:
            await incoming.respond(.ok)
        }
    }

    private func notify(_ status: StatusCode, on leg: SIPLeg) async {
        var headers = SIPHeaders()
        headers.append(.event, "refer")
        headers.append(.subscriptionState, status.isFinal ? "terminated;reason=noresource" : "active;expires=60")
        let report = MessageContent(
            headers: headers,
            contentType: "message/sipfrag;version=2.0",
            body: Array("SIP/2.0 \(status.rawValue) \(status.reasonPhrase)\r\n".utf8)
        )
        _ = try? await leg.request(.notify, report) { [journal, party] _ in
            journal.add(party, "sent NOTIFY \(status.rawValue)")
        }
    }

    // MARK: Media

    /// - Parameter offer: Empty: what we say is the offer.
    private func describe(_ offer: [UInt8] = []) async throws -> [UInt8] {
        _ = await media.open(session)
        var audio = CallAudio(address: try await media.allocateLeg(session), codecs: [.pcma])
        note(offer)
        if !offer.isEmpty { try audio.answer(offer) }
        let description = audio.localDescription()
        if let negotiated = audio.negotiated { try await media.setRemote(session, to: negotiated) }
        state.withLock { [audio] in $0.audio = audio }
        return description
    }

    private func note(_ description: [UInt8]) {
        if !description.isEmpty { state.withLock { $0.told.append(description) } }
    }

    private func listen(_ answer: [UInt8]) async {
        note(answer)
        let negotiated = state.withLock { state in
            try? state.audio?.accept(answer)
            return state.audio?.negotiated
        }
        if let negotiated { try? await media.setRemote(session, to: negotiated) }
    }

    private func accept(_ offer: [UInt8]) async -> [UInt8] {
        note(offer)
        let description: [UInt8]? = state.withLock { state in
            if offer.isEmpty { state.audio?.reoffer() } else { try? state.audio?.answer(offer) }
            return state.audio?.localDescription()
        }
        if let negotiated = state.withLock({ $0.audio?.negotiated }) {
            try? await media.setRemote(session, to: negotiated)
        }
        return description ?? []
    }
}
