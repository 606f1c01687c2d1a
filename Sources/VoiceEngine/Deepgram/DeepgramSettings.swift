import Codecs

/// The `Settings` message, which sets up a session.
struct DeepgramSettings {
    let configuration: EngineSessionConfiguration
    let options: DeepgramOptions

    var message: [UInt8] {
        JSONWriter.object { json in
            json.member("type", "Settings")
            json.object("audio") { json in
                json.object("input") { json in format(&json) }
                json.object("output") { json in
                    format(&json)
                    // With a container there would be a header before the audio.
                    json.member("container", "none")
                }
            }
            if let agent = options.agent {
                json.member("agent", agent)
            } else {
                json.object("agent", agent)
            }
            if options.optsOutOfModelImprovement { json.member("mip_opt_out", true) }
        }
    }

    private func format(_ json: inout JSONWriter) {
        switch configuration.audioFormat {
        case .pcm16: json.member("encoding", "linear16")
        case .pcmu: json.member("encoding", "mulaw")
        case .pcma: json.member("encoding", "alaw")
        }
        json.member("sample_rate", configuration.audioFormat.sampleRate)
    }

    private func agent(_ json: inout JSONWriter) {
        json.object("listen") { json in json.object("provider", listenProvider) }
        json.object("think") { json in
            json.object("provider") { json in
                json.member("type", options.thinkProvider)
                json.member("model", options.thinkModel)
            }
            if let instructions = configuration.instructions { json.member("prompt", instructions) }
            functions(&json)
        }
        json.object("speak") { json in
            json.object("provider") { json in
                json.member("type", "deepgram")
                json.member("model", configuration.voice ?? options.speakModel)
            }
        }
        // Who was spoken to before is not greeted again.
        if let greeting = options.greeting, configuration.history.isEmpty { json.member("greeting", greeting) }
        history(&json)
    }

    private func listenProvider(_ json: inout JSONWriter) {
        json.member("type", "deepgram")
        json.member("model", options.listenModel)
        if options.listensWithFlux { json.member("version", "v2") }
        guard let language = configuration.language else { return }
        if options.listensWithFlux {
            json.name("language_hints")
            json.beginArray()
            json.string(language)
            json.endArray()
        } else {
            json.member("language", language)
        }
    }

    private func functions(_ json: inout JSONWriter) {
        guard !configuration.tools.isEmpty else { return }
        json.name("functions")
        json.beginArray()
        for tool in configuration.tools {
            // Without an endpoint a function is the client's.
            json.beginObject()
            json.member("name", tool.name)
            json.member("description", tool.description)
            json.name("parameters")
            json.raw(tool.schema)
            json.endObject()
        }
        json.endArray()
    }

    private func history(_ json: inout JSONWriter) {
        guard !configuration.history.isEmpty else { return }
        json.object("context") { json in
            json.name("messages")
            json.beginArray()
            for utterance in configuration.history {
                json.beginObject()
                json.member("type", "History")
                json.member("role", utterance.speaker == .caller ? "user" : "assistant")
                json.member("content", utterance.text)
                json.endObject()
            }
            json.endArray()
        }
    }
}
