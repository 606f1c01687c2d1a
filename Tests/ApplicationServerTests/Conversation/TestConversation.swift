import Media
import Timing
import VoiceEngine

@testable import ApplicationServer

/// A conversation in virtual time.
struct TestConversation {
    private(set) var conversation: Conversation
    private(set) var now = MonotonicTime.zero
    /// What was decided, with milliseconds from the beginning.
    private(set) var log: [(at: Int, action: ConversationAction)] = []

    init(
        _ policy: ConversationPolicy = ConversationPolicy(),
        capabilities: EngineCapabilities = .talkative,
        engineCount: Int = 2,
        hasHuman: Bool = true,
        expectedAnswer: Duration? = nil,
        maximumDuration: Duration = .seconds(3_600)
    ) {
        conversation = Conversation(
            policy,
            engine: ConversationEngine(index: 0, capabilities: capabilities, expectedAnswer: expectedAnswer),
            endOfTurnSilence: .milliseconds(500),
            engineCount: engineCount,
            hasHuman: hasHuman,
            maximumDuration: maximumDuration,
            at: .zero
        )
    }

    /// Lets time go by up to this instant, in milliseconds; what is due on the way happens when it is due.
    mutating func wait(until milliseconds: Int) {
        let end = MonotonicTime.zero + .milliseconds(milliseconds)
        while let deadline = conversation.nextDeadline, deadline <= end {
            now = max(now, deadline)
            perform { $0.handleDeadlines(at: $1, into: &$2) }
        }
        now = end
    }

    mutating func happens(_ event: ConversationEvent) {
        perform { $0.handle(event, at: $1, into: &$2) }
        perform { $0.handleDeadlines(at: $1, into: &$2) }
    }

    mutating func happens(_ event: EngineEvent) { happens(.media(.engine(event))) }

    mutating func starts(_ instructions: String? = nil) {
        perform { $0.startTurn(instructions, at: $1, into: &$2) }
    }

    /// The engine's turn is sent from now until then.
    mutating func engineSpeaks(_ turn: String = "turn", until milliseconds: Int) {
        happens(.turnStarted(EngineTurnID(turn)))
        happens(.media(.turnSent(EngineTurnID(turn), delay: .zero)))
        happens(.turnEnded(EngineTurnID(turn), .completed))
        wait(until: milliseconds)
        happens(.media(.turnPlayed(EngineTurnID(turn))))
    }

    /// The caller speaks from now on, until the engine's detector hears the end at this instant.
    mutating func callerSpeaks(until milliseconds: Int) {
        happens(.userSpeechStarted)
        wait(until: milliseconds)
        happens(.userSpeechStopped)
    }

    private mutating func perform(
        _ step: (inout Conversation, MonotonicTime, inout [ConversationAction]) -> Void
    ) {
        var actions: [ConversationAction] = []
        step(&conversation, now, &actions)
        let milliseconds = Int(now.nanoseconds / 1_000_000)
        log += actions.map { (milliseconds, $0) }
    }

    // MARK: What was decided

    var actions: [ConversationAction] { log.map(\.action) }

    /// When it was decided first; `nil` if never.
    func time(of action: ConversationAction) -> Int? { log.first { $0.action == action }?.at }

    func times(of action: ConversationAction) -> [Int] { log.filter { $0.action == action }.map(\.at) }

    var failures: [EngineFailure] {
        actions.compactMap { if case .engineFailed(_, let failure) = $0 { failure } else { nil } }
    }

    /// Candidates of each change of the engine.
    var changes: [[Int]] {
        actions.compactMap { if case .connect(let candidates, _, _) = $0 { candidates } else { nil } }
    }

    func has(note event: String) -> Bool {
        actions.contains { if case .note(event, _) = $0 { true } else { false } }
    }
}

extension EngineCapabilities {
    /// Hears the caller, and speaks when told to.
    static var talkative: EngineCapabilities {
        var capabilities = EngineCapabilities()
        capabilities.detectsSpeech = true
        capabilities.speaksOnRequest = true
        capabilities.saysText = true
        capabilities.takesHistory = true
        return capabilities
    }

    /// Leaves it to us to hear the caller.
    static var deaf: EngineCapabilities {
        var capabilities = talkative
        capabilities.detectsSpeech = false
        return capabilities
    }
}
