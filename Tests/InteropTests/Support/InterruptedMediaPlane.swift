import Media
import MediaTransport
import SDP
import Synchronization
import VoiceEngine

/// A media plane on which something happens while it is asked for something: before one call of one kind returns.
struct InterruptedMediaPlane: MediaPlane {
    enum Step: String, Sendable {
        case bridge, stopPlayback, playTone, release, setRemote
    }

    /// How often each has been called.
    final class Calls: Sendable {
        private let counts = Mutex<[Step: Int]>([:])

        func count(of step: Step) -> Int { counts.withLock { $0[step, default: 0] } }

        fileprivate func add(_ step: Step) -> Int {
            counts.withLock { counts in
                counts[step, default: 0] += 1
                return counts[step, default: 0]
            }
        }
    }

    private let plane: any MediaPlane
    private let step: Step
    private let number: Int
    private let interruption: @Sendable (Calls) async -> Void
    private let calls = Calls()

    /// - Parameter number: Which call of the step; the first one is 1.
    init(
        _ plane: any MediaPlane,
        at step: Step,
        number: Int = 1,
        _ interruption: @escaping @Sendable (Calls) async -> Void
    ) {
        self.plane = plane
        self.step = step
        self.number = number
        self.interruption = interruption
    }

    private func note(_ step: Step) async {
        guard calls.add(step) == number, step == self.step else { return }
        await interruption(calls)
    }

    // MARK: Steps

    func bridge(_ session: MediaSessionID, with other: MediaSessionID) async throws(MediaPlaneError) {
        try await plane.bridge(session, with: other)
        await note(.bridge)
    }

    func stopPlayback(_ session: MediaSessionID) async {
        await plane.stopPlayback(session)
        await note(.stopPlayback)
    }

    func play(
        tone: CallProgressTone,
        for duration: Duration,
        on session: MediaSessionID,
        as number: MediaCommandID?
    ) async throws(MediaPlaneError) {
        await note(.playTone)
        try await plane.play(tone: tone, for: duration, on: session, as: number)
    }

    func release(_ session: MediaSessionID) async -> MediaSessionReport? {
        await note(.release)
        return await plane.release(session)
    }

    func setRemote(_ session: MediaSessionID, to audio: NegotiatedAudio) async throws(MediaPlaneError) {
        try await plane.setRemote(session, to: audio)
        await note(.setRemote)
    }

    // MARK: The rest

    func open(_ session: MediaSessionID) async -> AsyncStream<MediaSessionNotice> { await plane.open(session) }

    func connectEngine(
        _ session: MediaSessionID,
        to endpoint: EngineEndpoint,
        with configuration: EngineSessionConfiguration,
        within limit: Duration
    ) async throws(EngineConnectError) {
        try await plane.connectEngine(session, to: endpoint, with: configuration, within: limit)
    }

    func allocateLeg(
        _ session: MediaSessionID, towards remote: String?
    ) async throws(MediaPlaneError) -> LocalMediaAddress {
        try await plane.allocateLeg(session, towards: remote)
    }

    func send(_ command: EngineCommand, to session: MediaSessionID, as number: MediaCommandID?) async {
        await plane.send(command, to: session, as: number)
    }

    func disconnectEngine(_ session: MediaSessionID) async { await plane.disconnectEngine(session) }

    func play(
        file path: String,
        _ options: PlaybackOptions,
        on session: MediaSessionID,
        as number: MediaCommandID?
    ) async throws(MediaPlaneError) {
        try await plane.play(file: path, options, on: session, as: number)
    }

    func sendDigits(
        _ digits: String, on session: MediaSessionID, as number: MediaCommandID?
    ) async throws(MediaPlaneError) {
        try await plane.sendDigits(digits, on: session, as: number)
    }

    func receiveDigit(_ digit: Character, on session: MediaSessionID, as number: MediaCommandID?) async {
        await plane.receiveDigit(digit, on: session, as: number)
    }

    func record(_ session: MediaSessionID, _ plan: RecordingPlan) async throws(MediaPlaneError) {
        try await plane.record(session, plan)
    }

    func drainPlayback(_ session: MediaSessionID, atMost limit: Duration) async {
        await plane.drainPlayback(session, atMost: limit)
    }

    func unbridge(_ session: MediaSessionID) async { await plane.unbridge(session) }

    func status() async -> MediaPlaneStatus { await plane.status() }
}
