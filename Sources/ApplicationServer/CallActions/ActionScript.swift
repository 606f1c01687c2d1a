import Timing

/// Leads an answered call by lists of actions, without clock, tasks or sockets. Whoever asks for the actions, and however
/// late, wrong or silent it is, the caller hears something within 1.5 s and the call comes to an end.
///
/// Call ``start(_:at:into:)`` once, then ``handle(_:at:into:)`` for what happens and ``handleDeadlines(at:into:)`` when
/// ``nextDeadline`` is there; carry out what they append.
struct ActionScript: Sendable {
    enum State: Sendable, Equatable {
        /// All actions are done; an answer is waited for.
        case waiting
        /// Plays and renders; the rest, and the deed that is under way.
        case prompting(CallAction.Name, [CallAction.Prompt], deed: Int)
        /// The prompts that are left, and the deed that is under way.
        case collecting(DigitCollection, [CallAction.Prompt], deed: Int?)
        case pausing(until: MonotonicTime)
        case performing(CallAction.Name, deed: Int)
        /// Nobody leads any more: an announcement, then a person or the end.
        case rescuing(deed: Int, isTransferring: Bool)
        /// The call has gone elsewhere or is being hung up.
        case over
    }

    struct Policy: Sendable {
        var filler = FillerPolicy()
        var limits = CallActionLimits()
        /// WAV file for callers whom nobody leads any more, before they are put through or hung up.
        var announcement: String?
        /// Whether there is a person for them.
        var hasHuman = false
        var maximumDuration = Duration.seconds(3_600)
    }

    struct Question: Sendable, Equatable {
        var sequence: Int
        /// Whether the call can go on without an answer.
        var isOptional: Bool
    }

    let policy: Policy
    var state = State.waiting
    var rest: [CallAction] = []
    var results: [CallActionResult]
    var question: Question?
    private var keys = ""
    /// Whether the last action was a transfer that came to nothing, and why.
    var failedTransfer: String?
    private(set) var sequence: Int
    private var actionCount: Int
    var deedCount = 0
    private let end: MonotonicTime
    var filler = Filler()

    /// - Parameters:
    ///   - sequence: Of the last event so far.
    ///   - results: What came of the actions since then.
    ///   - actionCount: Actions that there were in the call so far.
    init(
        _ policy: Policy,
        sequence: Int,
        results: [CallActionResult] = [],
        actionCount: Int = 0,
        at now: MonotonicTime
    ) {
        self.policy = policy
        self.sequence = sequence
        self.results = results
        self.actionCount = actionCount
        end = now + policy.maximumDuration
        filler.quietSince = now
    }

    /// Begins with what is left of the list that answered the call.
    mutating func start(_ actions: [CallAction], at now: MonotonicTime, into steps: inout [ActionStep]) {
        rest = actions
        advance(at: now, into: &steps)
    }

    var isOver: Bool { state == .over }

    // MARK: Time

    var nextDeadline: MonotonicTime? {
        guard state != .over else { return nil }
        return [end, ownDeadline, fillerDeadline].compactMap { $0 }.min()
    }

    private var ownDeadline: MonotonicTime? {
        switch state {
        case .collecting(let collection, _, _): collection.deadline
        case .pausing(let time): time
        default: nil
        }
    }

    mutating func handleDeadlines(at now: MonotonicTime, into steps: inout [ActionStep]) {
        guard state != .over else { return }
        if end <= now { return hangUp("SIP;cause=503;text=\"Call too long\"", into: &steps) }
        switch state {
        case .pausing(let time) where time <= now:
            finish(CallActionResult(action: CallAction.Name.pause.rawValue, outcome: .done), at: now, into: &steps)
        case .collecting(var collection, let prompts, let deed):
            if let result = collection.expire(at: now) {
                finish(result, at: now, into: &steps)
            } else {
                state = .collecting(collection, prompts, deed: deed)
            }
        default: break
        }
        if let due = fillerDeadline, due <= now { advanceFiller(at: now, into: &steps) }
    }

    // MARK: Inputs

