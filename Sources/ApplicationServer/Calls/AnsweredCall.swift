import IMS
import Media
import SDP
import SIP
import SIPTransport
import VoiceEngine

/// What happens in a call that we answered, in order. The stream ends with the call.
public enum CallEvent: Sendable {
    case media(MediaSessionEvent)
    /// The caller put us on hold, or took us back.
    case held(Bool)
    /// The party that the call was transferred to has hung up, and the caller's media is with us again, without an
    /// engine (``AfterTarget/returnToService``).
    case returned
    /// Another party has taken the caller's place (RFC 3891); this is its INVITE.
    case replaced(ISCRequest)
    /// The last event.
    case ended(CallEnd)
}

public enum CallEnd: Sendable, Hashable {
    /// The caller's BYE.
    case callerHungUp
    /// We hung up.
    case hungUp
    /// The call went on without us in the media path, and has ended since; or its caller was referred to another party,
    /// and has reached it.
    case transferred
    /// The caller's side is gone without a word: no ACK, or 481 to a request of ours.
    case lost
}

/// A call whose media we anchor: caller's leg, engine, and what they do.
public actor AnsweredCall {
    public nonisolated var unownedExecutor: UnownedSerialExecutor { core.unownedExecutor }

    nonisolated let core: CallCore
    /// One consumer. Ends after ``CallEvent/ended(_:)``.
    public nonisolated let events: AsyncStream<CallEvent>
    private nonisolated let continuation: AsyncStream<CallEvent>.Continuation
    var audio: CallAudio
    /// Of the caller, or of the party who has taken the caller's place.
    private(set) var leg: SIPLeg
    private var isOver = false
    private var isHangingUp = false
    /// The caller's dialog is over; what follows from it may still be under way.
    private var hasCallerLeft = false
    private var commandCount: UInt64 = 0
    /// Set while the call goes to another party and after it has gone there.
    var bridge: Bridge?
    /// Set while a REFER of ours is under way.
    var referral: Referral?
    var isBeingTransferred = false
    /// The target of a further transfer, while it rings and is put in the place of the one before.
    var nextTarget: SIPLeg?
    /// Whom we have called ourselves, to refer the caller there or to pass the audio on.
    var parties = RelayedParties() {
        didSet {
            let (before, now) = (oldValue.talking != nil, parties.talking != nil)
            guard before != now else { return }
            core.server.assumeIsolated { $0.relayedCalls += now ? 1 : -1 }
        }
    }
    var partyCount = 0
    /// Set while the audio is passed on and that is to be ended.
    var releaseRetry: ReleaseRetry?
    /// What becomes of the caller when the present target hangs up.
    var afterTarget = AfterTarget.hangUp
    /// The target that the caller had has hung up while the next one was called.
    var targetEnd: DialogEnd?
    /// Under way while the caller's media comes back to us because of that. Whoever begins it waits for it.
    var comingBack: Task<Void, Never>?
    var findings = CallFindings()
    private var transferCount = 0
    /// Among the calls that the service may have to others.
    private var place: CallPlace?

    init(core: CallCore, audio: CallAudio, mediaEvents: AsyncStream<MediaSessionNotice>) {
        self.core = core
        self.audio = audio
        leg = core.leg
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1_024))
        core.server.spawn { await self.run(mediaEvents) }
    }

    /// The request that began the call.
    public nonisolated var request: ISCRequest { core.request }
    public nonisolated var callID: String { core.callID }

    /// Numbers what is asked of the media plane.
    func nextCommand() -> MediaCommandID {
        commandCount += 1
        return MediaCommandID(commandCount)
    }

    // MARK: What a service does

    /// Hands a command to the engine.
    public func send(_ command: EngineCommand) async {
        await core.media.send(command, to: core.session, as: nextCommand())
    }

    /// Plays a WAV file to the caller.
    public func play(file path: String, _ options: PlaybackOptions = .announcement) async throws {
        try await core.media.play(file: path, options, on: core.session, as: nextCommand())
    }

    /// Plays a tone to the caller, in whole cadences.
    public func play(tone: CallProgressTone, for duration: Duration) async throws {
        try await core.media.play(tone: tone, for: duration, on: core.session, as: nextCommand())
    }

    /// Puts another engine in the place of the present one. What that has said is still heard.
    ///
    /// - Parameter limit: Counted from now.
    public func connectEngine(
        _ endpoint: EngineEndpoint,
        _ configuration: EngineSessionConfiguration,
        within limit: Duration
    ) async throws(EngineConnectError) {
        try await core.connectEngine(endpoint, configuration, within: limit)
    }

    /// Closes the engine's connection; the call stays.
    public func disconnectEngine() async {
        await core.media.disconnectEngine(core.session)
    }

    /// Drops the files that are queued; the one that is heard fades out.
    public func stopPlayback() async {
        await core.media.stopPlayback(core.session)
    }

    /// Records the caller and what is said to them into WAV files, until the media is released.
    public func record(received: String?, sent: String?) async throws {
        try await record(.separate(received: received, sent: sent))
    }

    /// Records the call as the plan says, until the media is released.
    public func record(_ plan: RecordingPlan) async throws {
        try await core.media.record(core.session, plan)
    }

    /// Waits until what is queued for the caller has been heard.
    public func drainPlayback(atMost limit: Duration) async {
        await core.media.drainPlayback(core.session, atMost: limit)
    }

    /// Writes a line into the call's record.
    public func note(_ event: String, _ detail: String = "") async {
        await core.note(event, detail)
    }

    /// Ends the call: engine closed and ports given back at once, BYE to the caller.
    public func hangUp(reason: String? = nil) async {
        await hangUp(.hungUp, reason: reason)
    }

    func hangUp(_ end: CallEnd, reason: String? = nil) async {
        // Who begins says why.
        guard !isOver, !isHangingUp else { return }
        isHangingUp = true
        var headers = SIPHeaders()
        if let reason { headers.append(.reason, reason) }
        await core.releaseMedia()
        await hangUpOthers()
        // First, because the leg's events end with it.
        finish(end)
        await leg.hangUp(MessageContent(headers: headers))
    }

    private func hangUpOthers() async {
        await bridge?.hangUpOther()
        await nextTarget?.hangUp()
        await dropConsulted()
        await dropTalking()
    }

    // MARK: Running

    /// Follows both sides until the caller's leg is over, then gives everything back.
    private func run(_ mediaEvents: AsyncStream<MediaSessionNotice>) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.followMedia(mediaEvents) }
            group.addTask { await self.followLeg() }
        }
        await core.release()
        continuation.finish()
    }

    func followMedia(_ events: AsyncStream<MediaSessionNotice>) async {
        for await notice in events {
            await noteMedia(notice.event)
            await passOn(notice.event)
            continuation.yield(.media(notice.event))
        }
    }

    private func followLeg() async {
        while true {
            let followed = leg
            for await event in followed.events {
                if followed == leg { await handle(event) } else { await dismiss(event) }
            }
            if followed == leg { break }
        }
        finish(.lost)
        await core.releaseMedia()
    }

    /// The lines that a reader of the record wants to see.
    private func noteMedia(_ event: MediaSessionEvent) async {
        if case .engine(let event) = event { findings.note(event) }
        switch event {
        case .engine(.transcript(let speaker, let text, isFinal: true)):
            await core.note(speaker == .caller ? "caller-said" : "engine-said", text)
        case .engine(.toolCall(let tool)):
            await core.note("engine-called", "\(tool.name)(\(tool.arguments))")
        case .engine(.toolCallCancelled(let id)):
            core.tools.cancel(id)
        case .engine(.closed(let reason)):
            await core.note("engine-closed", "\(reason)")
        case .engine(.error(let fault)):
            await core.note("engine-error", "\(fault.code): \(fault.message)")
        case .turnSent(_, let delay):
            await core.noteTurnDelay(delay)
            await core.note(
                "first-audio", "\(Double(Int(delay.milliseconds * 100)) / 100) ms after the engine's first byte")
        case .bargeIn(_, let played):
            await core.note("barge-in", "\(played) ms of the turn had been heard")
        case .digit(let digit):
            await core.note("digit", String(digit))
        case .keyAgreementFailed(let reason):
            await core.note("key-agreement-failed", reason)
        case .inactive(let time):
            await core.note("rtp-inactive", "\(time)")
        default:
            break
        }
    }

    private func handle(_ event: SIPLegEvent) async {
        switch event {
        case .acknowledged(let ack):
            await core.note("ack")
            if let bridge, bridge.isConnected {
                await bridge.relay.forwardACK(ack, from: leg)
            } else if await !acceptDelayedAnswer(ack, of: leg) {
                await hangUp(reason: "SIP;cause=488;text=\"Not Acceptable Here\"")
            }
        case .request(let incoming):
            if let bridge, bridge.hasCaller {
                await bridge.forward(incoming, from: leg)
            } else {
                await answer(incoming, of: leg)
            }
        case .ended(let end):
            let wasBridged = isWithTarget
            hasCallerLeft = true
            await core.note(end.isBye ? "bye-received" : "dialog-lost")
            await core.releaseMedia()
            await hangUpOthers()
            finish(wasBridged ? .transferred : end.isBye ? .callerHungUp : .lost)
        case .sessionRefreshDue:
            await refreshSession(of: leg)
        case .provisional, .answered, .rejected, .failed, .cancelled:
            break  // Only a leg of ours that rings has these.
        }
    }

    /// What a party says whose place another one has taken.
    private func dismiss(_ event: SIPLegEvent) async {
        if case .request(let incoming) = event { await incoming.respond(.callDoesNotExist) }
    }

    /// Another party has taken the caller's place.
    func moved(to leg: SIPLeg, _ request: ISCRequest) async {
        self.leg = leg
        await core.callerMoved(to: leg)
        continuation.yield(.replaced(request))
    }

    /// The target is gone and the caller here again.
    func callerReturned() {
        place?.giveBack()
        place = nil
        continuation.yield(.returned)
    }

    func callerHolds(_ isHeld: Bool) { continuation.yield(.held(isHeld)) }

    /// Keeps a place until the call is over, or another one takes its place.
    func hold(_ place: CallPlace) {
        self.place?.giveBack()
        self.place = place
        if isOver { place.giveBack() }
    }

    /// - Returns: How many transfers were asked for in this call, this one included.
    func countTransfer() -> Int {
        transferCount += 1
        return transferCount
    }

    func finish(_ end: CallEnd) {
        guard !isOver else { return }
        isOver = true
        place?.giveBack()
        referral?.notifications.finish()
        continuation.yield(.ended(end))
    }

    /// Whether the caller talks to a target.
    var isWithTarget: Bool { (bridge?.isConnected == true || parties.talking != nil) && !hasEnded }

    var hasEnded: Bool { isOver || isHangingUp || hasCallerLeft }
}

extension DialogEnd {
    var isBye: Bool {
        if case .bye = self { true } else { false }
    }
}
