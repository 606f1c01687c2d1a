/// What an ElevenLabs session has beside the common configuration, from ``EngineEndpoint/options``.
struct ElevenLabsOptions: Sendable, Hashable {
    static let names: Set<String> = ["agent", "firstMessage", "userID"]

    /// Identifier of the agent, unless the URL has it.
    var agent: String?
    /// What the agent says first, instead of what its settings say; empty for nothing.
    var firstMessage: String?
    /// Whom the conversation is with, in the server's own reports.
    var userID: String?

    init(_ options: [String: String]) {
        agent = options["agent"]
        firstMessage = options["firstMessage"]
        userID = options["userID"]
    }
}
