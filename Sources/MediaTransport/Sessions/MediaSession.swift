import Codecs
import EngineTransport
import Logging
import Media
import NIOCore
import RTP
import SDP
import Timing
import VoiceEngine

/// One call's media on its loop: the leg with its sockets, the engine, recordings, and the stream of events.
// Sendable: all state is used on the loop's event loop only.
final class MediaSession: @unchecked Sendable {
    let id: MediaSessionID
    let loop: MediaLoop

    let logger: Logger
    let identity: DTLSIdentity?
    private let configuration: MediaPlaneConfiguration
    private var events: AsyncStream<MediaSessionNotice>.Continuation
    private var eventCount: UInt64 = 0
    private(set) var leg: Leg?
    private(set) var sockets: LegSockets?
    /// Of the sockets.
    private var localAddress: LocalMediaAddress?
    var association: DTLSAssociation?
    var bridge: SessionBridge?
    private var link: EngineLink?
    private var engineFormats: EngineAudioFormats?
    private var recorders = SessionRecorders()
    private(set) var recordingPlan: RecordingPlan?
    private var waiters: [DrainWaiter] = []
    private var done = DoneCommands()
    private(set) var isReleased = false

    private struct DrainWaiter {
        var deadline: MonotonicTime
        var promise: EventLoopPromise<Void>
    }

    init(
        id: MediaSessionID,
        loop: MediaLoop,
        configuration: MediaPlaneConfiguration,
        identity: DTLSIdentity? = nil,
        events: AsyncStream<MediaSessionNotice>.Continuation,
        logger: Logger
    ) {
        self.id = id
        self.loop = loop
        self.configuration = configuration
        self.identity = identity
        self.events = events
        var logger = logger
        logger[metadataKey: "media.session"] = "\(id)"
        self.logger = logger
    }

    /// The former stream ends, the new one gets what happens from now on.
    func replaceEvents(_ continuation: AsyncStream<MediaSessionNotice>.Continuation) {
        events.finish()
        events = continuation
        if isReleased { events.finish() }
    }

    func emit(_ new: [MediaSessionEvent]) {
        for event in new { emit(event) }
    }

    private func emit(_ event: MediaSessionEvent) {
        eventCount += 1
        events.yield(MediaSessionNotice(sequence: eventCount, event: event))
    }

    // MARK: - Leg

    func allocateLeg(on interface: MediaInterface) throws(MediaPlaneError) -> LocalMediaAddress {
        guard !isReleased else { throw .unknownSession }
        if let localAddress { return localAddress }
        let sockets = try LegSockets(interface.pool.lease(), of: self, on: loop)
        let made = Leg(
            local: interface.local.with(port: sockets.rtpPort),
            identity: .random(at: MediaLoop.now),
            configuration: configuration.leg
        )
        if let engineFormats {
            do throws(MediaPlaneError) {
                try made.attachEngine(engineFormats)
            } catch {
                sockets.close()
                throw error
            }
        }
        let address = LocalMediaAddress(
            address: interface.advertised,
            rtpPort: sockets.rtpPort,
            rtcpPort: sockets.rtcpPort,
            fingerprint: identity?.fingerprint
        )
        self.sockets = sockets
        leg = made
        localAddress = address
        return address
    }

    func setRemote(_ audio: NegotiatedAudio) throws(MediaPlaneError) {
        guard let leg else { throw .unknownSession }
        let now = MediaLoop.now
        try leg.setRemote(audio, at: now)
        updateHandshake(at: now)
    }

    func socket(isRTCP: Bool) -> Int32? {
        isRTCP ? sockets?.rtcpSocket : sockets?.rtpSocket
    }

    func receive(
        _ bytes: inout MutableSpan<UInt8>,
        from source: IPEndpoint,
        isRTCP: Bool,
        arrival: MonotonicTime,
        events: inout [MediaSessionEvent]
    ) {
        if DTLSAssociation.isDTLS(bytes.span), !isRTCP {
            receiveHandshake(bytes.span, from: source)
        } else if isRTCP {
            leg?.receiveRTCP(&bytes, from: source, at: arrival)
        } else {
            leg?.receiveRTP(&bytes, from: source, arrival: arrival, events: &events)
        }
    }

    /// - Parameter output: Empty; left as it is used.
    func tick(grid: MonotonicTime, now: MonotonicTime, output: inout LegOutput) {
        guard let leg, let sockets else { return resumeWaiters(at: now) }
        if association != nil { advanceHandshake(at: now) }
        leg.tick(grid: grid, now: now, into: &output)
        loop.send(output.packets, rtp: sockets.rtpSocket, rtcp: sockets.rtcpSocket)
        if !output.engineAudio.isEmpty, bridge != nil {
            passToBridge(output.engineAudio)
        } else if !output.engineAudio.isEmpty, let connection = link?.connection {
            loop.counters.engineOctetsSent += UInt64(output.engineAudio.count)
            connection.sendAudio(output.engineAudio.span)
        }
        if !output.events.isEmpty {
            emit(output.events)
            if let connection = link?.connection { tell(connection, of: output.events) }
        }
        if let connection = link?.connection { settleMarks(connection) }
        if output.callerInterrupts { send(.cancelTurn) }
        recorders.take(from: leg, isLast: false)
        resumeWaiters(at: now)
    }

