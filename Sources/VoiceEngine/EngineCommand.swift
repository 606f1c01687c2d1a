/// What the application server tells an engine, whatever its dialect.
public enum EngineCommand: Sendable, Hashable {
    /// Speak now, following `instructions` (a greeting, a filler); `nil`: answer what has been said.
    case startTurn(instructions: String?)
    /// `milliseconds` of this turn really left on RTP before the caller interrupted it.
    case playedUpTo(EngineTurnID, milliseconds: Int)
    /// The result of a function call as JSON; the engine then goes on speaking when `continueTurn`.
    case toolResult(id: String, output: String, continueTurn: Bool)
    /// A line of text from the caller's side, such as the digits of a keypad.
    case userText(String)
    /// Stop the present turn.
    case cancelTurn
}
