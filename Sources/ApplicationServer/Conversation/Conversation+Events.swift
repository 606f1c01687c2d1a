import Media
import Timing
import VoiceEngine

/// What happens.
extension Conversation {
    mutating func handle(
        _ event: ConversationEvent,
        at now: MonotonicTime,
        into actions: inout [ConversationAction]
    ) {
        guard phase != .over else { return }
        switch event {
        case .media(.engine(let event)):
            handle(event, at: now, into: &actions)
        case .media(let event):
            handle(event, at: now, into: &actions)
        case .held(let isHeld):
            self.isHeld = isHeld
            actions.append(.send(.hold(isHeld)))
            if isHeld {
                stopFiller(at: now, into: &actions)
            } else {
                // Nobody is blamed for the time on hold.
                due?.lastSign = now
                due?.asked = now
                due?.isMeasured = false
                if silenceSince != nil { silenceSince = now }
            }
        case .workflowFinished(let id):
            guard workflows.remove(id) != nil, workflows.isEmpty else { return }
            let since = workflowsSince ?? now
            workflowsSince = nil
            // The wait goes on, and the filler with it.
            due = DueTurn(since: since, at: now, isMeasured: false)
        case .stays:
            guard phase == .leaving else { return }
            phase = .conversing
            expectTurn(since: now, at: now)
            if let lost = lostWhileLeaving { closed(lost, at: now, into: &actions) }
        case .returned:
            callerReturned(at: now, into: &actions)
        case .engineConnected(let engine):
            engineConnected(engine, at: now, into: &actions)
        case .noEngineLeft:
            noEngineLeft(at: now, into: &actions)
        }
    }

    private mutating func handle(
        _ event: MediaSessionEvent,
        at now: MonotonicTime,
        into actions: inout [ConversationAction]
    ) {
        switch event {
        case .turnSent(let turn, _):
            turnBegan(turn, at: now, into: &actions)
        case .turnStarved(let turn):
            turnStarved(turn, at: now)
        case .turnPlayed(let turn), .bargeIn(let turn, _):
            turnOver(turn, at: now, into: &actions)
        case .peerSpeaking:
            if callerSpeaksSince == nil { callerBegan(isKnownToEngine: false, at: now, into: &actions) }
        case .peerSilent:
            weHeardEnd(at: now)
        case .digit(let digit):
            press(digit, at: now, into: &actions)
        case .keyAgreementFailed, .inactive:
            if let cause = CallEndCause(event) { finish(cause, into: &actions) }
        case .engine, .turnAudible, .firstPacketReceived, .firstSoundReceived, .playbackFinished:
            break
        }
    }

    private mutating func handle(
        _ event: EngineEvent,
        at now: MonotonicTime,
        into actions: inout [ConversationAction]
    ) {
        due?.lastSign = now
        switch event {
        case .userSpeechStarted:
            callerBegan(isKnownToEngine: true, at: now, into: &actions)
        case .userSpeechStopped:
            engineHeardEnd(at: now)
        case .transcript(let speaker, let text, let isFinal):
            transcript.add(text, by: speaker, isFinal: isFinal)
        case .turnEnded(let turn, let outcome) where turn == starved && outcome != .failed:
            turnEndedLate(at: now, into: &actions)
        case .turnEnded(_, .failed) where due != nil && playing == nil:
            guard untried.isEmpty else { return fail(.turnFailed, at: now, into: &actions) }
            due?.isKnownToEngine = false
        case .turnEnded(_, .completed) where due != nil && playing == nil:
            // Without a word, unless its audio is about to be sent: the engine is asked again before it is given up.
            due?.isKnownToEngine = false
        case .error(let fault) where !fault.isRecoverable:
            fail(.fault(fault), at: now, into: &actions)
        case .closed(.remote(code: 1_000)) where engine.capabilities.hangsUpByClosing && phase == .conversing:
            leave(at: now, into: &actions)
            actions.append(.perform(.hangUp(reason: nil)))
        case .closed(let reason):
            closed(reason, at: now, into: &actions)
        case .resumable(let resumption):
            self.resumption = resumption
        case .goingAway(let time):
            goesAway(within: time, at: now, into: &actions)
        case .toolCall(let tool):
            if AssistantTool.endsConversation(tool.name) {
                ask(for: .tool(tool), at: now, into: &actions)
            } else {
                begin(workflow: tool.id, at: now)
                actions.append(.perform(.tool(tool)))
            }
        case .toolCallCancelled(let id):
            // Its result is not sent, and no turn follows from it.
            if workflows.remove(id) != nil, workflows.isEmpty {
                workflowsSince = nil
                if due == nil { stopFiller(at: now, into: &actions) }
            }
            actions.append(.perform(.cancelTool(id: id)))
        case .transferRequested(let request):
            ask(for: .transfer(request), at: now, into: &actions)
        case .hangUpRequested(let reason):
            ask(for: .hangUp(reason: reason), at: now, into: &actions)
        case .digitsRequested(let digits):
            actions.append(.perform(.digits(digits)))
        case .variables(let values):
            actions.append(.perform(.variables(values)))
        case .ready, .turnStarted, .turnEnded, .thinking, .interrupted, .usage, .error:
            break
        }
    }

    /// The call is about to be transferred or hung up: nothing more is asked of the engine.
    private mutating func leave(at now: MonotonicTime, into actions: inout [ConversationAction]) {
        guard phase == .conversing else { return }
        phase = .leaving
        due = nil
        silenceSince = nil
        stopFiller(at: now, into: &actions)
    }

    /// The engine wants the call to leave it. While that is under way it is not asked for once more: a transfer is not
    /// cut short by an engine that hangs up behind it. If it fails the engine is told, and may ask again.
    private mutating func ask(
        for request: EngineRequest,
        at now: MonotonicTime,
        into actions: inout [ConversationAction]
    ) {
        guard phase != .leaving else {
            actions.append(.note("engine-not-heard", "a transfer or the end of the call is under way"))
            guard case .tool(let tool) = request else { return }
            let output = #"{"error":"a transfer is under way"}"#
            return actions.append(.send(.toolResult(id: tool.id, output: output, continueTurn: false)))
        }
        leave(at: now, into: &actions)
        actions.append(.perform(request))
    }

    /// A function of the engine's is carried out.
    private mutating func begin(workflow id: String, at now: MonotonicTime) {
        guard phase == .conversing else { return }
        workflows.insert(id)
        workflowsSince = workflowsSince ?? due?.since ?? now
        // The turn that called the function is over without a word.
        due = nil
        silenceSince = nil
    }

    /// The present engine ends the session soon: it is left when nobody speaks, or shortly before.
    private mutating func goesAway(
        within time: Duration?,
        at now: MonotonicTime,
        into actions: inout [ConversationAction]
    ) {
        guard phase == .conversing, engineLeavesAt == nil else { return }
        let limit = max((time ?? .seconds(10)) - .seconds(2), .zero)
        engineLeavesAt = now + limit
        actions.append(.note("engine-goes-away", time.map { "within \($0)" } ?? ""))
        if due == nil, playing == nil, !callerSpeaks, workflows.isEmpty { leaveEngine(at: now, into: &actions) }
    }
}
