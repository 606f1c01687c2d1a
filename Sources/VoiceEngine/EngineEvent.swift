import Codecs

/// What an AI engine tells about the conversation, whatever its dialect. Audio does not travel here: it goes to
/// the leg as bytes, on the event loop that owns both.
public enum EngineEvent: Sendable, Hashable {
    /// The session is set up and takes audio.
    case ready
    /// The engine began a turn: audio with this id may follow.
    case turnStarted(EngineTurnID)
    /// No more audio of this turn will come. What is queued may still be playing.
    case turnEnded(EngineTurnID, EngineTurnOutcome)
    /// The engine works on an answer and says nothing yet.
    case thinking
    /// The engine's voice activity detection heard the caller begin to speak: playout stops now.
    case userSpeechStarted
    case userSpeechStopped
    /// The engine takes back what it said and was not played yet, for whatever reason: playout stops now.
    case interrupted
    /// `text` is the whole text so far when `isFinal`, and a piece to append otherwise.
    case transcript(EngineSpeaker, text: String, isFinal: Bool)
    case toolCall(EngineToolCall)
    /// The result of this call is not wanted any more.
    case toolCallCancelled(id: String)
    /// The engine wants the call to go to somebody else. Untrusted: whether it may is for the service to decide.
    case transferRequested(EngineTransferRequest)
    /// The engine wants the call to end. What it has said is to be heard first.
    case hangUpRequested(reason: String?)
    /// The engine wants these digits sent to the caller's side.
    case digitsRequested(String)
    /// What the engine has found out, by name: slots, an intent, the result of the conversation. Untrusted.
    case variables([String: String])
    /// With this a later session goes on where this one is now, see ``EngineSessionConfiguration/resumption``. The
    /// newest one counts.
    case resumable(EngineResumption)
    /// The engine is about to end the session, in this time if it said so: another one is to be opened now.
    case goingAway(within: Duration?)
    /// Tokens that the engine has charged since the last event of this kind.
    case usage(inputTokens: Int, outputTokens: Int)
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

/// A transfer that the engine asks for by its dialect, not by a function call.
public struct EngineTransferRequest: Sendable, Hashable {
    /// A SIP or tel URI, a number or a name, as the engine wrote it; `nil` if it leaves that to the service.
    public var target: String?
    /// SIP headers that the engine wants to go along, in order; untrusted.
    public var headers: [Header]
    /// What the engine says about why.
    public var reason: String?
    /// What it has found out, by name.
    public var variables: [String: String]

    public struct Header: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
        target: String?,
        headers: [Header] = [],
        reason: String? = nil,
        variables: [String: String] = [:]
    ) {
        self.target = target
        self.headers = headers
        self.reason = reason
        self.variables = variables
    }
}

/// What an engine needs to go on with a conversation in another connection; its meaning is the dialect's.
public struct EngineResumption: Sendable, Hashable {
    public let rawValue: String

    public init(_ rawValue: String) {
        self.rawValue = rawValue
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
