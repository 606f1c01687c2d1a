import Codecs
import Logging
import Media
import NIOCore
import NIOPosix
import RTP
import SDP
import Synchronization
import Timing
import VoiceEngine

/// The media plane inside this process: every session is pinned to one event loop of the group, which runs its leg's
/// packets and its engine's connection.
public final class InProcessMediaPlane: MediaPlane {
    private struct Registry {
        var sessions: [MediaSessionID: MediaSession] = [:]
        var nextLoop = 0
    }

    /// Events that wait for a reader; a reader that falls behind further loses the oldest.
    private static let eventBacklog = 4_096

    public let configuration: MediaPlaneConfiguration
    private let loops: [MediaLoop]
    /// The preferred one first.
    private let interfaces: [MediaInterface]
    /// `nil` where libssl refuses to make one: there is no DTLS then.
    private let identity: DTLSIdentity?
    private let logger: Logger
    private let registry = Mutex(Registry())

    /// - Throws: ``MediaPlaneError/addressRefused(_:)`` if a configured address is no literal one, and
    ///   ``MediaPlaneError/socket(_:)``.
    public init(
        configuration: MediaPlaneConfiguration,
        eventLoopGroup: any EventLoopGroup,
        logger: Logger
    ) throws(MediaPlaneError) {
        var interfaces = [
            try MediaInterface(
                address: configuration.address, advertised: configuration.advertisedAddress,
                configuration: configuration, logger: logger)
        ]
        if let other = configuration.otherAddress {
            interfaces.append(try MediaInterface(address: other, configuration: configuration, logger: logger))
        }
        let loops = try Self.makeLoops(on: eventLoopGroup, tick: configuration.tick, logger: logger)
        self.configuration = configuration
        self.interfaces = interfaces
        self.logger = logger
        self.loops = loops
        identity = DTLSIdentity()
        if identity == nil { logger.warning("no certificate could be made: no DTLS") }
    }

    private static func makeLoops(
        on group: any EventLoopGroup,
        tick: Duration,
        logger: Logger
    ) throws(MediaPlaneError) -> [MediaLoop] {
        var loops: [MediaLoop] = []
        for eventLoop in group.makeIterator() {
            loops.append(try MediaLoop(eventLoop: eventLoop, tick: tick, logger: logger))
        }
        return loops
    }

    // MARK: - Sessions

