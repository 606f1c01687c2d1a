/// The numbers by which a conversation is led: how long a caller waits for what, and what happens then.
public struct ConversationPolicy: Sendable, Hashable {
    public var filler = FillerPolicy()
    /// While a turn is due, an engine that gives neither audio nor an event for so long is given up. 500 ms...60 s.
    public var stallTime = Duration.seconds(4)
    /// A turn is given up so long after it was due, whatever events came meanwhile. Not less than ``stallTime``.
    public var longestWait = Duration.seconds(15)
    /// From the end of the caller's words to the first audio: a turn that takes longer is slow. `nil`: none is.
    public var slowTurn: Duration? = .seconds(3)
    /// So many slow turns in a row are reason for another engine. 1...10.
    public var slowTurnLimit = 2
    /// In mid-call each engine has so long to be ready. 100 ms...10 s.
    public var connectTimeout = Duration.milliseconds(1_500)
    /// What an engine is told that takes over in mid-call.
    public var continuation =
        "The conversation was interrupted for a moment. Apologise briefly and go on where it stopped."
    /// What an engine is told when the caller comes back from a transfer.
    public var welcome =
        "The person the caller was transferred to has hung up. Ask briefly whether there is anything else."
    public var silence = SilencePolicy()
    public var digits = DigitPolicy()
    /// A turn of the engine is ended after so long. 5 s...1 h.
    public var longestTurn = Duration.seconds(180)

    public init() {}
}

/// What a caller hears who waits.
public struct FillerPolicy: Sendable, Hashable {
    /// No silence is to last longer than this, from the caller's last sound on.
    public static let longestSilence = Duration.milliseconds(1_500)
    /// What is needed from the decision to the caller's ear.
    static let leadTime = Duration.milliseconds(200)

    public var isEnabled = true
    /// Silence before the first step, from the caller's last sound on; 200 ms...1.3 s. It is stretched up to 1.3 s when
    /// nine of ten answers of the engine come by then.
    public var pause = Duration.seconds(1)
    /// Heard one after another; the last one goes on until the answer comes.
    public var steps = [FillerStep(.tone)]

    public init() {}

    /// When the first step begins, counted from the caller's last sound.
    ///
    /// - Parameter expected: Nine of ten answers of this engine come within this time; `nil` if that is not known.
    func start(expected: Duration?) -> Duration {
        let latest = Self.longestSilence - Self.leadTime
        let pause = min(pause, latest)
        guard let expected, expected >= pause else { return pause }
        let stretched = expected + .milliseconds(50)
        return stretched <= latest ? stretched : pause
    }
}

/// One piece of filler.
public struct FillerStep: Sendable, Hashable {
    public enum Sound: Sendable, Hashable {
        /// A soft tone that comes again and again.
        case tone
        /// A WAV file (mono, 16-bit).
        case file(path: String, isLooped: Bool)
        /// The engine says this, when it waits for a function call of its own and can be told what to say; otherwise the
        /// step is left out.
        case speech(String)
    }

    public var sound: Sound
    /// Time from the beginning of the step before to the beginning of this one. Of no meaning for the first.
    public var delay: Duration

    public init(_ sound: Sound, after delay: Duration = .seconds(4)) {
        self.sound = sound
        self.delay = delay
    }
}

/// What is done with a caller who says nothing.
public struct SilencePolicy: Sendable, Hashable {
    public enum End: String, Sendable, Hashable, CaseIterable {
        case hangUp = "hang-up"
        /// To the human queue.
        case transfer
    }

    /// Silence after the engine's turn until the caller is asked again; `nil`: for ever.
    public var time: Duration? = .seconds(15)
    /// How often the caller is asked before ``end``. 0...10.
    public var prompts = 2
    public var end = End.hangUp
    /// What the engine is told when the caller is silent.
    public var prompt = "The caller says nothing. Ask briefly whether somebody is there."
    /// What the engine is told when the caller spoke and it did not understand.
    public var repetition = "The caller said something that was not understood. Ask briefly for it again."

    public init() {}
}

/// How the keys that a caller presses reach the engine.
public struct DigitPolicy: Sendable, Hashable {
    /// Whether keys are gathered and given to the engine as one text, or each by itself.
    public var isCollecting = false
    /// So many keys are complete. 1...64.
    public var length = 32
    /// This key ends the input and is no part of it; `nil`: none does.
    public var terminator: Character? = "#"
    /// After so long without another key the input is complete. 200 ms...30 s.
    public var timeout = Duration.seconds(3)

    public init() {}
}
