/// What the client sends after the set-up, as JSON.
enum GeminiMessage {
    /// Answer what has been said.
    static let turnComplete = JSONWriter.object { json in
        json.object("clientContent") { $0.member("turnComplete", true) }
    }

    /// Answered as if the caller had said it.
    static func realtimeText(_ text: String) -> [UInt8] {
        JSONWriter.object { json in
            json.object("realtimeInput") { $0.member("text", text) }
        }
    }

    /// Added to the conversation.
    static func content(_ utterances: [EngineUtterance], completesTurn: Bool) -> [UInt8] {
        JSONWriter.object { json in
            json.object("clientContent") { json in
                json.name("turns")
                json.beginArray()
                for utterance in utterances {
                    json.beginObject()
                    json.member("role", utterance.speaker == .caller ? "user" : "model")
                    parts(utterance.text, &json)
                    json.endObject()
                }
                json.endArray()
                json.member("turnComplete", completesTurn)
            }
        }
    }

    /// - Parameters:
    ///   - id: That of the call; one that this side made up is left out.
    ///   - isSilent: The model is not to speak about the result.
    static func functionResponse(id: String, name: String, output: String, isSilent: Bool) -> [UInt8] {
        JSONWriter.object { json in
            json.object("toolResponse") { json in
                json.name("functionResponses")
                json.beginArray()
                json.beginObject()
                if !id.hasPrefix(namelessCall) { json.member("id", id) }
                json.member("name", name)
                json.name("response")
                response(output, &json)
                if isSilent { json.member("scheduling", "SILENT") }
                json.endObject()
                json.endArray()
            }
        }
    }

    /// Begins the identifiers of calls that the server has given none.
    static let namelessCall = "sidetone-call-"

    static func parts(_ text: String, _ json: inout JSONWriter) {
        json.name("parts")
        json.beginArray()
        json.beginObject()
        json.member("text", text)
        json.endObject()
        json.endArray()
    }

    /// The dialect wants an object; anything else becomes its member `output`.
    private static func response(_ output: String, _ json: inout JSONWriter) {
        var document = JSONDocument()
        let bytes = Array(output.utf8)
        let isJSON = (try? document.parse(bytes.span)) != nil
        if isJSON, document.kind(of: .root) == .object { return json.raw(output) }
        json.beginObject()
        json.name("output")
        if isJSON { json.raw(output) } else { json.string(output) }
        json.endObject()
    }
}
