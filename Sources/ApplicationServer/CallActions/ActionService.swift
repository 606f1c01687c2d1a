import Media
import SIP

/// A call that a program outside leads by lists of actions: it says whether and when the call is answered, what is heard,
/// which keys are gathered and where the call goes. When the program fails, is slow or talks nonsense, the call goes to
/// the fallback.
public struct ActionService: CallService {
    public struct Configuration: Sendable {
        public var source: any CallActionSource
        /// `nil`: nothing can be said.
        public var speech: (any SpeechRenderer)?
        /// `nil`: no file can be played.
        public var files: MediaFolder?
        /// Where a call goes that nobody leads: before the answer as it says, after it to its URI.
        public var fallback: EngineFallback?
        /// WAV file that is heard before that, after the answer.
        public var announcement: String?
        public var filler = FillerPolicy()
        /// Where calls may be routed and transferred to.
        public var onward = OnwardSettings()
        /// `nil`: nothing is recorded.
        public var recordingDirectory: String?
        public var recordingLayout = RecordingLayout.separate
        public var maximumDuration = Duration.seconds(3_600)

        public init(source: any CallActionSource) {
            self.source = source
        }
    }

    public let configuration: Configuration
    /// Shared by the calls of the service.
    let onward: OnwardCalls
    public var runsOnEventLoop: Bool { true }

    public init(_ configuration: Configuration) {
        self.configuration = configuration
        onward = OnwardCalls(configuration.onward)
    }

    public func handle(_ call: consuming IncomingCall) async throws {
        let core = call.call
        guard !call.exceedsCapacity else {
            await call.note("capacity", "no room for another call")
            return await fallBack(call, ActionBeginning(), because: "capacity")
        }
        let context = CallActionContext(call.request, callID: call.callID, service: await core.record.service)
        var (beginning, decision) = await decide(core, context)
        if case .answer = decision, let obstacle = await call.mediaObstacle() {
            beginning.note(.answer, failed: MediaObstacle.reason)
            switch obstacle {
            case .refused(let status, let headers):
                await call.reject(status, headers: headers)
                return await tell(beginning.ended("not-answered"), of: context)
            case .failed:
                decision = .fallBack(MediaObstacle.reason)
            }
        }
        switch decision {
        case .answer(let rest):
            let answered: AnsweredCall
            do {
                answered = try await call.answer()
            } catch {
                beginning.note(.answer, failed: "not-possible")
                await tell(beginning.ended("not-answered"), of: context)
                throw error
            }
            beginning.note(.answer)
            await lead(answered, by: rest, after: beginning, context)
        case .reject(let status, let retryAfter):
            await call.reject(status, retryAfter: retryAfter)
            await tell(beginning.ended("rejected"), of: context)
        case .route(let admission):
            await call.route(
                to: .direct(admission.uri),
                handOver: configuration.onward.handOver,
                because: "routed",
                variables: beginning.data
            )
            admission.place.giveBack()
            await tell(beginning.ended("routed"), of: context)
        case .routeAway:
            await fallBack(call, beginning, because: "routed")
            await tell(beginning.ended("routed"), of: context)
        case .fallBack(let reason):
            await call.note("abandoned", reason)
            await core.server.count { $0.fallbacks += 1 }
            await fallBack(call, beginning, because: reason)
            await tell(beginning.ended("fallback"), of: context)
        case .cancelled:
            await call.reject(.requestTerminated)
            await tell(beginning.ended("cancelled"), of: context)
        }
    }

    private func fallBack(
        _ call: consuming IncomingCall,
        _ beginning: ActionBeginning,
        because reason: String
    ) async {
        await call.fallBack(
            to: configuration.fallback,
            handOver: configuration.onward.handOver,
            because: reason,
            variables: beginning.data
        )
    }

    // MARK: Questions

    /// Asks what is to be done, with a line for the call's record.
    func ask(
        _ event: CallActionEvent,
        of context: CallActionContext,
        _ core: CallCore,
        within limit: Duration? = nil
    ) async -> Result<[CallAction], CallActionSourceFailure> {
        let answer = await configuration.source.actions(after: event, of: context, within: limit)
        switch answer {
        case .success(let actions):
            let names = actions.map(\.name.rawValue).joined(separator: " ")
            await core.note("actions", "\(event.kind.name): \(names.isEmpty ? "none" : names.cut(to: 256))")
        case .failure(let failure):
            await core.note("no-actions", "\(event.kind.name): \(failure.reason)")
        }
        return answer
    }

    /// Tells of the end of a call. Nobody waits for what comes of it.
    func tell(_ event: CallActionEvent, of context: CallActionContext) async {
        _ = await configuration.source.actions(after: event, of: context, within: nil)
    }
}
