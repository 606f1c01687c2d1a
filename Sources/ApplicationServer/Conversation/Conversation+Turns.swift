import Media
import Timing
import VoiceEngine

/// Who is to speak.
extension Conversation {
    /// The engine has been asked to speak, or will be of itself.
    mutating func expectTurn(
        since: MonotonicTime,
        at now: MonotonicTime,
        isKnownToEngine: Bool = true
    ) {
        silenceSince = nil
        if var present = due {
            // It goes on waiting from where it was.
            present.isKnownToEngine = present.isKnownToEngine || isKnownToEngine
            due = present
        } else {
            due = DueTurn(since: since, at: now, isKnownToEngine: isKnownToEngine)
        }
    }

    /// Tells the engine to speak now.
    mutating func startTurn(
        _ instructions: String?,
        at now: MonotonicTime,
        into actions: inout [ConversationAction]
    ) {
        guard engine.capabilities.speaksOnRequest else { return }
        actions.append(.send(.startTurn(instructions: instructions)))
        expectTurn(since: now, at: now)
    }

    // MARK: The caller

    /// - Parameter isKnownToEngine: Its voice activity detection says so. Otherwise ours does.
    mutating func callerBegan(
        isKnownToEngine: Bool,
        at now: MonotonicTime,
        into actions: inout [ConversationAction]
    ) {
        stopFiller(at: now, into: &actions)
        silenceSince = nil
        if isKnownToEngine {
            engineHearsCaller = true
        } else {
            callerSpeaksSince = now
        }
        guard isKnownToEngine || !engine.capabilities.detectsSpeech else { return }
        prompts = 0
        due = nil
    }

    /// The engine's voice activity detection says that the caller has stopped.
    mutating func engineHeardEnd(at now: MonotonicTime) {
        engineHearsCaller = false
        // What we hear of the caller beyond this is not speech to the engine.
        callerSpeaksSince = nil
        isFirstSpeech = false
        expectTurn(since: earlier(now, by: endOfTurnSilence), at: now)
    }

    /// We hear nothing of the caller any more.
    mutating func weHeardEnd(at now: MonotonicTime) {
        let began = callerSpeaksSince
        guard began != nil || isFirstSpeech || engineHearsCaller else { return }
        callerSpeaksSince = nil
        isFirstSpeech = false
        let ended = earlier(now, by: Self.detectorSilence)
        if engineHearsCaller {
            // The engine is to say so itself, soon.
            engineHearsCaller = false
            return expectTurn(since: ended, at: now)
        }
        guard playing == nil, due == nil, phase != .leaving else { return }
        let isSpeech = began.map { ended - $0 >= Self.shortestSpeech } ?? true
        if isSpeech {
            expectTurn(since: ended, at: now, isKnownToEngine: !engine.capabilities.detectsSpeech)
        } else if phase == .conversing, workflows.isEmpty {
            silenceSince = now
        }
    }

    private func earlier(_ now: MonotonicTime, by time: Duration) -> MonotonicTime {
        MonotonicTime(nanoseconds: now.nanoseconds - time.nanoseconds)
    }

    // MARK: The engine

    /// The first packet of a turn has left.
    mutating func turnBegan(_ turn: EngineTurnID, at now: MonotonicTime, into actions: inout [ConversationAction]) {
        playing = (turn, now)
        starved = nil
        silenceSince = nil
        // A file makes way by itself; the steps after it are not due any more.
        if filler != .silent, !awaitsSpokenFiller { actions.append(.stopFiller) }
        if awaitsSpokenFiller {
            awaitsSpokenFiller = false
            spokenFiller = turn
            return
        }
        filler = .silent
        guard let answered = due else { return }
        due = nil
        guard answered.isMeasured, answered.isKnownToEngine else { return }
        actions.append(.engineAnswered(engine.index, after: now - answered.since))
        if !answered.isCountedSlow { slowTurns = 0 }
    }

    /// The engine has broken off in its turn: the rest is due.
    mutating func turnStarved(_ turn: EngineTurnID, at now: MonotonicTime) {
        guard playing?.turn == turn, phase == .conversing, workflows.isEmpty else { return }
        playing = nil
        starved = turn
        quietSince = earlier(now, by: Self.starvationTime)
        due = DueTurn(since: quietSince, at: now, isMeasured: false)
    }

    /// Nothing more comes of the turn that the engine broke off: it was only late to say so.
    mutating func turnEndedLate(at now: MonotonicTime, into actions: inout [ConversationAction]) {
        starved = nil
        guard playing == nil else { return }
        due = nil
        stopFiller(at: now, into: &actions)
        if !callerSpeaks { silenceSince = now }
    }

    /// The turn has left, or was cut.
    mutating func turnOver(_ turn: EngineTurnID, at now: MonotonicTime, into actions: inout [ConversationAction]) {
        if spokenFiller == turn { spokenFiller = nil }
        guard playing?.turn == turn else { return }
        playing = nil
        quietSince = now
        guard due == nil, workflows.isEmpty, phase == .conversing else { return }
        if engineLeavesAt != nil, !callerSpeaks { return leaveEngine(at: now, into: &actions) }
        if !callerSpeaks { silenceSince = now }
    }

    /// A turn has gone on for too long: the engine is told to stop.
    mutating func endLongTurn(at now: MonotonicTime, into actions: inout [ConversationAction]) {
        playing = nil
        quietSince = now
        silenceSince = now
        actions.append(.note("turn-too-long", "\(policy.longestTurn)"))
        actions.append(.send(.cancelTurn))
    }

    // MARK: Silence

    /// The caller has said nothing for so long that it is asked again, or given up.
    mutating func breakSilence(at now: MonotonicTime, into actions: inout [ConversationAction]) {
        guard prompts < policy.silence.prompts, engine.capabilities.speaksOnRequest else {
            actions.append(.note("no-input", "given up after \(prompts) prompts"))
            guard policy.silence.end == .transfer, hasHuman else { return finish(.noInput, into: &actions) }
            phase = .leaving
            return actions.append(.transferSilentCaller)
        }
        prompts += 1
        actions.append(.note("no-input", "prompt \(prompts)"))
        startTurn(policy.silence.prompt, at: now, into: &actions)
    }

    // MARK: Keys

    mutating func press(_ digit: Character, at now: MonotonicTime, into actions: inout [ConversationAction]) {
        prompts = 0
        if silenceSince != nil { silenceSince = now }
        guard policy.digits.isCollecting else { return actions.append(.send(.digit(digit))) }
        if let input = digits.press(digit, at: now) { enter(input, at: now, into: &actions) }
    }

    mutating func enter(_ input: String, at now: MonotonicTime, into actions: inout [ConversationAction]) {
        actions.append(.note("keys", input))
        guard !input.isEmpty, phase == .conversing else { return }
        transcript.add("(keys) \(input)", by: .caller, isFinal: true)
        actions.append(.send(.userText("The caller entered on the keypad: \(input)")))
        expectTurn(since: now, at: now)
    }
}
