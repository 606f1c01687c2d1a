/// What the client sends, as JSON.
enum ElevenLabsMessage {
    /// The first message. Of the agent's settings only those are overridden that the configuration names: the agent
    /// refuses overrides that it does not allow.
    static func initiation(_ configuration: EngineSessionConfiguration, _ options: ElevenLabsOptions) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "conversation_initiation_client_data")
            json.object("conversation_config_override") { json in
                overrideAgent(configuration, options, &json)
                if let voice = configuration.voice {
                    json.object("tts") { $0.member("voice_id", voice) }
                }
            }
            json.object("custom_llm_extra_body") { _ in }
            json.object("dynamic_variables") { json in
                for (name, value) in variables(configuration.call) { json.member(name, value) }
            }
            if let userID = options.userID { json.member("user_id", userID) }
        }
    }

    static func pong(_ number: Int) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "pong")
            json.member("event_id", number)
        }
    }

    /// Answered as if the caller had said it.
    static func userMessage(_ text: String) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "user_message")
            json.member("text", text)
        }
    }

    static func contextualUpdate(_ text: String) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "contextual_update")
            json.member("text", text)
        }
    }

    static func toolResult(id: String, output: String) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "client_tool_result")
            json.member("tool_call_id", id)
            json.member("result", output)
            json.member("is_error", false)
        }
    }

    /// A conversation that was led elsewhere, as one text.
    static func history(_ utterances: [EngineUtterance]) -> [UInt8] {
        let lines = utterances.map { "\($0.speaker == .caller ? "Caller" : "You"): \($0.text)" }
        return contextualUpdate("What was said before:\n" + lines.joined(separator: "\n"))
    }

    private static func overrideAgent(
        _ configuration: EngineSessionConfiguration,
        _ options: ElevenLabsOptions,
        _ json: inout JSONWriter
    ) {
        guard configuration.instructions != nil || configuration.language != nil || options.firstMessage != nil else {
            return
        }
        json.object("agent") { json in
            if let instructions = configuration.instructions {
                json.object("prompt") { $0.member("prompt", instructions) }
            }
            if let first = options.firstMessage {
                // Who was spoken to before is not greeted again.
                json.member("first_message", configuration.history.isEmpty ? first : "")
            }
            if let language = configuration.language {
                // The server takes the ISO 639-1 part of the tag.
                json.member("language", String(language.prefix { $0 != "-" && $0 != "_" }))
            }
        }
    }

    /// In the order of their names. Those of the configuration go before ours.
    private static func variables(_ call: EngineCallContext) -> [(String, String)] {
        var variables = call.variables
        for (name, value) in [("call_id", call.callID), ("caller", call.caller), ("callee", call.callee)] {
            if let value, !value.isEmpty, variables[name] == nil { variables[name] = value }
        }
        return variables.sorted { $0.key < $1.key }
    }
}
