/// The protocol that an engine speaks over its WebSocket; the raw value is the name in configurations.
public enum EngineDialect: String, Sendable, Hashable, CaseIterable {
    case openAIRealtime = "openai-realtime"
    case deepgramAgent = "deepgram-agent"
    case geminiLive = "gemini-live"
    case elevenLabsAgents = "elevenlabs-agents"
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
        }
    }

    public var capabilities: EngineCapabilities {
        switch self {
        case .openAIRealtime: OpenAIRealtimeSession.capabilities
        case .deepgramAgent: DeepgramSession.capabilities
        case .geminiLive: GeminiSession.capabilities
        case .elevenLabsAgents: ElevenLabsSession.capabilities
        }
    }

    /// Names that ``EngineEndpoint/options`` may have.
    public var optionNames: Set<String> {
        switch self {
        case .openAIRealtime: OpenAIRealtimeOptions.names
        case .deepgramAgent: DeepgramOptions.names
        case .geminiLive: GeminiOptions.names
        case .elevenLabsAgents: ElevenLabsOptions.names
        }
    }
}
