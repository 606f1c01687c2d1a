/// An engine that services can name.
public struct EngineDefinition: Sendable, Hashable {
    /// The languages engines are spoken to in.
    public enum Dialect: String, Sendable, Hashable, CaseIterable {
        case openAIRealtime = "openai-realtime"
    }

    public var name = ""
    public var dialect = Dialect.openAIRealtime
    /// `ws://` or `wss://`.
    public var url = ""
    public var apiKey: SecretReference?
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