    /// Does a command unless it has been done already; one that fails may be tried again.
    func once<Failure: Error>(
        _ number: MediaCommandID?,
        _ command: () throws(Failure) -> Void
    ) throws(Failure) {
        guard !done.contains(number) else { return }
        try command()
        done.insert(number)
    }

    // MARK: - Playback

    func play(_ audio: WAVAudio, _ options: PlaybackOptions, path: String) throws(MediaPlaneError) {
        guard let leg else { throw .unknownSession }
        guard leg.play(audio, options) else { throw .file(path: path, reason: "too many files wait to be played") }
    }

    func play(_ tone: CallProgressTone, milliseconds: Int) throws(MediaPlaneError) {
        guard let leg else { throw .unknownSession }
        guard leg.play(tone, milliseconds: milliseconds) else {
            throw .file(path: tone.rawValue, reason: "too many files wait to be played")
        }
    }

    func stopPlayback() { leg?.stopPlayback() }

    func sendDigits(_ digits: String) throws(MediaPlaneError) {
        guard let leg else { throw .unknownSession }
        guard leg.sendDigits(digits) else { throw .unsupportedCodec("telephone-event for \"\(digits)\"") }
    }

    func receiveDigit(_ digit: Character) {
        var made: [MediaSessionEvent] = []
        leg?.receiveDigit(digit, at: MediaLoop.now, events: &made)
        emit(made)
    }

    /// Completes when nothing is left to send, or at `deadline`.
    func drained(by deadline: MonotonicTime) -> EventLoopFuture<Void> {
        let promise = loop.eventLoop.makePromise(of: Void.self)
        waiters.append(DrainWaiter(deadline: deadline, promise: promise))
        resumeWaiters(at: MediaLoop.now)
        return promise.futureResult
    }

    private func resumeWaiters(at now: MonotonicTime) {
        guard !waiters.isEmpty else { return }
        let isIdle = leg?.isPlaybackIdle ?? true
        for waiter in waiters where isIdle || waiter.deadline <= now { waiter.promise.succeed() }
        waiters.removeAll { isIdle || $0.deadline <= now }
    }

    // MARK: - Recording

    func record(_ new: SessionRecorders, _ plan: RecordingPlan) throws(MediaPlaneError) {
        guard let leg else { throw .unknownSession }
        recordingPlan = plan
        recorders.take(from: leg, isLast: true)
        recorders = new
        leg.startRecording(received: new.wantsReceived, sent: new.wantsSent, at: MediaLoop.now)
    }

    // MARK: - Engine

    var hasEngine: Bool { link?.connection?.isOpen == true }

    func connectEngine(
        to endpoint: EngineEndpoint,
        with settings: EngineSessionConfiguration,
        within limit: Duration
    ) -> EventLoopFuture<Void> {
        guard !isReleased else { return loop.eventLoop.makeFailedFuture(EngineConnectError.sessionReleased) }
        // The leg has one to speak with.
        _ = unbridge()
        disconnectEngine()
        let link: EngineLink
        do {
            link = try makeLink(format: settings.audioFormat)
        } catch {
            return loop.eventLoop.makeFailedFuture(EngineConnectError.protocolViolation("\(error)"))
        }
        let connecting = EngineConnection.begin(
            to: endpoint, with: settings, within: limit, on: loop.eventLoop, logger: logger, handler: link
        )
        link.connecting = connecting
        return connecting.connection.flatMapThrowing { connection in
            link.connecting = nil
            guard !self.isReleased, self.link === link else {
                connection.close()
                throw EngineConnectError.sessionReleased
            }
            link.connection = connection
        }.flatMapErrorThrowing { error in
            link.connecting = nil
            if self.link === link { self.detachEngine() }
            throw error
        }
    }

    /// From now on what this link hands on is the engine's; a former link is not listened to any more.
    func makeLink(format: AudioFormat) throws(MediaPlaneError) -> EngineLink {
        let formats = EngineAudioFormats(both: format)
        if let leg { try leg.attachEngine(formats) }
        engineFormats = formats
        let made = EngineLink(session: self)
        link = made
        return made
    }

    func send(_ command: EngineCommand) {
        guard let connection = link?.connection else { return }
        connection.send(command)
        // What is queued of the turn is not heard either.
        if case .cancelTurn = command { interrupt { connection.send($0) } }
    }

    func disconnectEngine() {
        link?.close()
        if link?.connection == nil { link = nil }
        leg?.detachEngine()
    }

