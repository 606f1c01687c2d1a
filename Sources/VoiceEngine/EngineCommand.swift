/// What the application server tells an engine, whatever its dialect. What a dialect has no words for is left out;
/// ``EngineCapabilities`` says which those are.
public enum EngineCommand: Sendable, Hashable {
    /// Speak now, following `instructions` (a greeting, a filler); `nil`: answer what has been said.
    case startTurn(instructions: String?)
    /// Say exactly this.
    case say(String)
    /// `milliseconds` of this turn really left on RTP before the caller interrupted it.
    case playedUpTo(EngineTurnID, milliseconds: Int)
    /// The first packet of a turn has left.
    case playbackStarted(EngineTurnID)
    /// The last packet of a turn has left.
    case playbackFinished(EngineTurnID)
    /// What the engine said before it set this mark has left, or was dropped. Once for each ``EngineSessionOutput/mark(_:of:)``.
    case markReached(EngineMark, EngineMarkState)
    /// The result of a function call as JSON; the engine then goes on speaking when `continueTurn`.
    case toolResult(id: String, output: String, continueTurn: Bool)
    /// A line of text from the caller's side, which the engine answers.
    case userText(String)
    /// Something to know, which the engine does not answer.
    case context(String)
    /// A key of the caller's keypad: `0`-`9`, `*`, `#`, `A`-`D`.
    case digit(Character)
    /// Whether the caller hears us not, being on hold.
    case hold(Bool)
    /// Stop the present turn. What the caller has not heard of it is dropped.
    case cancelTurn
    /// The conversation is over: the last command, after which the connection is closed.
    case end(EngineEndReason)
}

/// A place in what an engine says, by the engine's own name for it.
public struct EngineMark: Sendable, Hashable {
    public let rawValue: String

    public init(_ rawValue: String) {
        self.rawValue = rawValue
    }
}

public enum EngineMarkState: String, Sendable, Hashable {
    case played, cleared
}

/// Why we end a conversation.
public enum EngineEndReason: String, Sendable, Hashable {
    /// The caller hung up, or is gone.
    case callerGone
    /// The engine or the service ended the call.
    case completed
    /// The call goes to somebody else.
    case transferred
    /// Another engine takes over, or something failed here.
    case failed
}