    mutating func handle(_ input: ActionInput, at now: MonotonicTime, into steps: inout [ActionStep]) {
        guard state != .over else { return }
        switch input {
        case .answer(let sequence, let answer): take(answer, to: sequence, at: now, into: &steps)
        case .done(let deed, let result): handle(result, of: deed, at: now, into: &steps)
        case .media(.digit(let digit)): press(digit, at: now, into: &steps)
        case .media(let event): if let cause = CallEndCause(event) { hangUp(cause.reason, into: &steps) }
        case .held(let isHeld): if mayTell { ask(.held(isHeld), into: &steps) }
        }
    }

    private mutating func take(
        _ answer: Result<[CallAction], CallActionSourceFailure>,
        to sequence: Int,
        at now: MonotonicTime,
        into steps: inout [ActionStep]
    ) {
        guard let asked = question, asked.sequence == sequence else { return }
        question = nil
        switch answer {
        case .failure(let failure):
            abandon(failure.reason, at: now, into: &steps)
        case .success(let actions) where actions.isEmpty:
            guard asked.isOptional else { return abandon("no actions though nothing is left", at: now, into: &steps) }
            if state == .waiting {
                askNext(into: &steps)
            } else if !keys.isEmpty, mayTell {
                ask(.key, into: &steps)
            }
        case .success(let actions):
            // Where the call goes is being decided already.
            if case .performing(.transfer, _) = state { return }
            actionCount += actions.count
            guard actionCount <= policy.limits.actionsInCall else {
                return abandon("more than \(policy.limits.actionsInCall) actions", at: now, into: &steps)
            }
            interrupt(at: now, into: &steps)
            rest = actions
            advance(at: now, into: &steps)
        }
    }

    private mutating func press(_ digit: Character, at now: MonotonicTime, into steps: inout [ActionStep]) {
        guard case .collecting(var collection, _, let deed) = state else {
            if keys.utf8.count < 64 { keys.append(digit) }
            if mayTell { ask(.key, into: &steps) }
            return
        }
        if deed != nil { silence(at: now, into: &steps) }
        filler.quietSince = now
        let result = collection.press(digit, at: now)
        state = .collecting(collection, [], deed: nil)
        if let result { finish(result, at: now, into: &steps) }
    }

    /// Whether the source may be told of something that can wait.
    private var mayTell: Bool {
        switch state {
        case .prompting, .collecting, .pausing: question == nil
        case .performing(let name, _): question == nil && name != .transfer
        case .waiting, .rescuing, .over: false
        }
    }

    // MARK: Questions

    mutating func askNext(into steps: inout [ActionStep]) {
        if let reason = failedTransfer {
            failedTransfer = nil
            ask(.transferFailed(reason), into: &steps)
        } else {
            ask(.finished, into: &steps)
        }
    }

    private mutating func ask(_ kind: CallActionEvent.Kind, into steps: inout [ActionStep]) {
        sequence += 1
        question = Question(sequence: sequence, isOptional: !kind.needsActions)
        steps.append(.ask(CallActionEvent(kind, sequence: sequence, results: results, keys: keys)))
        results = []
        keys = ""
    }

    /// The last event of the call.
    mutating func ended(_ reason: String) -> CallActionEvent {
        sequence += 1
        return CallActionEvent(.ended(reason), sequence: sequence, results: results, keys: keys)
    }

    // MARK: The end

    static let nobodyLeads = "SIP;cause=503;text=\"Service failed\""

    private mutating func abandon(_ reason: String, at now: MonotonicTime, into steps: inout [ActionStep]) {
        if case .performing(.transfer, _) = state { return }
        if case .rescuing = state { return }
        interrupt(at: now, into: &steps)
        rest = []
        steps.append(.abandoned(reason))
        if let announcement = policy.announcement {
            let deed = play(.path(announcement), at: now, into: &steps)
            state = .rescuing(deed: deed, isTransferring: false)
        } else if policy.hasHuman {
            state = .rescuing(deed: perform(.rescue, into: &steps), isTransferring: true)
        } else {
            hangUp(Self.nobodyLeads, into: &steps)
        }
    }

    mutating func hangUp(_ reason: String?, into steps: inout [ActionStep]) {
        state = .over
        steps.append(.hangUp(reason))
    }
}