    private func detachEngine() {
        link = nil
        engineFormats = nil
        leg?.detachEngine()
    }

    func engine(_ link: EngineLink, didSend audio: Span<UInt8>, of turn: EngineTurnID) {
        guard link === self.link else { return }
        loop.counters.engineOctetsReceived += UInt64(audio.count)
        var made: [MediaSessionEvent] = []
        leg?.playEngineAudio(audio, of: turn, at: MediaLoop.now, events: &made)
        emit(made)
    }

    /// - Parameter answer: Sends a command on the connection that the event came from.
    func engine(_ link: EngineLink, didEmit event: EngineEvent, answer: (EngineCommand) -> Void) {
        guard link === self.link else { return }
        switch event {
        case .userSpeechStarted:
            if configuration.leg.bargeIn != .local { interrupt(answer) }
        case .interrupted:
            interrupt(answer)
        case .turnEnded(let turn, _):
            leg?.endTurn(turn)
        case .closed:
            detachEngine()
        default:
            break
        }
        emit(.engine(event))
    }

    func engine(_ link: EngineLink, didSet mark: EngineMark, of turn: EngineTurnID?) {
        guard link === self.link else { return }
        // Without a leg nothing is played, and what came was dropped.
        guard let leg else { return link.connection?.send(.markReached(mark, .cleared)) ?? () }
        leg.set(mark, of: turn)
        if let connection = link.connection { settleMarks(connection) }
    }

    /// The engine gives or takes audio in another format from now on.
    func engine(_ link: EngineLink, changes formats: (inout EngineAudioFormats) -> Void) {
        guard link === self.link, var changed = engineFormats else { return }
        formats(&changed)
        guard changed != engineFormats else { return }
        do throws(MediaPlaneError) {
            try leg?.attachEngine(changed)
            engineFormats = changed
        } catch {
            emit(.engine(.error(EngineFault(code: "unsupported-format", message: "\(error)", isRecoverable: false))))
        }
    }

    /// Tells an engine what became of its turns.
    private func tell(_ connection: EngineConnection, of events: [MediaSessionEvent]) {
        for event in events {
            switch event {
            case .turnSent(let turn, _): connection.send(.playbackStarted(turn))
            case .turnPlayed(let turn): connection.send(.playbackFinished(turn))
            default: break
            }
        }
    }

    private func settleMarks(_ connection: EngineConnection) {
        for settled in leg?.takeSettledMarks() ?? [] {
            connection.send(.markReached(settled.mark, settled.state))
        }
    }

    /// Drops what the engine has said and was not sent, and tells it how much was.
    private func interrupt(_ answer: (EngineCommand) -> Void) {
        for cut in leg?.interrupt() ?? [] {
            emit(.bargeIn(cut.turn, playedMilliseconds: cut.playedMilliseconds))
            answer(.playedUpTo(cut.turn, milliseconds: cut.playedMilliseconds))
        }
    }

    // MARK: - End

    /// Closes everything; completes when the recordings are written.
    func release() -> EventLoopFuture<MediaSessionReport> {
        guard !isReleased else { return loop.eventLoop.makeSucceededFuture(MediaSessionReport()) }
        isReleased = true
        bridge = nil
        link?.close()
        link = nil
        if let leg { recorders.take(from: leg, isLast: true) }
        let report = leg?.report ?? MediaSessionReport()
        if let leg, let sockets {
            var output = LegOutput()
            leg.close(at: MediaLoop.now, into: &output)
            loop.send(output.packets, rtp: sockets.rtpSocket, rtcp: sockets.rtcpSocket)
            loop.counters.legs += leg.counters
            sockets.close()
        }
        leg = nil
        association = nil
        sockets = nil
        loop.remove(self)
        resumeWaiters(at: MediaLoop.now)
        events.finish()
        let written = recorders.all.map { recorder in
            let promise = loop.eventLoop.makePromise(of: Void.self)
            recorder.finish { promise.succeed() }
            return promise.futureResult
        }
        recorders = SessionRecorders()
        return EventLoopFuture.andAllComplete(written, on: loop.eventLoop).map { report }
    }

    var legCounters: LegCounters? { leg?.counters }
}

extension LegIdentity {
    /// Numbers that cannot be guessed.
    static func random(at now: MonotonicTime) -> LegIdentity {
        LegIdentity(
            ssrc: .random(in: .min ... .max),
            // The lower half, so that the first wrap is far from packets that get lost (RFC 3711 §3.3.1).
            firstSequenceNumber: .random(in: 0...0x7FFF),
            firstTimestamp: .random(in: .min ... .max),
            canonicalName: String(UInt64.random(in: .min ... .max), radix: 36),
            wallClock: MediaLoop.wallClockOffset(at: now),
            seed: .random(in: .min ... .max)
        )
    }
}
