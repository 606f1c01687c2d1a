import Media
import NIOCore
import SIP

/// Answers, lets callers wait in the order they came, and connects each with an agent who is free.
public struct QueueService: CallService {
    public struct Configuration: Sendable, Hashable {
        /// Names of ``OnwardSettings/targets``, or what its policy allows beside.
        public var agents: [String]
        public var order = AgentOrder.linear
        /// How long one agent's telephone may ring.
        public var ringTime = Duration.seconds(15)
        /// How long an agent is left alone who did not take a call.
        public var pause = Duration.seconds(10)
        /// How long an agent is left alone after a call.
        public var wrapUp = Duration.zero
        /// `nil`: for ever.
        public var longestWait: Duration? = .seconds(600)
        /// Callers who wait at a time.
        public var capacity = 20
        /// What they hear, again and again.
        public var music = Announcement.Sound.tone(.waiting, .seconds(75))
        /// What they are told at the beginning and every ``interval``.
        public var announcement: [Announcement.Sound] = []
        public var interval = Duration.seconds(30)
        /// Who takes a caller for whom there is no place, or who has waited long enough; `nil`: 486, or hung up.
        public var overflow: String?
        /// Its ways must keep us in signalling, or nobody would know when an agent is free again.
        public var onward: OnwardSettings

        public init(agents: [String], onward: OnwardSettings) {
            self.agents = agents
            self.onward = onward
        }

        var rules: WaitingLine.Rules {
            WaitingLine.Rules(
                agents: agents.count, order: order, ringTime: ringTime, pause: pause, wrapUp: wrapUp,
                longestWait: longestWait, capacity: capacity)
        }
    }

    public let configuration: Configuration
    private let desk: QueueDesk
    private let onward: OnwardCalls
    public var runsOnEventLoop: Bool { true }

    public init(_ configuration: Configuration) {
        self.configuration = configuration
        desk = QueueDesk(configuration.rules)
        onward = OnwardCalls(configuration.onward)
    }

    /// Callers who wait now.
    public var waiting: Int { get async { await desk.waiting } }
    public var counts: QueueCounts { get async { await desk.counts } }

    public func handle(_ call: consuming IncomingCall) async throws {
        let server = call.call.server
        guard !call.exceedsCapacity, let place = await desk.join(server) else {
            await call.note("queue-full")
            guard let overflow = configuration.overflow else { return await call.reject(.busyHere) }
            return await onward.route(call, to: overflow, because: "queue-full")
        }
        let answered: AnsweredCall
        do {
            answered = try await call.answer()
        } catch {
            await desk.leave(place, isAbandoned: true, server)
            throw error
        }
        await answered.note("queued")
        await wait(answered, at: place)
    }

    // MARK: Waiting

    private enum Input: Sendable {
        case call(CallEvent)
        case signal(QueueDesk.Signal)
        case attempt(isConnected: Bool)
        case announcementDue
    }

    private enum Stage {
        case waiting, ringing, connected, leaving
    }

    private func wait(_ call: AnsweredCall, at place: QueueDesk.Place) async {
        let server = call.core.server
        let (inputs, continuation) = AsyncStream.makeStream(of: Input.self)
        let reminder = reminder(on: server.stack.eventLoop, continuation)
        var stage = Stage.waiting
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await event in call.events { continuation.yield(.call(event)) }
                continuation.finish()
            }
            group.addTask {
                for await signal in place.signals { continuation.yield(.signal(signal)) }
            }
            await entertain(call, announcing: true)
            following: for await input in inputs {
                switch (input, stage) {
                case (.call(.ended), _):
                    break following
                case (.call(.media(let event)), _) where CallEndCause(event) != nil:
                    await call.hangUp(reason: CallEndCause(event)?.reason)
                case (.call(.media(.playbackFinished)), .waiting):
                    await entertain(call, announcing: false)
                case (.announcementDue, .waiting) where !configuration.announcement.isEmpty:
                    await call.stopPlayback()
                    await entertain(call, announcing: true)
                case (.signal(.call(let agent, let limit)), .waiting):
                    stage = .ringing
                    group.addTask {
                        continuation.yield(.attempt(isConnected: await connect(call, agent, limit)))
                    }
                case (.signal(.giveUp), .waiting):
                    stage = .leaving
                    group.addTask { await overflow(call) }
                case (.attempt(isConnected: true), .ringing):
                    stage = .connected
                    await desk.connected(place, server)
                    await call.core.noteWait()
                case (.attempt(isConnected: false), .ringing):
                    stage = .waiting
                    await entertain(call, announcing: false)
                    await desk.failed(place, server)
                default:
                    break
                }
            }
            reminder?.cancel()
            await desk.leave(place, isAbandoned: stage == .waiting || stage == .ringing, server)
            if stage != .connected { await call.core.noteWait() }
            group.cancelAll()
        }
    }

    private func reminder(
        on eventLoop: any EventLoop, _ inputs: AsyncStream<Input>.Continuation
    ) -> RepeatedTask? {
        guard !configuration.announcement.isEmpty else { return nil }
        let interval = TimeAmount(configuration.interval)
        return eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            inputs.yield(.announcementDue)
        }
    }

    /// What the caller hears while nobody is there; a file goes on by itself, a tone is played again at its end.
    private func entertain(_ call: AnsweredCall, announcing: Bool) async {
        do {
            if announcing {
                for sound in configuration.announcement { try await call.core.play(sound) }
            }
            if case .file(let path) = configuration.music {
                try await call.play(file: path, PlaybackOptions(fadeIn: 60, fadeOut: 60, isLooped: true))
            } else {
                try await call.core.play(configuration.music)
            }
        } catch {
            await call.note("music-failed", "\(error)")
        }
    }

    /// - Returns: Whether caller and agent talk.
    private func connect(_ call: AnsweredCall, _ agent: Int, _ limit: Duration) async -> Bool {
        guard configuration.agents.indices.contains(agent) else { return false }
        do {
            try await onward.transfer(
                call, to: configuration.agents[agent], isAlone: true, ringTime: limit, because: "queue")
            return true
        } catch {
            return false
        }
    }

    private func overflow(_ call: AnsweredCall) async {
        await call.note("queue-overflow")
        if let overflow = configuration.overflow,
            (try? await onward.transfer(call, to: overflow, because: "queue-overflow")) != nil
        {
            return
        }
        await call.hangUp(reason: "SIP;cause=480;text=\"Nobody there\"")
    }
}
