import VoiceEngine

/// The functions that an assistant's engine is offered.
enum AssistantTool {
    static let hangUp = "hang_up"
    static let transfer = "transfer"

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
                    parameters: #"{"type":"object","properties":{"target":{"type":"string","enum":["# + names
                        + #"]}},"required":["target"]}"#
                )
            )
        }
        return tools
    }

    /// The `target` of a transfer; `nil` if the arguments are no JSON object with one.
    static func target(in arguments: String) -> String? {
        let bytes = Array(arguments.utf8)
        var document = JSONDocument()
        guard (try? document.parse(bytes.span)) != nil else { return nil }
        return document.string("target", in: bytes.span)
    }
}
