/// The protocol that an engine speaks over its WebSocket; the raw value is the name in configurations.
public enum EngineDialect: String, Sendable, Hashable, CaseIterable {
    case openAIRealtime = "openai-realtime"
    case deepgramAgent = "deepgram-agent"
    case geminiLive = "gemini-live"
    case elevenLabsAgents = "elevenlabs-agents"
    case twilioMediaStreams = "twilio-media-streams"
    case telnyxMediaStreams = "telnyx-media-streams"
    case plivoAudioStreams = "plivo-audio-streams"
    case exotelVoicebot = "exotel-voicebot"
    case vonageAudioConnector = "vonage-audio-connector"
    case jambonzListen = "jambonz-listen"
    case asteriskWebSocket = "asterisk-websocket"
    case audioCodesBot = "audiocodes-bot"
    case genesysAudioHook = "genesys-audiohook"
}

extension EngineDialect {
    /// A session that has not started.
    ///
    /// - Parameter options: Those of ``EngineEndpoint/options``.
    public func makeSession(
        _ configuration: EngineSessionConfiguration,
        options: [String: String] = [:]
    ) -> any EngineSession {
        switch self {
        case .openAIRealtime: OpenAIRealtimeSession(configuration, options: options)
        case .deepgramAgent: DeepgramSession(configuration, options: options)
        case .geminiLive: GeminiSession(configuration, options: options)
        case .elevenLabsAgents: ElevenLabsSession(configuration, options: options)
        case .twilioMediaStreams: MediaStreamsSession(.twilio, configuration, options: options)
        case .telnyxMediaStreams: MediaStreamsSession(.telnyx, configuration, options: options)
        case .plivoAudioStreams: MediaStreamsSession(.plivo, configuration, options: options)
        case .exotelVoicebot: MediaStreamsSession(.exotel, configuration, options: options)
        case .vonageAudioConnector: VonageSession(configuration)
        case .jambonzListen: JambonzSession(configuration, options: options)
        case .asteriskWebSocket: AsteriskSession(configuration, options: options)
        case .audioCodesBot: AudioCodesSession(configuration, options: options)
        case .genesysAudioHook: AudioHookSession(configuration, options: options)
        }
    }

    public var capabilities: EngineCapabilities {
        switch self {
        case .openAIRealtime: OpenAIRealtimeSession.capabilities
        case .deepgramAgent: DeepgramSession.capabilities
        case .geminiLive: GeminiSession.capabilities
        case .elevenLabsAgents: ElevenLabsSession.capabilities
        case .twilioMediaStreams: MediaStreamsSession.capabilities(.twilio)
        case .telnyxMediaStreams: MediaStreamsSession.capabilities(.telnyx)
        case .plivoAudioStreams: MediaStreamsSession.capabilities(.plivo)
        case .exotelVoicebot: MediaStreamsSession.capabilities(.exotel)
        case .vonageAudioConnector: VonageSession.capabilities
        case .jambonzListen: JambonzSession.capabilities
        case .asteriskWebSocket: AsteriskSession.capabilities
        case .audioCodesBot: AudioCodesSession.capabilities
        case .genesysAudioHook: AudioHookSession.capabilities
        }
    }

    /// Names that ``EngineEndpoint/options`` may have.
    public var optionNames: Set<String> {
        switch self {
        case .openAIRealtime: OpenAIRealtimeOptions.names
        case .deepgramAgent: DeepgramOptions.names
        case .geminiLive: GeminiOptions.names
        case .elevenLabsAgents: ElevenLabsOptions.names
        case .twilioMediaStreams: MediaStreamsSession.optionNames(.twilio)
        case .telnyxMediaStreams: MediaStreamsSession.optionNames(.telnyx)
        case .plivoAudioStreams: MediaStreamsSession.optionNames(.plivo)
        case .exotelVoicebot: MediaStreamsSession.optionNames(.exotel)
        case .vonageAudioConnector: VonageSession.optionNames
        case .jambonzListen: JambonzSession.optionNames
        case .asteriskWebSocket: AsteriskSession.optionNames
        case .audioCodesBot: AudioCodesSession.optionNames
        case .genesysAudioHook: AudioHookSession.optionNames
        }
    }
}
