/// What the client sends, as JSON.
enum DeepgramMessage {
    static let keepAlive = JSONWriter.object { $0.member("type", "KeepAlive") }

    /// Said word for word, after what the agent is saying.
    static func injectAgentMessage(_ text: String) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "InjectAgentMessage")
            json.member("message", text)
            json.member("behavior", "queue")
        }
    }

    /// Answered as if the caller had said it.
    static func injectUserMessage(_ text: String) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "InjectUserMessage")
            json.member("content", text)
        }
    }

    static func updatePrompt(_ prompt: String) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "UpdatePrompt")
            json.member("prompt", prompt)
        }
    }

    static func functionResult(id: String, name: String, content: String) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "FunctionCallResponse")
            json.member("id", id)
            json.member("name", name)
            json.member("content", content)
        }
    }
}
