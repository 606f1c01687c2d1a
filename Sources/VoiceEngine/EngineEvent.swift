/// What an AI engine tells about the conversation, whatever its dialect. Audio does not travel here: it goes to
/// the leg as bytes, on the event loop that owns both.
public enum EngineEvent: Sendable, Hashable {
    /// The session is set up and takes audio.
    case ready
    /// The engine began a turn: audio with this id may follow.
    case turnStarted(EngineTurnID)
    /// No more audio of this turn will come. What is queued may still be playing.
    case turnEnded(EngineTurnID, EngineTurnOutcome)
    /// The engine's voice activity detection heard the caller begin to speak: playout stops now.
    case userSpeechStarted
    case userSpeechStopped
    /// `text` is the whole text so far when `isFinal`, and a piece to append otherwise.
    case transcript(EngineSpeaker, text: String, isFinal: Bool)
    case toolCall(EngineToolCall)
    /// The session goes on if `isRecoverable`.
    case error(EngineFault)
    /// The last event of a session.
    case closed(EngineCloseReason)
}

/// Identifies one turn of the engine within its session.
public struct EngineTurnID: Sendable, Hashable {
    public let rawValue: String

    public init(_ rawValue: String) {
        self.rawValue = rawValue
    }
}

public enum EngineTurnOutcome: String, Sendable, Hashable {
    case completed, cancelled, failed, incomplete
}

public enum EngineSpeaker: String, Sendable, Hashable {
    case caller, engine
}

/// A function call of the engine, complete with its arguments.
public struct EngineToolCall: Sendable, Hashable {
    public var id: String
    public var name: String
    /// A JSON object as the engine wrote it; untrusted.
    public var arguments: String

    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

public struct EngineFault: Error, Sendable, Hashable {
    /// The engine's own code, or `protocol-violation`, `too-large` for what we refused.
    public var code: String
    public var message: String
    public var isRecoverable: Bool

    public init(code: String, message: String, isRecoverable: Bool) {
        self.code = code
        self.message = message
        self.isRecoverable = isRecoverable
    }
}

public enum EngineCloseReason: Sendable, Hashable {
    /// We closed it.
    case local
    /// The engine closed the WebSocket with this status code (RFC 6455 §7.4).
    case remote(code: UInt16)
    /// The connection went away without a close handshake: reset, end of file, no answer to our pings.
    case lost(String)
    /// The engine broke the protocol and we closed.
    case violation(String)
}
