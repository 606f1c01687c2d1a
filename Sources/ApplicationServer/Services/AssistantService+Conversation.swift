import Media
import SIP
import Timing
import VoiceEngine

/// Carries out what a ``Conversation`` decides.
extension AssistantService {
    /// What the task of a conversation is woken by.
    private enum Input: Sendable {
        case call(CallEvent)
        case deadline
        case conversation(ConversationEvent)
        /// The engine is not needed any more.
        case done
    }

    /// Leads the conversation until it is over or the call goes to somebody else.
    ///
    /// - Parameter engine: The one that is connected, by its place in the configuration.
    func converse(_ call: AnsweredCall, with engine: Int) async {
        await record(call)
        let server = call.core.server
        let (inputs, continuation) = AsyncStream.makeStream(of: Input.self)
        var alarm = Alarm(server.stack.eventLoop) { continuation.yield(.deadline) }
        var conversation = Conversation(
            configuration.conversation,
            engine: await profile(of: engine, for: call),
            endOfTurnSilence: .milliseconds(configuration.session.endOfTurnSilence),
            engineCount: configuration.engines.count,
            hasHuman: configuration.fallback?.uri != nil,
            maximumDuration: configuration.maximumDuration,
            at: server.now
        )
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await event in call.events { continuation.yield(.call(event)) }
                continuation.finish()
            }
            var actions: [ConversationAction] = []
            if let greeting = configuration.greeting {
                conversation.startTurn(greeting, at: server.now, into: &actions)
            }
            await carryOut(actions, in: call, &group, continuation)
            alarm.set(to: conversation.nextDeadline, at: server.now)
            var isAway = false
            following: for await input in inputs {
                let now = server.now
                actions.removeAll(keepingCapacity: true)
                switch input {
                case .call(.ended):
                    break following
                case .done:
                    // The rest of a transferred call is the relay's, until the caller comes back.
                    guard configuration.transfer.afterTarget == .returnToService else { break following }
                    isAway = conversation.phase == .leaving
                    if isAway { alarm.set(to: nil, at: now) }
                    continue following
                case .call(.returned):
                    isAway = false
                    conversation.handle(.returned, at: now, into: &actions)
                case _ where isAway:
                    if case .deadline = input { alarm.hasFired() }
                    continue following
                case .call(.media(let event)): conversation.handle(.media(event), at: now, into: &actions)
                case .call(.held(let isHeld)): conversation.handle(.held(isHeld), at: now, into: &actions)
                case .call(.replaced): break
                case .conversation(let event): conversation.handle(event, at: now, into: &actions)
                case .deadline: alarm.hasFired()
                }
                conversation.handleDeadlines(at: now, into: &actions)
                if !actions.isEmpty { await carryOut(actions, in: call, &group, continuation) }
                alarm.set(to: conversation.nextDeadline, at: now)
            }
            alarm.set(to: nil, at: server.now)
            group.cancelAll()
        }
    }

    private func profile(of index: Int, for call: AnsweredCall, isResumed: Bool = false) async -> ConversationEngine {
        let engine = configuration.engines[index]
        return ConversationEngine(
            index: index,
            capabilities: engine.dialect.capabilities,
            expectedAnswer: await call.core.server.expectedAnswer(of: engine.name),
            isResumed: isResumed
        )
    }

    // MARK: Actions

    private func carryOut(
        _ actions: [ConversationAction],
        in call: AnsweredCall,
        _ group: inout DiscardingTaskGroup,
        _ inputs: AsyncStream<Input>.Continuation
    ) async {
        for action in actions {
            switch action {
            case .startFiller(let sound):
                await startFiller(sound, in: call)
            case .stopFiller:
                await call.stopPlayback()
            case .send(let command):
                await call.send(command)
            case .note(let event, let detail):
                await call.note(event, detail)
            case .engineAnswered(let index, let time):
                await call.core.server.engineAnswered(configuration.engines[index].name, after: time)
            case .engineFailed(let index, let failure):
                let engine = configuration.engines[index]
                await call.note("engine-lost", "\(engine.name): \(failure.summary)")
                await call.core.server.count { $0.enginesLost += 1 }
                await call.core.server.engineFailed(engine, configuration.session, inCall: true)
            case .connect(let candidates, let history, let resumption):
                group.addTask {
                    let event = await connect(candidates, history, resumption, for: call)
                    inputs.yield(.conversation(event))
                }
            case .perform(let request):
                group.addTask { await perform(request, in: call, inputs) }
            case .handToHuman(let failure):
                await call.note("rescue", failure.summary)
                group.addTask {
                    await call.disconnectEngine()
                    await rescue(call)
                    inputs.yield(.done)
                }
            case .transferSilentCaller:
                group.addTask {
                    await rescue(call)
                    inputs.yield(.done)
                }
            case .hangUp(let cause):
                await call.hangUp(reason: cause.reason)
                inputs.yield(.done)
            }
        }
    }

    private func startFiller(_ sound: FillerStep.Sound, in call: AnsweredCall) async {
        await call.note("filler")
        switch sound {
        case .tone:
            try? await call.play(tone: .waiting, for: .seconds(75))
        case .file(let path, let isLooped):
            var options = PlaybackOptions.filler
            options.isLooped = isLooped
            do {
                try await call.play(file: path, options)
            } catch {
                await call.note("filler-failed", "\(error)")
                try? await call.play(tone: .waiting, for: .seconds(75))
            }
        case .speech:
            break  // Said by the engine.
        }
    }

    /// Connects the first of these engines that is there.
    private func connect(
        _ candidates: [Int],
        _ history: [EngineUtterance],
        _ resumption: EngineResumption?,
        for call: AnsweredCall
    ) async -> ConversationEvent {
        let server = call.core.server
        var resumption = resumption
        for index in candidates {
            let engine = configuration.engines[index]
            guard await server.admitsEngine(engine.name) else { continue }
            var settings = configuration.session
            settings.resumption = resumption
            if resumption == nil { settings.add(history, for: engine.dialect.capabilities) }
            do throws(EngineConnectError) {
                try await call.connectEngine(engine, settings, within: configuration.conversation.connectTimeout)
                await server.engineConnected(engine.name)
                await server.count { $0.enginesChanged += 1 }
                return .engineConnected(await profile(of: index, for: call, isResumed: resumption != nil))
            } catch .sessionReleased {
                break
            } catch {
                await server.engineFailed(engine, configuration.session, inCall: false)
            }
            resumption = nil
        }
        return .noEngineLeft
    }

    /// Does what the engine asks for, without holding up the conversation.
    private func perform(
        _ request: EngineRequest,
        in call: AnsweredCall,
        _ inputs: AsyncStream<Input>.Continuation
    ) async {
        let isOver: Bool
        switch request {
        case .tool(let tool) where AssistantTool.endsConversation(tool.name):
            isOver = await perform(tool, in: call)
        case .tool(let tool):
            isOver = await perform(tool, in: call)
            inputs.yield(isOver ? .done : .conversation(.workflowFinished(id: tool.id)))
            return
        case .transfer(let request):
            isOver = await transfer(requested: request, in: call)
        case .hangUp(let reason):
            await call.note("engine-hangs-up", reason ?? "")
            await call.drainPlayback(atMost: .seconds(30))
            await call.hangUp()
            isOver = true
        case .digits(let digits):
            do {
                try await call.sendDigits(digits)
            } catch {
                await call.note("digits-failed", "\(error)")
            }
            return
        case .cancelTool, .variables:
            return
        }
        inputs.yield(isOver ? .done : .conversation(.stays))
    }
}

extension EngineSessionConfiguration {
    /// What was said before; in the instructions for an engine that takes no history.
    mutating func add(_ history: [EngineUtterance], for capabilities: EngineCapabilities) {
        guard !history.isEmpty else { return }
        self.history = history
        guard !capabilities.takesHistory else { return }
        let lines = history.map { "\($0.speaker == .caller ? "Caller" : "You"): \($0.text)" }
        instructions = [instructions, "What was said so far:\n" + lines.joined(separator: "\n")]
            .compactMap { $0 }.joined(separator: "\n\n")
    }
}
