import Codecs

/// What the client sends, as JSON.
enum OpenAIRealtimeClientEvent {
    static func updateSession(
        _ configuration: EngineSessionConfiguration,
        _ options: OpenAIRealtimeOptions
    ) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "session.update")
            json.object("session") { json in
                json.member("type", "realtime")
                json.name("output_modalities")
                json.beginArray()
                json.string("audio")
                json.endArray()
                if let instructions = configuration.instructions { json.member("instructions", instructions) }
                json.object("audio") { json in
                    json.object("input") { json in input(configuration, options, &json) }
                    json.object("output") { json in
                        json.object("format") { json in format(configuration.audioFormat, &json) }
                        if let voice = configuration.voice { json.member("voice", voice) }
                    }
                }
                tools(configuration.tools, &json)
            }
        }
    }

    static func createResponse(_ instructions: String?, eventID: String) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "response.create")
            json.member("event_id", eventID)
            if let instructions {
                json.object("response") { json in json.member("instructions", instructions) }
            }
        }
    }

    static func cancelResponse(id: String) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "response.cancel")
            json.member("response_id", id)
        }
    }

    static func truncate(_ cut: OpenAIRealtimeTurns.Cut) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "conversation.item.truncate")
            json.member("item_id", cut.item)
            json.member("content_index", cut.contentIndex)
            json.member("audio_end_ms", cut.milliseconds)
        }
    }

    static func functionOutput(callID: String, output: String) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "conversation.item.create")
            json.object("item") { json in
                json.member("type", "function_call_output")
                json.member("call_id", callID)
                json.member("output", output)
            }
        }
    }

    /// A text message of either party, as if it had been said.
    static func message(_ utterance: EngineUtterance) -> [UInt8] {
        switch utterance.speaker {
        case .caller: message("user", "input_text", utterance.text)
        case .engine: message("assistant", "output_text", utterance.text)
        }
    }

    static func systemMessage(_ text: String) -> [UInt8] { message("system", "input_text", text) }

    private static func message(_ role: String, _ type: String, _ text: String) -> [UInt8] {
        JSONWriter.object { json in
            json.member("type", "conversation.item.create")
            json.object("item") { json in
                json.member("type", "message")
                json.member("role", role)
                json.name("content")
                json.beginArray()
                json.beginObject()
                json.member("type", type)
                json.member("text", text)
                json.endObject()
                json.endArray()
            }
        }
    }

    private static func input(
        _ configuration: EngineSessionConfiguration,
        _ options: OpenAIRealtimeOptions,
        _ json: inout JSONWriter
    ) {
        json.object("format") { json in format(configuration.audioFormat, &json) }
        if let kind = options.noiseReduction {
            json.object("noise_reduction") { $0.member("type", kind) }
        }
        json.object("transcription") { json in
            json.member("model", options.transcriptionModel)
            if let language = configuration.language {
                // The API takes the ISO 639-1 part of the tag.
                json.member("language", String(language.prefix { $0 != "-" && $0 != "_" }))
            }
        }
        json.object("turn_detection") { json in
            if options.detectsTurnsByMeaning {
                json.member("type", "semantic_vad")
            } else {
                json.member("type", "server_vad")
                json.member("silence_duration_ms", configuration.endOfTurnSilence)
            }
            json.member("create_response", true)
            json.member("interrupt_response", true)
        }
    }

    private static func tools(_ tools: [EngineTool], _ json: inout JSONWriter) {
        guard !tools.isEmpty else { return }
        json.name("tools")
        json.beginArray()
        for tool in tools {
            json.beginObject()
            json.member("type", "function")
            json.member("name", tool.name)
            json.member("description", tool.description)
            json.name("parameters")
            json.raw(tool.schema)
            json.endObject()
        }
        json.endArray()
        json.member("tool_choice", "auto")
    }

    static func format(_ format: AudioFormat, _ json: inout JSONWriter) {
        json.member("type", format.realtimeName)
        if case .pcm16(let rate) = format { json.member("rate", rate) }
    }
}

extension AudioFormat {
    /// The `type` of an audio format in the Realtime dialect.
    var realtimeName: String {
        switch self {
        case .pcm16: "audio/pcm"
        case .pcmu: "audio/pcmu"
        case .pcma: "audio/pcma"
        }
    }
}

extension JSONDocument {
    static let empty = JSONDocument()

    /// Whether `text` is one JSON value within the limits.
    public static func isValid(_ text: String) -> Bool {
        var document = JSONDocument()
        let bytes = Array(text.utf8)
        return (try? document.parse(bytes.span)) != nil
    }
}
