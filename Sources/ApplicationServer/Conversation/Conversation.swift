import Media
import Timing
import VoiceEngine

/// Leads one call's conversation: knows who is to speak, masks the time an engine needs, gives up an engine that does
/// not answer, and ends what has no end.
///
/// Tell it what happens with ``handle(_:at:into:)``, ask ``nextDeadline`` afterwards and call
/// ``handleDeadlines(at:into:)`` then. It has no clock, no task and no socket.
struct Conversation: Sendable {
    enum Phase: Equatable {
        case conversing
        /// No engine listens; another one is being connected.
        case switching
        /// A transfer or the end of the call is under way.
        case leaving
        case over
    }

    /// A turn that the engine owes the caller.
    struct DueTurn: Equatable {
        /// When the caller's last sound ended, or the engine was told to speak.
        var since: MonotonicTime
        /// When the engine last gave a sign of life.
        var lastSign: MonotonicTime
        /// The engine knows of it. Otherwise only we have heard the caller speak.
        var isKnownToEngine = true
        /// When the engine was asked for it.
        var asked: MonotonicTime
        /// Its time counts: it answers the caller, and nothing else delays it.
        var isMeasured = true
        var isCountedSlow = false

        init(since: MonotonicTime, at now: MonotonicTime, isKnownToEngine: Bool = true, isMeasured: Bool = true) {
            self.since = since
            lastSign = now
            asked = now
            self.isKnownToEngine = isKnownToEngine
            self.isMeasured = isMeasured
        }
    }

    enum Filler: Equatable {
        case silent
        /// - Parameters:
        ///   - step: The next step.
        ///   - at: When it begins; `nil` if there is none.
        case playing(next: Int, at: MonotonicTime?)
    }

    /// What the local detector needs to be sure that the caller has stopped.
    static let detectorSilence = Duration.milliseconds(700)
    /// A turn has run dry for so long when it is told.
    static let starvationTime = Duration.milliseconds(500)
    /// What a caller says is a turn of its own only if it takes this long.
    static let shortestSpeech = Duration.milliseconds(500)

    let policy: ConversationPolicy
    let endOfTurnSilence: Duration
    let engineCount: Int
    let hasHuman: Bool
    private let end: MonotonicTime

    var phase = Phase.conversing
    var engine: ConversationEngine
    /// Engines that failed in this call.
    var failed: Set<Int> = []
    var due: DueTurn?
    /// The turn that the caller hears now.
    var playing: (turn: EngineTurnID, since: MonotonicTime)?
    /// The turn that the engine broke off.
    var starved: EngineTurnID?
    /// The engine's words ended here, or the filler did.
    var quietSince: MonotonicTime
    var filler = Filler.silent
    /// A step of filler that the engine says.
    var awaitsSpokenFiller = false
    var spokenFiller: EngineTurnID?
    /// Function calls that are carried out.
    var workflows: Set<String> = []
    var workflowsSince: MonotonicTime?
    var slowTurns = 0
    var transcript = Transcript()
    var resumption: EngineResumption?
    var hasResumed = false
    /// The engine goes then, whether we have left it or not.
    var engineLeavesAt: MonotonicTime?
    /// The engine's connection went while the call was about to leave it.
    var lostWhileLeaving: EngineCloseReason?
    /// Why the engine is changed.
    var failure = EngineFailure.stalled

    /// The engine's voice activity detection hears the caller.
    var engineHearsCaller = false
    /// We hear the caller speak, since then.
    var callerSpeaksSince: MonotonicTime?
    /// We have not heard the caller speak yet. That it begins for the first time is not told.
    var isFirstSpeech = true
    var isHeld = false
    /// Nobody speaks and nobody is to speak, since then.
    var silenceSince: MonotonicTime?
    var prompts = 0
    var digits: DigitCollector