    public func open(_ session: MediaSessionID) async -> AsyncStream<MediaSessionNotice> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: MediaSessionNotice.self, bufferingPolicy: .bufferingNewest(Self.eventBacklog)
        )
        let (found, isNew) = registry.withLock { registry in
            if let present = registry.sessions[session] { return (present, false) }
            let made = MediaSession(
                id: session,
                loop: loops[registry.nextLoop % loops.count],
                configuration: configuration,
                identity: identity,
                events: continuation,
                logger: logger
            )
            registry.nextLoop &+= 1
            registry.sessions[session] = made
            return (made, true)
        }
        await run(on: found.loop) {
            if isNew { found.loop.add(found) } else { found.replaceEvents(continuation) }
        }
        return stream
    }

    @discardableResult
    public func release(_ session: MediaSessionID) async -> MediaSessionReport? {
        guard let found = registry.withLock({ $0.sessions.removeValue(forKey: session) }) else { return nil }
        return try? await found.loop.eventLoop.flatSubmit { found.release() }.get()
    }

    /// Releases all sessions.
    public func shutdown() async {
        for session in registry.withLock({ Array($0.sessions.keys) }) { await release(session) }
    }

    // MARK: - Engine

    public func connectEngine(
        _ session: MediaSessionID,
        to endpoint: EngineEndpoint,
        with configuration: EngineSessionConfiguration,
        within limit: Duration
    ) async throws(EngineConnectError) {
        guard let found = find(session) else { throw .sessionReleased }
        do {
            try await found.loop.eventLoop.flatSubmit {
                found.connectEngine(to: endpoint, with: configuration, within: limit)
            }.get()
        } catch let error as EngineConnectError {
            throw error
        } catch {
            throw .unreachable("\(error)")
        }
    }

    public func send(_ command: EngineCommand, to session: MediaSessionID, as number: MediaCommandID?) async {
        guard let found = find(session) else { return }
        await run(on: found.loop) { found.once(number) { found.send(command) } }
    }

    public func disconnectEngine(_ session: MediaSessionID) async {
        guard let found = find(session) else { return }
        await run(on: found.loop) { found.disconnectEngine() }
    }

    // MARK: - Leg

    public func allocateLeg(
        _ session: MediaSessionID,
        towards remote: String?
    ) async throws(MediaPlaneError) -> LocalMediaAddress {
        let peer = remote.flatMap { IPEndpoint(literal: $0, port: 0) }
        let interface = peer.flatMap { peer in interfaces.first { $0.reaches(peer) } } ?? interfaces[0]
        return try await with(session) { found in
            Result { () throws(MediaPlaneError) in try found.allocateLeg(on: interface) }
        }
    }

    public func setRemote(_ session: MediaSessionID, to audio: NegotiatedAudio) async throws(MediaPlaneError) {
        try await with(session) { found in
            Result { () throws(MediaPlaneError) in try found.setRemote(audio) }
        }
    }

    public func play(
        file path: String,
        _ options: PlaybackOptions,
        on session: MediaSessionID,
        as number: MediaCommandID?
    ) async throws(MediaPlaneError) {
        let limit = configuration.maximumFileSize
        let audio = try await offLoop(path) {
            let bytes = try FileBytes.read(path, limit: limit)
            return try WAVAudio(parsing: bytes.span)
        }
        try await with(session) { found in
            Result { () throws(MediaPlaneError) in
                try found.once(number) { () throws(MediaPlaneError) in try found.play(audio, options, path: path) }
            }
        }
    }

    public func play(
        tone: CallProgressTone,
        for duration: Duration,
        on session: MediaSessionID,
        as number: MediaCommandID?
    ) async throws(MediaPlaneError) {
        let milliseconds = Int(min(max(duration.milliseconds, 0), 75_000).rounded(.up))
        try await with(session) { found in
            Result { () throws(MediaPlaneError) in
                try found.once(number) { () throws(MediaPlaneError) in
                    try found.play(tone, milliseconds: milliseconds)
                }
            }
        }
    }

    public func stopPlayback(_ session: MediaSessionID) async {
        guard let found = find(session) else { return }
        try? await found.loop.eventLoop.submit { found.stopPlayback() }.get()
    }

    public func sendDigits(
        _ digits: String,
        on session: MediaSessionID,
        as number: MediaCommandID?
    ) async throws(MediaPlaneError) {
        try await with(session) { found in
            Result { () throws(MediaPlaneError) in
                try found.once(number) { () throws(MediaPlaneError) in try found.sendDigits(digits) }
            }
        }
    }

    public func receiveDigit(_ digit: Character, on session: MediaSessionID, as number: MediaCommandID?) async {
        guard let found = find(session) else { return }
        await run(on: found.loop) { found.once(number) { found.receiveDigit(digit) } }
    }

    public func record(_ session: MediaSessionID, _ plan: RecordingPlan) async throws(MediaPlaneError) {
        guard try await with(session, { .success($0.recordingPlan) }) != plan else { return }
        let recorders: SessionRecorders
        switch plan {
        case .separate(let received, let sent):
            recorders = SessionRecorders(received: try await recorder(received), sent: try await recorder(sent))
        case .stereo(let path):
            recorders = SessionRecorders(stereo: try await recorder(path, channels: 2))
        }
        try await with(session) { found in
            Result { () throws(MediaPlaneError) in try found.record(recorders, plan) }
        }
    }

    public func drainPlayback(_ session: MediaSessionID, atMost limit: Duration) async {
        guard let found = find(session) else { return }
        try? await found.loop.eventLoop.flatSubmit { found.drained(by: MediaLoop.now + limit) }.get()
    }

    // MARK: - Bridge

    public func bridge(_ session: MediaSessionID, with other: MediaSessionID) async throws(MediaPlaneError) {
        guard session != other, let first = find(session), let second = find(other) else { throw .unknownSession }
        try await with(session) { found in Result { () throws(MediaPlaneError) in try found.bridge(with: second) } }
        try await with(other) { found in Result { () throws(MediaPlaneError) in try found.bridge(with: first) } }
    }

    public func unbridge(_ session: MediaSessionID) async {
        guard let found = find(session), let other = await run(on: found.loop, { found.unbridge() }) ?? nil else {
            return
        }
        await run(on: other.loop) { other.unbridge(from: found) }
    }

    // MARK: - Gauges

    public func status() async -> MediaPlaneStatus {
        var engines = 0
        for loop in loops {
            engines += await run(on: loop) { loop.sessions.values.count { $0.hasEngine } } ?? 0
        }
        let ports = interfaces.map(\.pool.status)
        return MediaPlaneStatus(
            sessions: registry.withLock { $0.sessions.count },
            leasedPairs: ports.reduce(0) { $0 + $1.leased },
            quarantinedPairs: ports.reduce(0) { $0 + $1.quarantined },
            freePairs: ports.reduce(0) { $0 + $1.free },
            engineConnections: engines
        )
    }

    /// What the plane has done since it was made.
    public func counters() async -> MediaCounters {
        var total = MediaCounters()
        for loop in loops {
            guard let part = await run(on: loop, { loop.allCounters }) else { continue }
            total += part
        }
        for interface in interfaces { total.ports += interface.pool.counters }
        return total
    }

    // MARK: - Hops

    private func find(_ session: MediaSessionID) -> MediaSession? {
        registry.withLock { $0.sessions[session] }
    }

    /// `nil` when the loop has been shut down.
    @discardableResult
    private func run<Value: Sendable>(on loop: MediaLoop, _ body: @escaping @Sendable () -> Value) async -> Value? {
        try? await loop.eventLoop.submit(body).get()
    }

    private func with<Value: Sendable>(
        _ session: MediaSessionID,
        _ body: @escaping @Sendable (MediaSession) -> Result<Value, MediaPlaneError>
    ) async throws(MediaPlaneError) -> Value {
        guard let found = find(session) else { throw .unknownSession }
        let result = await run(on: found.loop) { body(found) }
        guard let result else { throw .unknownSession }
        return try result.get()
    }

    private func recorder(_ path: String?, channels: Int = 1) async throws(MediaPlaneError) -> WAVRecorder? {
        guard let path else { return nil }
        let logger = logger
        return try await offLoop(path) { try WAVRecorder(path: path, channels: channels, logger: logger) }
    }

    /// Runs what blocks on the thread pool.
    private func offLoop<Value: Sendable>(
        _ path: String,
        _ body: @escaping @Sendable () throws -> Value
    ) async throws(MediaPlaneError) -> Value {
        do {
            return try await NIOThreadPool.singleton.runIfActive(body)
        } catch let error as MediaPlaneError {
            throw error
        } catch let error as FileBytes.Failure {
            throw .file(path: path, reason: error.reason)
        } catch {
            throw .file(path: path, reason: "\(error)")
        }
    }
}

extension MediaLoop {
    /// With those of the legs there are now.
    var allCounters: MediaCounters {
        var total = counters
        for session in sessions.values {
            if let leg = session.legCounters { total.legs += leg }
        }
        return total
    }
}
