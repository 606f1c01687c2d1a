import VoiceEngine

/// An engine that services can name.
public struct EngineDefinition: Sendable, Hashable {
    public var name = ""
    public var dialect = EngineDialect.openAIRealtime
    /// `ws://` or `wss://`.
    public var url = ""
    public var apiKey: SecretReference?
    /// Of dialects that sign the handshake of the WebSocket.
    public var signingSecret: SecretReference?
    /// What the dialect has beside, by ``VoiceEngine/EngineDialect/optionNames``.
    public var options: [String: String] = [:]
    /// PEM file of the authorities that a `wss` server is checked against; `nil`: those of the system.
    public var trustRootsFile: String?

    public init() {}

    /// The voice engine that the server starts itself.
    static var local: EngineDefinition {
        var engine = EngineDefinition()
        engine.name = "local"
        engine.url = "ws://127.0.0.1:8765/v1/realtime"
        return engine
    }
}
