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
    let configuration: MediaPlaneConfiguration
    private var events: AsyncStream<MediaSessionNotice>.Continuation
    private var eventCount: UInt64 = 0
    private(set) var leg: Leg?
    private(set) var sockets: LegSockets?
    /// Of the sockets.
    private var localAddress: LocalMediaAddress?
    var association: DTLSAssociation?
    var bridge: SessionBridge?
    var link: EngineLink?
    var engineFormats: EngineAudioFormats?
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

    func emit(_ event: MediaSessionEvent) {
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
