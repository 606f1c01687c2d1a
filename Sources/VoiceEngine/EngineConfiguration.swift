import Codecs

/// How an engine is reached.
public struct EngineEndpoint: Sendable, Hashable {
    public var name: String
    public var dialect: EngineDialect
    /// `ws://` or `wss://` URL, with its path and query.
    public var url: String
    /// The secret itself, resolved by whoever read the configuration. How it is shown is the dialect's matter; most send
    /// `Authorization: Bearer`.
    public var apiKey: String?
    /// A second secret, of dialects that sign the handshake.
    public var signingSecret: String?
    /// What the dialect has beside the members of ``EngineSessionConfiguration``, by the names that
    /// ``EngineDialect/optionNames`` lists: a model, the identifier of an agent, an organisation.
    public var options: [String: String]
    /// PEM file with the certificates that a `wss` server is checked against; `nil`: those of the system.
    public var trustRootsFile: String?

    public init(
        name: String,
        dialect: EngineDialect = .openAIRealtime,
        url: String,
        apiKey: String? = nil,
        signingSecret: String? = nil,
        options: [String: String] = [:],
        trustRootsFile: String? = nil
    ) {
        self.name = name
        self.dialect = dialect
        self.url = url
        self.apiKey = apiKey
        self.signingSecret = signingSecret
        self.options = options
        self.trustRootsFile = trustRootsFile
    }
}

/// What a session is set up with, before any audio.
public struct EngineSessionConfiguration: Sendable, Hashable {
    /// What the model is told to be.
    public var instructions: String?
    public var voice: String?
    /// Language of the caller as a BCP 47 tag, a hint for transcription.
    public var language: String?
    /// Format of the audio in both directions, as far as the dialect leaves the choice to us.
    public var audioFormat: AudioFormat
    public var tools: [EngineTool]
    /// Silence that ends a turn of the caller, in milliseconds, for the engine's voice activity detection.
    public var endOfTurnSilence: Int
    /// The call that the conversation belongs to.
    public var call: EngineCallContext
    /// What was said before, in order, when another engine has begun the conversation.
    public var history: [EngineUtterance]
    /// Where to go on, when an earlier session with this engine was lost.
    public var resumption: EngineResumption?

    public init(
        instructions: String? = nil,
        voice: String? = nil,
        language: String? = nil,
        audioFormat: AudioFormat = .pcm16(rate: 24_000),
        tools: [EngineTool] = [],
        endOfTurnSilence: Int = 500,
        call: EngineCallContext = EngineCallContext(),
        history: [EngineUtterance] = [],
        resumption: EngineResumption? = nil
    ) {
        self.instructions = instructions
        self.voice = voice
        self.language = language
        self.audioFormat = audioFormat
        self.tools = tools
        self.endOfTurnSilence = endOfTurnSilence
        self.call = call
        self.history = history
        self.resumption = resumption
    }
}

/// What an engine may know of a call.
public struct EngineCallContext: Sendable, Hashable {
    /// Call-ID of the caller's leg.
    public var callID: String
    /// URI or number of the caller; `nil` if it is withheld.
    public var caller: String?
    /// URI or number that was called.
    public var callee: String?
    /// Further things by name, such as a customer's number.
    public var variables: [String: String]

    public init(callID: String = "", caller: String? = nil, callee: String? = nil, variables: [String: String] = [:]) {
        self.callID = callID
        self.caller = caller
        self.callee = callee
        self.variables = variables
    }
}

/// Something that was said.
public struct EngineUtterance: Sendable, Hashable {
    public var speaker: EngineSpeaker
    public var text: String

    public init(speaker: EngineSpeaker, text: String) {
        self.speaker = speaker
        self.text = text
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
