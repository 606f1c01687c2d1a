/// What a Deepgram agent is made of, from ``EngineEndpoint/options``.
struct DeepgramOptions: Sendable, Hashable {
    static let names: Set<String> = [
        "agent", "listenModel", "thinkProvider", "thinkModel", "speakModel", "greeting", "mipOptOut",
    ]

    /// Identifier of an agent that is stored at the server; its models and its prompt are then the server's matter.
    var agent: String?
    var listenModel: String
    var thinkProvider: String
    var thinkModel: String
    /// The voice, unless the session's configuration names one.
    var speakModel: String
    /// What the agent says first, word for word.
    var greeting: String?
    /// Whether the conversation may not be used to improve models.
    var optsOutOfModelImprovement: Bool

    init(_ options: [String: String]) {
        agent = options["agent"]
        listenModel = options["listenModel"] ?? "nova-3"
        thinkProvider = options["thinkProvider"] ?? "open_ai"
        thinkModel = options["thinkModel"] ?? "gpt-4o-mini"
        speakModel = options["speakModel"] ?? "aura-2-thalia-en"
        greeting = options["greeting"]
        optsOutOfModelImprovement = options["mipOptOut"] == "true"
    }

    /// Models of this family take the second version of the listening provider's settings.
    var listensWithFlux: Bool { listenModel.hasPrefix("flux") }
}
