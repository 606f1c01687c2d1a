import Timing
import VoiceEngine

/// From one engine to another.
extension Conversation {
    /// Nothing came of a turn that was due.
    mutating func stall(at now: MonotonicTime, into actions: inout [ConversationAction]) {
        guard let waiting = due else { return }
        // The engine may not have heard the caller, or had nothing to say: it is asked before it is given up.
        if !waiting.isKnownToEngine, engine.capabilities.speaksOnRequest, now < waiting.asked + policy.longestWait {
            actions.append(.note("no-match", "the engine is asked to have it said again"))
            actions.append(.send(.startTurn(instructions: policy.silence.repetition)))
            due = DueTurn(since: waiting.since, at: now, isMeasured: false)
            return
        }
        guard waiting.isKnownToEngine else {
            due = nil
            return
        }
        fail(.stalled, at: now, into: &actions)
    }

    /// The turn that is due has taken longer than a turn may.
    mutating func countSlowTurn(at now: MonotonicTime, into actions: inout [ConversationAction]) {
        due?.isCountedSlow = true
        slowTurns += 1
        actions.append(.note("slow-turn", "\(slowTurns) in a row"))
        guard slowTurns >= policy.slowTurnLimit else { return }
        // A slow engine is better than none.
        guard hasHuman || !untried.isEmpty else { return }
        fail(.slow, at: now, into: &actions)
    }

    /// The engine's connection is gone.
    mutating func closed(
        _ reason: EngineCloseReason,
        at now: MonotonicTime,
        into actions: inout [ConversationAction]
    ) {
        guard reason != .local else { return }
        guard phase != .leaving else {
            lostWhileLeaving = reason
            return
        }
        if case .lost = reason, let resumption, !hasResumed {
            hasResumed = true
            return change(.closed(reason), to: [engine.index] + untried, resumption, at: now, into: &actions)
        }
        fail(engineLeavesAt == nil ? .closed(reason) : .goesAway, at: now, into: &actions)
    }

    /// The engine has said that it goes: the same engine takes over in another connection.
    mutating func leaveEngine(at now: MonotonicTime, into actions: inout [ConversationAction]) {
        change(.goesAway, to: [engine.index] + untried, resumption, at: now, into: &actions)
    }

    /// Gives the engine up.
    mutating func fail(_ failure: EngineFailure, at now: MonotonicTime, into actions: inout [ConversationAction]) {
        guard phase == .conversing else { return }
        failed.insert(engine.index)
        // A slow engine is tried again before nobody is there.
        let last = failure == .slow && !hasHuman ? [engine.index] : []
        change(failure, to: untried + last, nil, at: now, into: &actions)
    }

    /// The caller comes back from a transfer: the engine that led the conversation goes on with it, or another one.
    mutating func callerReturned(at now: MonotonicTime, into actions: inout [ConversationAction]) {
        guard phase == .leaving else { return }
        phase = .conversing
        lostWhileLeaving = nil
        playing = nil
        isHeld = false
        change(.transferred, to: [engine.index] + untried, nil, at: now, into: &actions)
    }

    var untried: [Int] {
        (engine.index + 1..<max(engine.index + 1, engineCount)).filter { !failed.contains($0) }
            + (0..<engine.index).filter { !failed.contains($0) }
    }

    private mutating func change(
        _ failure: EngineFailure,
        to candidates: [Int],
        _ resumption: EngineResumption?,
        at now: MonotonicTime,
        into actions: inout [ConversationAction]
    ) {
        guard phase == .conversing else { return }
        if failure.isFault { actions.append(.engineFailed(engine.index, failure)) }
        actions.append(.note("engine-change", failure.summary))
        self.failure = failure
        phase = .switching
        transcript.close()
        engineLeavesAt = nil
        engineHearsCaller = false
        awaitsSpokenFiller = false
        silenceSince = nil
        // The functions that the engine called are nobody's any more.
        workflows = []
        workflowsSince = nil
        guard !candidates.isEmpty else { return noEngineLeft(at: now, into: &actions) }
        if failure != .goesAway {
            // Heard at once, behind what the old engine has said.
            if due == nil { due = DueTurn(since: now, at: now, isMeasured: false) }
            if filler == .silent, policy.filler.isEnabled, !callerSpeaks, !isHeld {
                advanceFiller(at: now, into: &actions)
            }
        }
        actions.append(
            .connect(candidates: candidates, history: transcript.utterances, resumption: resumption)
        )
    }

    /// Another engine has taken over.
    mutating func engineConnected(
        _ new: ConversationEngine,
        at now: MonotonicTime,
        into actions: inout [ConversationAction]
    ) {
        guard phase == .switching else { return }
        phase = .conversing
        engine = new
        slowTurns = 0
        resumption = nil
        let isOwed = due != nil
        due = nil
        guard isOwed else {
            if playing == nil { silenceSince = now }
            return
        }
        if new.capabilities.speaksOnRequest {
            let isBack = failure == .transferred
            startTurn(
                failure == .goesAway ? nil : isBack ? policy.welcome : policy.continuation, at: now, into: &actions)
            due?.isMeasured = false
        } else if let last = transcript.utterances.last, last.speaker == .caller {
            actions.append(.send(.userText(last.text)))
            expectTurn(since: now, at: now)
        } else {
            stopFiller(at: now, into: &actions)
            silenceSince = now
        }
    }

    mutating func noEngineLeft(at now: MonotonicTime, into actions: inout [ConversationAction]) {
        guard phase == .switching else { return }
        phase = .leaving
        due = nil
        stopFiller(at: now, into: &actions)
        actions.append(.handToHuman(failure))
    }
}
