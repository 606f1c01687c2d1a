import VoiceEngine

/// The functions that an assistant's engine is offered.
enum AssistantTool {
    static let hangUp = "hang_up"
    static let transfer = "transfer"

    /// Whether the engine is not to speak on after this function, unless it fails.
    static func endsConversation(_ name: String) -> Bool { name == hangUp || name == transfer }

    static func all(targets: [String]) -> [EngineTool] {
        var tools = [
            EngineTool(
                name: hangUp,
                description: "Ends the call. Say goodbye first.",
                parameters: #"{"type":"object","properties":{}}"#
            )
        ]
        if !targets.isEmpty {
            let names = targets.map { "\"\($0.filter { $0 != "\"" && $0 != "\\" })\"" }.joined(separator: ",")
            tools.append(
                EngineTool(
                    name: transfer,
                    description: "Hands the caller to a person or a department. Say so first.",
                    parameters: #"{"type":"object","properties":{"target":{"type":"string","enum":["# + names + "]},"
                        + details.map { #""\#($0.name)":{"type":"string","description":"\#($0.description)"}"# }
                        .joined(separator: ",") + #"},"required":["target"]}"#
                )
            )
        }
        return tools
    }

    /// What goes along to whoever takes the call over.
    private static let details = [
        (name: "reason", description: "Why the caller is handed over, in a few words."),
        (name: "intent", description: "What the caller wants, in one or two words."),
        (name: "summary", description: "What was said so far, in two sentences."),
        (name: "language", description: "The language that the caller speaks, as a BCP 47 tag."),
    ]

    /// What the arguments of a transfer ask for; without a target if they are no JSON object with one.
    static func transferRequest(in arguments: String) -> EngineTransferRequest {
        let bytes = Array(arguments.utf8)
        var document = JSONDocument()
        guard (try? document.parse(bytes.span)) != nil else { return EngineTransferRequest(target: "") }
        var request = EngineTransferRequest(target: document.string("target", in: bytes.span) ?? "")
        for (name, _) in details {
            guard let value = document.string(name, in: bytes.span), !value.isEmpty else { continue }
            if name == "reason" { request.reason = value } else { request.variables[name] = value }
        }
        return request
    }
}