    /// - Parameters:
    ///   - endOfTurnSilence: Silence after which the engine takes the caller's turn to be over.
    ///   - engineCount: How many engines the service has.
    ///   - hasHuman: Whether there is a human queue.
    ///   - maximumDuration: Of the call, from `now` on.
    init(
        _ policy: ConversationPolicy,
        engine: ConversationEngine,
        endOfTurnSilence: Duration,
        engineCount: Int,
        hasHuman: Bool,
        maximumDuration: Duration,
        at now: MonotonicTime
    ) {
        self.policy = policy
        self.engine = engine
        self.endOfTurnSilence = endOfTurnSilence
        self.engineCount = engineCount
        self.hasHuman = hasHuman
        end = now + maximumDuration
        quietSince = now
        silenceSince = now
        digits = DigitCollector(policy.digits)
    }

    // MARK: Time

    /// When to call ``handleDeadlines(at:into:)``; `nil` when nothing is waited for.
    var nextDeadline: MonotonicTime? {
        guard phase != .over else { return nil }
        let others: [MonotonicTime?] =
            phase == .leaving
            ? []
            : [fillerDeadline, stallDeadline, slowDeadline, turnDeadline, silenceDeadline]
                + [digits.deadline, phase == .conversing ? engineLeavesAt : nil]
        return others.reduce(end) { earliest, deadline in min(earliest, deadline ?? .distantFuture) }
    }

    mutating func handleDeadlines(at now: MonotonicTime, into actions: inout [ConversationAction]) {
        guard phase != .over else { return }
        if end <= now { return finish(.maximumDuration, into: &actions) }
        guard phase != .leaving else { return }
        if let input = digits.expire(at: now) { enter(input, at: now, into: &actions) }
        if let deadline = engineLeavesAt, deadline <= now, phase == .conversing {
            leaveEngine(at: now, into: &actions)
        }
        if let deadline = stallDeadline, deadline <= now { stall(at: now, into: &actions) }
        if let deadline = slowDeadline, deadline <= now { countSlowTurn(at: now, into: &actions) }
        if let deadline = turnDeadline, deadline <= now { endLongTurn(at: now, into: &actions) }
        if let deadline = silenceDeadline, deadline <= now { breakSilence(at: now, into: &actions) }
        if let deadline = fillerDeadline, deadline <= now { advanceFiller(at: now, into: &actions) }
    }

    private var isWorking: Bool { !workflows.isEmpty }

    private var stallDeadline: MonotonicTime? {
        guard phase == .conversing, let due, !isWorking, !isHeld else { return nil }
        return min(due.lastSign + policy.stallTime, due.asked + policy.longestWait)
    }

    private var slowDeadline: MonotonicTime? {
        guard phase == .conversing, let due, due.isMeasured, due.isKnownToEngine, !due.isCountedSlow,
            !isWorking, !isHeld, let limit = policy.slowTurn
        else { return nil }
        return due.since + limit
    }

    private var turnDeadline: MonotonicTime? {
        guard phase == .conversing, let playing else { return nil }
        return playing.since + policy.longestTurn
    }

    private var silenceDeadline: MonotonicTime? {
        guard phase == .conversing, due == nil, playing == nil, !isWorking, !isHeld, !callerSpeaks,
            let silenceSince, let time = policy.silence.time
        else { return nil }
        return silenceSince + time
    }

    private var fillerDeadline: MonotonicTime? {
        guard policy.filler.isEnabled, !policy.filler.steps.isEmpty, !isHeld, !callerSpeaks, phase != .leaving else {
            return nil
        }
        switch filler {
        case .playing(_, let at): return at
        case .silent:
            guard playing == nil, !awaitsSpokenFiller, let since = waitsSince else { return nil }
            guard phase == .conversing else { return since }
            return max(since, quietSince) + policy.filler.start(expected: engine.expectedAnswer)
        }
    }

    /// The caller waits for something, since then.
    private var waitsSince: MonotonicTime? {
        switch (due?.since, workflowsSince) {
        case (let turn?, let workflow?): min(turn, workflow)
        case (let turn, let workflow): turn ?? workflow
        }
    }

    var callerSpeaks: Bool { engineHearsCaller || callerSpeaksSince != nil }

    /// Ends the call.
    mutating func finish(_ cause: CallEndCause, into actions: inout [ConversationAction]) {
        phase = .over
        actions.append(.hangUp(cause))
    }
}
