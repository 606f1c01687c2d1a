/// The `setup` message, the first of a connection.
struct GeminiSetup {
    let configuration: EngineSessionConfiguration
    let options: GeminiOptions

    /// A resumed session has its history already.
    static func sendsHistory(_ configuration: EngineSessionConfiguration) -> Bool {
        configuration.resumption == nil && !configuration.history.isEmpty
    }

    var message: [UInt8] {
        JSONWriter.object { json in json.object("setup", setup) }
    }

    private func setup(_ json: inout JSONWriter) {
        json.member("model", options.model)
        json.object("generationConfig") { json in
            json.name("responseModalities")
            json.beginArray()
            json.string("AUDIO")
            json.endArray()
            speech(&json)
        }
        if let instructions = configuration.instructions {
            json.object("systemInstruction") { GeminiMessage.parts(instructions, &$0) }
        }
        tools(&json)
        json.object("realtimeInputConfig") { json in
            json.object("automaticActivityDetection") { $0.member("silenceDurationMs", configuration.endOfTurnSilence) }
            json.member("activityHandling", "START_OF_ACTIVITY_INTERRUPTS")
        }
        json.object("inputAudioTranscription") { _ in }
        json.object("outputAudioTranscription") { _ in }
        json.object("sessionResumption") { json in
            if let resumption = configuration.resumption { json.member("handle", resumption.rawValue) }
        }
        // Without it a session ends after 15 minutes.
        json.object("contextWindowCompression") { json in json.object("slidingWindow") { _ in } }
        if Self.sendsHistory(configuration) {
            json.object("historyConfig") { $0.member("initialHistoryInClientContent", true) }
        }
    }

    private func speech(_ json: inout JSONWriter) {
        guard configuration.voice != nil || configuration.language != nil else { return }
        json.object("speechConfig") { json in
            if let voice = configuration.voice {
                json.object("voiceConfig") { json in
                    json.object("prebuiltVoiceConfig") { $0.member("voiceName", voice) }
                }
            }
            if let language = configuration.language { json.member("languageCode", language) }
        }
    }

    private func tools(_ json: inout JSONWriter) {
        guard !configuration.tools.isEmpty else { return }
        json.name("tools")
        json.beginArray()
        json.beginObject()
        json.name("functionDeclarations")
        json.beginArray()
        for tool in configuration.tools {
            json.beginObject()
            json.member("name", tool.name)
            json.member("description", tool.description)
            json.name("parametersJsonSchema")
            json.raw(tool.schema)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        json.endArray()
    }
}
