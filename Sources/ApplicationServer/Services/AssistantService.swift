import Media
import SIP
import VoiceEngine

/// A conversation with an AI engine: answers when the engine is ready, follows what it asks for, and hands the call
/// to the fallback when it is not there.
public struct AssistantService: CallService {
    public struct Configuration: Sendable {
        public var engine: EngineEndpoint
        public var session: EngineSessionConfiguration
        /// What the engine is told to say first; `nil` lets the caller begin.
        public var greeting: String?
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
    }

    public let configuration: Configuration
    /// Counts transfers against the policy; shared by the calls of the service.
    public let quota: CallQuota
    public var runsOnEventLoop: Bool { true }

    /// The functions of a session are added to those that the configuration brings.
    public init(_ configuration: Configuration) {
        var configuration = configuration
        configuration.session.tools += AssistantTool.all(targets: configuration.transferTargets.keys.sorted())
        configuration.policy.names.merge(configuration.transferTargets) { $1 }
        quota = CallQuota(configuration.policy)
        self.configuration = configuration
    }

    public func handle(_ call: consuming IncomingCall) async throws {
        let server = call.call.server
        guard !call.exceedsCapacity else {
            await call.note("capacity", "no room for another call")
            return await fallBack(call, because: "capacity")
        }
        guard await server.admitsEngine(configuration.engine.name) else {
            await call.note("engine-down", configuration.engine.name)
            return await fallBack(call, because: "engine-down")
        }
        let limit = (configuration.fallback?.engineTimeout ?? .milliseconds(1_500)) - call.age
        do throws(EngineConnectError) {
            try await call.connectEngine(configuration.engine, configuration.session, within: max(limit, .zero))
        } catch {
            await server.reportEngine(configuration.engine.name, succeeded: false)
            return await fallBack(call, because: "engine-failed")
        }
        await server.reportEngine(configuration.engine.name, succeeded: true)
        do {
            try await call.prepareMedia()
        } catch CallError.notAcceptable(let reason) {
            await call.note("offer-refused", reason)
            return await call.reject(.notAcceptableHere)
        } catch CallError.unsupportedExtensions(let options) {
            return await call.reject(.badExtension, headers: CallCore.unsupported(options))
        } catch {
            await call.note("media-failed", "\(error)")
            return await fallBack(call, because: "media-failed")
        }
        let answered = try await call.answer()
        await converse(answered)
    }

    private func fallBack(_ call: consuming IncomingCall, because reason: String) async {
        await call.call.server.count { $0.fallbacks += 1 }
        if let target = configuration.fallback?.routeTarget {
            await call.route(to: target, handOver: configuration.handOver, because: reason)
        } else if let targets = configuration.fallback?.forwardTargets {
            await call.forward(to: targets)
        } else {
            await call.reject(.serviceUnavailable, retryAfter: Int.random(in: 1...10))
        }
    }

    // MARK: Conversation

    private func converse(_ call: AnsweredCall) async {
        if let directory = configuration.recordingDirectory {
            let name = call.core.session.rawValue.filter { $0.isLetter || $0.isNumber || $0 == "-" }
            do {
                switch configuration.recordingLayout {
                case .separate:
                    try await call.record(
                        received: "\(directory)/\(name)-caller.wav",
                        sent: "\(directory)/\(name)-engine.wav"
                    )
                case .stereo:
                    try await call.record(.stereo("\(directory)/\(name).wav"))
                }
            } catch {
                await call.note("recording-failed", "\(error)")
            }
        }
        if let greeting = configuration.greeting { await call.send(.startTurn(instructions: greeting)) }
        await withDiscardingTaskGroup { group in
            group.addTask {
                _ = try? await Task.sleep(for: configuration.maximumDuration)
                if !Task.isCancelled { await call.hangUp(reason: "SIP;cause=480;text=\"Maximum duration\"") }
            }
            for await event in call.events {
                if await isLast(event, in: call) { break }
            }
            // The rest of a transferred call is the relay's.
            group.cancelAll()
        }
    }

    /// - Returns: Whether the conversation with the engine is over.
    private func isLast(_ event: CallEvent, in call: AnsweredCall) async -> Bool {
        switch event {
        case .ended:
            return true
        case .media(.engine(.toolCall(let tool))):
            return await perform(tool, in: call)
        case .media(.engine(.transferRequested(let request))):
            return await transfer(requested: request, in: call)
        case .media(.engine(.closed(let reason))):
            guard reason != .local else { return false }
            await call.core.server.count { $0.enginesLost += 1 }
            await call.core.server.reportEngine(configuration.engine.name, succeeded: false)
            await rescue(call)
            return true
        case .media(.digit(let digit)):
            await call.send(.digit(digit))
            return false
        case .media(.keyAgreementFailed):
            // Both sides would hear nothing.
            await call.hangUp(reason: "SIP;cause=488;text=\"No media keys\"")
            return true
        case .media(.inactive):
            // Neither RTP nor RTCP: the caller is gone and its BYE was lost.
            await call.hangUp(reason: "SIP;cause=408;text=\"No media\"")
            return true
        case .media, .held, .replaced:
            return false
        }
    }
}
