import Codecs

/// How an engine is reached.
public struct EngineEndpoint: Sendable, Hashable {
    public var name: String
    public var dialect: EngineDialect
    /// `ws://` or `wss://` URL, with its path and query.
    public var url: String
    /// Sent as `Authorization: Bearer`; the secret itself, resolved by whoever read the configuration.
    public var apiKey: String?
    /// PEM file with the certificates that a `wss` server is checked against; `nil`: those of the system.
    public var trustRootsFile: String?

    public init(
        name: String,
        dialect: EngineDialect = .openAIRealtime,
        url: String,
        apiKey: String? = nil,
        trustRootsFile: String? = nil
    ) {
        self.name = name
        self.dialect = dialect
        self.url = url
        self.apiKey = apiKey
        self.trustRootsFile = trustRootsFile
    }
}

public enum EngineDialect: String, Sendable, Hashable, CaseIterable {
    case openAIRealtime = "openai-realtime"
}

/// What a session is set up with, before any audio.
public struct EngineSessionConfiguration: Sendable, Hashable {
    /// What the model is told to be.
    public var instructions: String?
    public var voice: String?
    /// Language of the caller as a BCP 47 tag, a hint for transcription.
    public var language: String?
    /// Format of the audio in both directions.
    public var audioFormat: AudioFormat
    public var tools: [EngineTool]
    /// Silence that ends a turn of the caller, in milliseconds, for the engine's voice activity detection.
    public var endOfTurnSilence: Int

    public init(
        instructions: String? = nil,
        voice: String? = nil,
        language: String? = nil,
        audioFormat: AudioFormat = .pcm16(rate: 24_000),
        tools: [EngineTool] = [],
        endOfTurnSilence: Int = 500
    ) {
        self.instructions = instructions
        self.voice = voice
        self.language = language
        self.audioFormat = audioFormat
        self.tools = tools
        self.endOfTurnSilence = endOfTurnSilence
    }
}

/// A function that the engine may call.
public struct EngineTool: Sendable, Hashable {
    public var name: String
    public var description: String
    /// JSON Schema of the arguments, as JSON text.
    public var parameters: String

    public init(name: String, description: String, parameters: String) {
        self.name = name
        self.description = description
        self.parameters = parameters
    }
}

/// Why an engine could not be used for a call.
public enum EngineConnectError: Error, Sendable, Hashable {
    /// The WebSocket handshake was answered with another HTTP status than 101.
    case refused(status: Int)
    /// Nothing usable came within the time allowed.
    case timedOut(after: Duration)
    /// No connection: refused, unreachable, name not found, certificate not accepted. The text says what to do.
    case unreachable(String)
    /// The engine answered, but not in its dialect.
    case protocolViolation(String)
    /// The URL cannot be used: scheme, host or port.
    case invalidURL(String)
    /// The media plane does not know the session, or it was released meanwhile.
    case sessionReleased
}
