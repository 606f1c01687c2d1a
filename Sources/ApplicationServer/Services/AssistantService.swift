import Media
import SIP
import VoiceEngine

/// A conversation with an AI engine: answers when the engine is ready, follows what it asks for, changes to another
/// engine when it fails, and hands the call to the fallback when none is there.
public struct AssistantService: CallService {
    public struct Configuration: Sendable {
        public var engine: EngineEndpoint
        /// Further engines, in the order in which they are tried when the first does not take the call, or is lost.
        public var alternatives: [EngineEndpoint] = []
        public var session: EngineSessionConfiguration
        /// What the engine is told to say first; `nil` lets the caller begin.
        public var greeting: String?
        public var conversation = ConversationPolicy()
        public var fallback: EngineFallback?
        /// Where the engine may send a call, by the name it uses; anything else it asks for is refused.
        public var transferTargets: [String: String]
        public var transfer: TransferSettings
        /// Beside ``transferTargets``, which are always allowed.
        public var policy = CallPolicy()
        /// What goes along to whoever takes a call over.
        public var handOver = HandOverFormat()
        /// Records both directions into `<directory>/<session>-caller.wav` and `-engine.wav`, or `<session>.wav`.
        public var recordingDirectory: String?
        public var recordingLayout = RecordingLayout.separate
        /// Functions of the service's own that the engine may call.
        public var tools: (any ToolRunner)?
        /// A call ends after this long.
        public var maximumDuration: Duration

        public init(
            engine: EngineEndpoint,
            session: EngineSessionConfiguration,
            greeting: String? = nil,
            fallback: EngineFallback? = nil,
            transferTargets: [String: String] = [:],
            transferMethod: TransferMethod = .reinvite,
            recordingDirectory: String? = nil,
            maximumDuration: Duration = .seconds(3_600)
        ) {
            self.engine = engine
            self.session = session
            self.greeting = greeting
            self.fallback = fallback
            self.transferTargets = transferTargets
            transfer = TransferSettings(ways: [transferMethod])
            self.recordingDirectory = recordingDirectory
            self.maximumDuration = maximumDuration
        }

        var engines: [EngineEndpoint] { [engine] + alternatives }
    }

    public let configuration: Configuration
    /// Counts transfers against the policy; shared by the calls of the service.
    public let quota: CallQuota
    public var runsOnEventLoop: Bool { true }

    /// The functions of a session are added to those that the configuration brings.
    public init(_ configuration: Configuration) {
        var configuration = configuration
        configuration.session.tools += AssistantTool.all(targets: configuration.transferTargets.keys.sorted())
        configuration.session.tools += configuration.tools?.tools ?? []
        configuration.policy.names.merge(configuration.transferTargets) { $1 }
        quota = CallQuota(configuration.policy)
        self.configuration = configuration
    }

    public func handle(_ call: consuming IncomingCall) async throws {
        switch await decide(on: call) {
        case .converse(let engine): await converse(try await call.answer(), with: engine)
        case .fallBack(let reason): await fallBack(call, because: reason)
        case .reject(let status, let headers): await call.reject(status, headers: headers)
        }
    }

    private enum Decision {
        /// With the engine of that index, which is connected.
        case converse(Int)
        case fallBack(because: String)
        case reject(StatusCode, SIPHeaders)
    }

    /// A function of its own, so that what it needs is gone when the call goes on.
    @inline(never)
    private func decide(on call: borrowing IncomingCall) async -> Decision {
        guard !call.exceedsCapacity else {
            await call.note("capacity", "no room for another call")
            return .fallBack(because: "capacity")
        }
        let core = call.call
        let engine: Int
        switch await core.whileCallerWaits({ await connectFirst(for: core) }) {
        case .success(let index)?: engine = index
        case .failure(let reason)?: return .fallBack(because: reason.rawValue)
        case nil: return .reject(.requestTerminated, SIPHeaders())
        }
        switch await call.mediaObstacle() {
        case .refused(let status, let headers)?: return .reject(status, headers)
        case .failed?: return .fallBack(because: MediaObstacle.reason)
        case nil: return .converse(engine)
        }
    }

    enum NoEngine: String, Error {
        /// None is known to be up.
        case down = "engine-down"
        case failed = "engine-failed"
    }

    /// Connects the first engine that is there. Each has its share of what is left of the time, so that one that says
    /// nothing leaves some for those after it.
    func connectFirst(for call: CallCore) async -> Result<Int, NoEngine> {
        let server = call.server
        let timeout = configuration.fallback?.engineTimeout ?? .milliseconds(1_500)
        // The decision is made before the time is over, not when it is.
        let limit = timeout - min(timeout / 20, .milliseconds(75))
        var candidates: [Int] = []
        for (index, engine) in configuration.engines.enumerated() {
            if await server.admitsEngine(engine.name) {
                candidates.append(index)
            } else {
                await call.note("engine-down", engine.name)
            }
        }
        guard !candidates.isEmpty else { return .failure(.down) }
        for (position, index) in candidates.enumerated() {
            let engine = configuration.engines[index]
            let share = max(limit - call.age, .zero) / (candidates.count - position)
            do throws(EngineConnectError) {
                try await call.connectEngine(engine, configuration.session, within: share)
                await server.engineConnected(engine.name)
                return .success(index)
            } catch .sessionReleased {
                return .failure(.failed)
            } catch {
                await server.engineFailed(engine, configuration.session, inCall: false)
            }
        }
        return .failure(.failed)
    }

    private func fallBack(_ call: consuming IncomingCall, because reason: String) async {
        await call.call.server.count { $0.fallbacks += 1 }
        await call.fallBack(to: configuration.fallback, handOver: configuration.handOver, because: reason)
    }

    /// Begins the recording that the service is configured for.
    func record(_ call: AnsweredCall) async {
        guard let directory = configuration.recordingDirectory else { return }
        do {
            try await call.record(into: directory, as: configuration.recordingLayout)
        } catch {
            await call.note("recording-failed", "\(error)")
        }
    }
}
