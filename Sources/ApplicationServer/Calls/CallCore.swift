import IMS
import Media
import NIOCore
import SDP
import SIP
import SIPTransport
import Synchronization
import Timing
import VoiceEngine

/// What every state of a call shares: the caller's leg, the media session and the record. All mutable state is
/// isolated to the server's event loop.
actor CallCore {
    nonisolated var unownedExecutor: UnownedSerialExecutor { server.unownedExecutor }

    nonisolated let server: SIPApplicationServer
    nonisolated let leg: SIPLeg
    nonisolated let request: ISCRequest
    nonisolated let session: MediaSessionID
    nonisolated let callID: String
    nonisolated let exceedsCapacity: Bool
    /// Functions of the engine under way.
    nonisolated let tools = ToolBoard()
    private nonisolated let arrival: NIODeadline
    private nonisolated let decided = Atomic<Bool>(false)

    private(set) var record: CallRecord
    private(set) var mediaEvents: AsyncStream<MediaSessionNotice>?
    var audio: CallAudio?
    /// Our description has gone in a 183.
    var hasDescribedEarly = false
    /// It went reliably: it is the answer, and the 200 brings none (RFC 6337 §2.2).
    var hasAnsweredReliably = false
    /// An announcement is under way before the answer.
    var isPlayingEarly = false
    private(set) var isReleased = false
    private(set) weak var answered: AnsweredCall?
    /// Set once a routed call goes to another party.
    var relay: LegRelay?
    /// Over the party that rings in a routed call.
    var ringWatch: RingWatch?
    /// The caller of a routed call has hung up.
    var hasCallerLeft = false
    /// The caller's leg, or that of the party who has taken the caller's place.
    var currentLeg: SIPLeg
    /// Given up, or hung up on, by ``SIPApplicationServer/endCall(_:)``.
    var isEndedByOperator = false
    /// An INVITE with Replaces is under way.
    var isBeingReplaced = false
    /// The caller has been answered for a party who picks up the call, and is not through to that one yet.
    var isBeingPickedUp = false
    /// The caller's ACK of that answer.
    var acknowledgement = Acknowledgement()
    /// Reliable provisional responses of the other party whose PRACK the caller has not sent yet, oldest first.
    var unacknowledged: [SIPResponse] = []

    init(
        server: SIPApplicationServer,
        leg: SIPLeg,
        request: ISCRequest,
        session: MediaSessionID,
        service: String,
        exceedsCapacity: Bool,
        media: (audio: CallAudio, events: AsyncStream<MediaSessionNotice>)? = nil
    ) {
        self.server = server
        self.leg = leg
        currentLeg = leg
        self.request = request
        self.session = session
        self.exceedsCapacity = exceedsCapacity
        callID = request.request.headers.first(.callID) ?? ""
        arrival = .now()
        audio = media?.audio
        mediaEvents = media?.events
        record = CallRecord(
            callID: callID,
            service: service,
            caller: request.isCallerWithheld ? "" : request.assertedIdentities.first?.uriText ?? "",
            callee: request.request.requestURI,
            startedAt: UTCTime.now
        )
    }

    nonisolated var age: Duration { .nanoseconds((NIODeadline.now() - arrival).nanoseconds) }
    nonisolated var media: any MediaPlane { server.media }

    /// What an engine may know of the call.
    private nonisolated var callContext: EngineCallContext {
        EngineCallContext(
            callID: callID,
            caller: request.isCallerWithheld ? nil : request.assertedIdentities.first?.uriText,
            callee: request.request.requestURI
        )
    }

    // MARK: Record

    func note(_ event: String, _ detail: String = "") {
        let entry = CallRecord.Entry(milliseconds: age.milliseconds, event: event, detail: detail)
        if record.entries.count < 1_000 { record.entries.append(entry) }
        for observer in server.observers { observer.call(callID, did: entry) }
    }

    func noteTurnDelay(_ delay: Duration) {
        if record.turnDelays.count < 1_000 { record.turnDelays.append(delay.milliseconds) }
    }

    func noteTool(_ run: CallRecord.ToolRun, detail: String) {
        if record.tools.count < 1_000 { record.tools.append(run) }
        note(
            "tool",
            "\(run.name): \(run.outcome) after \(Int(run.milliseconds)) ms" + (detail.isEmpty ? "" : ", \(detail)"))
    }

    /// The caller waits in a queue no more.
    func noteWait() {
        if record.queueMilliseconds == nil { record.queueMilliseconds = age.milliseconds }
    }

    func setOutcome(_ outcome: CallRecord.Outcome) {
        if record.outcome == nil { record.outcome = outcome }
    }

    func noteDecision(_ detail: String) {
        guard record.decisionMilliseconds == nil else { return }
        record.decisionMilliseconds = age.milliseconds
        note("decision", detail)
    }

    // MARK: Deciding

    nonisolated func markDecided() { decided.store(true, ordering: .relaxed) }

    nonisolated func abandonUndecided() {
        guard !decided.load(ordering: .relaxed) else { return }
        server.spawn { await self.reject(.serverInternalError, reason: nil, retryAfter: nil) }
    }

    @inline(never)
    func reject(
        _ status: StatusCode,
        reason: String?,
        retryAfter: Int?,
        headers: SIPHeaders = SIPHeaders()
    ) async {
        // The caller has given up, and the service goes on as if nothing had been.
        guard !hasEnded else { return }
        var headers = headers
        if let retryAfter { headers.append(.retryAfter, String(retryAfter)) }
        noteDecision("reject \(status)")
        let wasSent = await leg.respond(status, reason: reason, MessageContent(headers: headers))
        setOutcome(wasSent ? .rejected : .cancelled)
        await release()
    }

    func redirect(to uri: String) async {
        var headers = SIPHeaders()
        headers.append(.contact, "<\(uri)>")
        noteDecision("redirect")
        let wasSent = await leg.respond(.movedTemporarily, MessageContent(headers: headers))
        setOutcome(wasSent ? .routed : .cancelled)
        await release()
    }

    /// Does something before the call is decided, and gives the media back if the caller gives up meanwhile.
    ///
    /// - Parameter body: Comes to an end when its task is cancelled, or the media is gone.
    /// - Returns: `nil` if the caller has given up.
    func whileCallerWaits<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await self.run(body) }
            group.addTask {
                await self.leaveWithCaller()
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    /// Isolated, as ``leaveWithCaller()`` is: a task that begins nowhere would change executors at each step.
    private func run<Value: Sendable>(_ body: @Sendable () async -> Value) async -> Value { await body() }

    private func leaveWithCaller() async {
        await leg.untilOver()
        if !Task.isCancelled { await releaseMedia() }
    }

    // MARK: Media

    private func openMedia() async {
        guard mediaEvents == nil else { return }
        mediaEvents = await media.open(session)
    }

    func connectEngine(
        _ endpoint: EngineEndpoint,
        _ configuration: EngineSessionConfiguration,
        within limit: Duration
    ) async throws(EngineConnectError) {
        await openMedia()
        guard !isReleased else { throw .sessionReleased }
        var configuration = configuration
        if configuration.call == EngineCallContext() { configuration.call = callContext }
        do throws(EngineConnectError) {
            try await media.connectEngine(session, to: endpoint, with: configuration, within: limit)
            if record.engines.last != endpoint.name { record.engines.append(endpoint.name) }
            note("engine-ready", endpoint.name)
        } catch {
            note("engine-failed", "\(endpoint.name): \(error.summary)")
            throw error
        }
    }

    /// Options that a user agent here has.
    static let supportedOptions: Set<String> = ["100rel", "precondition", "replaces", "timer"]

    /// What OPTIONS is told beside Allow (RFC 3261 §11.2).
    static var capabilities: SIPHeaders {
        var headers = SIPHeaders()
        headers.append(.accept, "application/sdp")
        headers.append(.supported, supportedOptions.sorted().joined(separator: ", "))
        return headers
    }

    static func unsupportedOptions(in request: SIPRequest) -> [String] {
        request.headers.splitValues(.require).filter { !supportedOptions.contains($0.lowercased()) }
    }

    static func unsupported(_ options: [String]) -> SIPHeaders {
        var headers = SIPHeaders()
        headers.append(.unsupported, options.joined(separator: ", "))
        return headers
    }

    func prepareMedia() async throws {
        guard audio == nil else { return }
        let missing = Self.unsupportedOptions(in: request.request)
        guard missing.isEmpty else { throw CallError.unsupportedExtensions(missing) }
        await openMedia()
        let address: LocalMediaAddress
        do {
            address = try await media.allocateLeg(session, towards: request.mediaAddress)
        } catch {
            throw CallError.media("\(error)")
        }
        let headers = request.request.headers
        var audio = CallAudio(
            address: address,
            codecs: server.configuration.codecs,
            protection: server.configuration.protection,
            usesPreconditions: headers.lists("precondition", in: .supported)
                || headers.lists("precondition", in: .require)
        )
        if let offer = request.sessionDescription { try await negotiate(&audio, offer: offer) }
        self.audio = audio
    }

    private func negotiate(_ audio: inout CallAudio, offer: [UInt8]) async throws {
        do {
            try audio.answer(offer)
        } catch {
            throw CallError.notAcceptable("\(error)")
        }
        guard audio.reachesPeer else { throw CallError.notAcceptable("media of another IP version") }
        guard !audio.cannotMeetPreconditions else { throw CallError.preconditionFailure }
        if let negotiated = audio.negotiated {
            do { try await media.setRemote(session, to: negotiated) } catch { throw CallError.media("\(error)") }
        }
    }

    func answer() async throws -> AnsweredCall {
        do {
            try await prepareMedia()
        } catch CallError.notAcceptable(let reason) {
            await reject(.notAcceptableHere, reason: nil, retryAfter: nil)
            throw CallError.notAcceptable(reason)
        } catch CallError.unsupportedExtensions(let options) {
            await reject(.badExtension, reason: nil, retryAfter: nil, headers: Self.unsupported(options))
            throw CallError.unsupportedExtensions(options)
        } catch CallError.preconditionFailure {
            await reject(.preconditionFailure, reason: nil, retryAfter: nil)
            throw CallError.preconditionFailure
        } catch {
            await reject(.serviceUnavailable, reason: nil, retryAfter: 5)
            throw error
        }
        guard var audio, let mediaEvents else { throw CallError.media("the media session is gone") }
        noteDecision("answer")
        var content = MessageContent.sdp(audio.localDescription(), headers: chargingContent.headers)
        if hasAnsweredReliably {
            content = chargingContent
        } else if audio.awaitsPreconditions, leg.supportsReliableProvisionals {
            audio = try await awaitPreconditions(audio)
            // The reliable response has brought the answer (RFC 6337 §2.2).
            content = chargingContent
        }
        let wasSent = await leg.respond(.ok, content)
        guard wasSent else {
            setOutcome(.cancelled)
            await release()
            throw CallError.callerGone
        }
        await leg.setRequestFields(chargingFields(as: request.request))
        setOutcome(.answered)
        noteAnswer(audio)
        let call = AnsweredCall(core: self, audio: audio, mediaEvents: mediaEvents)
        answered = call
        return call
    }

    /// Takes the answer to our offer in a call that we have started; `nil` if the media was given back meanwhile.
    func takeAnswer(_ description: [UInt8]) async throws -> AnsweredCall? {
        guard var audio, let mediaEvents, !isReleased else { return nil }
        try audio.accept(description)
        if let negotiated = audio.negotiated { try await media.setRemote(session, to: negotiated) }
        self.audio = audio
        await leg.setRequestFields(chargingFields(as: request.request))
        setOutcome(.answered)
        noteAnswer(audio)
        let call = AnsweredCall(core: self, audio: audio, mediaEvents: mediaEvents)
        answered = call
        return call
    }

    private func noteAnswer(_ audio: CallAudio) {
        record.answerMilliseconds = age.milliseconds
        note("200", audio.negotiated?.codec.encodingName ?? "")
    }

    /// The service gave up with an error: an answered call is not left to itself.
    func serviceFailed(_ error: any Error) async {
        note("service-failed", "\(error)")
        await answered?.hangUp(reason: "SIP;cause=500;text=\"Service failed\"")
    }

    var hasEnded: Bool { record.endMilliseconds != nil }

    func callerMoved(to leg: SIPLeg) { currentLeg = leg }

    // MARK: End

    /// Gives the media back. Repeating it does no harm.
    ///
    /// - Parameter confirmation: When the other party confirmed the media path that takes the place of ours; the record
    ///   tells how long the release took from then.
    func releaseMedia(confirmedAt confirmation: NIODeadline? = nil) async {
        guard !isReleased else { return }
        isReleased = true
        tools.close()
        guard mediaEvents != nil else { return }
        record.media = await media.release(session)
        guard let confirmation else { return note("media-released") }
        let time = Duration.nanoseconds((NIODeadline.now() - confirmation).nanoseconds).milliseconds
        record.releaseMilliseconds = time
        note("media-released", "\(Double(Int(time * 100)) / 100) ms after the new path was confirmed")
    }

    /// Opens a media session in the place of the one that was given back.
    ///
    /// - Throws: ``CallError/callerGone`` when the call is over, ``CallError/media(_:)``.
    func reopenMedia() async throws(CallError) -> (address: LocalMediaAddress, events: AsyncStream<MediaSessionNotice>)
    {
        guard isReleased, record.endMilliseconds == nil else { throw .callerGone }
        isReleased = false
        tools.reopen()
        let events = await media.open(session)
        mediaEvents = events
        do {
            return (try await media.allocateLeg(session, towards: request.mediaAddress), events)
        } catch {
            await releaseMedia()
            throw .media("\(error)")
        }
    }

    /// The call is over: media given back, record closed, forgotten by the server.
    func release() async {
        await releaseMedia()
        if record.endMilliseconds == nil { record.endMilliseconds = age.milliseconds }
        await server.remove(self, record)
    }
}

extension EngineConnectError {
    /// A line for records and logs.
    public var summary: String {
        switch self {
        case .refused(let status): "refused with HTTP \(status)"
        case .timedOut(let limit): "no session within \(Int(limit.milliseconds)) ms"
        case .unreachable(let reason): "unreachable: \(reason)"
        case .protocolViolation(let reason): "protocol violation: \(reason)"
        case .invalidURL(let reason): "invalid URL: \(reason)"
        case .sessionReleased: "the call ended meanwhile"
        }
    }
}
