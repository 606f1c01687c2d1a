/// A response that a server is giving.
public struct OpenAIRealtimeServerResponse: Sendable, Hashable {
    /// Why a response ended before it was complete (`status_details.reason`).
    public enum CancelReason: String, Sendable, Hashable {
        case turnDetected = "turn_detected"
        case clientCancelled = "client_cancelled"
    }

    struct Call: Sendable, Hashable {
        var id: String
        var item: String
        var name: String
        var arguments: String
    }

    public let id: String
    /// The spoken item.
    public let item: String
    var transcript = ""
    /// Nothing was said yet.
    public var isEmpty: Bool { transcript.isEmpty }
    var hasAudio = false
    var calls: [Call] = []
}

extension OpenAIRealtimeServerSession {
    /// Speech of the caller began, `milliseconds` after the start of the session.
    ///
    /// - Returns: The identifier of the item that this speech becomes.
    public mutating func speechStarted(at milliseconds: Int, into out: inout [Output]) -> String {
        let item = nextIdentifier("item")
        speech = Speech(began: milliseconds, ended: milliseconds)
        out.append(
            .send(
                event("input_audio_buffer.speech_started") { json in
                    json.member("audio_start_ms", milliseconds)
                    json.member("item_id", item)
                }))
        return item
    }

    /// Speech of the caller ended, and with it his turn.
    public mutating func speechStopped(at milliseconds: Int, item: String, into out: inout [Output]) {
        speech.ended = max(speech.began, milliseconds)
        out.append(
            .send(
                event("input_audio_buffer.speech_stopped") { json in
                    json.member("audio_end_ms", milliseconds)
                    json.member("item_id", item)
                }))
        out.append(.send(event("input_audio_buffer.committed") { $0.member("item_id", item) }))
        out.append(
            .send(
                event("conversation.item.added") { json in
                    json.object("item") { json in
                        json.member("id", item)
                        json.member("type", "message")
                        json.member("status", "completed")
                        json.member("role", "user")
                        json.name("content")
                        json.beginArray()
                        json.beginObject()
                        json.member("type", "input_audio")
                        json.endObject()
                        json.endArray()
                    }
                }))
    }

    /// What the caller said; nothing is sent unless the client asked for transcription.
    public mutating func callerTranscript(_ transcript: String, item: String, into out: inout [Output]) {
        guard configuration.transcribesInput else { return }
        let milliseconds = speech.ended - speech.began
        out.append(
            .send(
                event("conversation.item.input_audio_transcription.completed") { json in
                    json.member("item_id", item)
                    json.member("content_index", 0)
                    json.member("transcript", transcript)
                    json.object("usage") { json in
                        json.member("type", "duration")
                        json.name("seconds")
                        json.raw("\(milliseconds / 1_000).\(milliseconds % 1_000 / 100)")
                    }
                }))
    }

    /// Begins a response, in place of the running one if there is one.
    ///
    /// - Returns: Its identifier.
    @discardableResult
    public mutating func beginResponse(into out: inout [Output]) -> String {
        if response != nil { cancelResponse(.clientCancelled, into: &out) }
        let begun = OpenAIRealtimeServerResponse(id: nextIdentifier("resp"), item: nextIdentifier("item"))
        response = begun
        out.append(
            .send(
                event("response.created") { json in
                    json.object("response") { json in
                        json.member("id", begun.id)
                        json.member("status", "in_progress")
                    }
                }))
        return begun.id
    }

    /// The next piece of the running response's audio, in the output format.
    public mutating func audio(_ audio: Span<UInt8>, into out: inout [Output]) {
        guard let current = response, !audio.isEmpty else { return }
        if !current.hasAudio { beginItem(current, into: &out) }
        response?.hasAudio = true
        let id = nextIdentifier("event")
        var json = JSONWriter(reservingCapacity: audio.count * 4 / 3 + 256)
        json.beginObject()
        json.member("type", "response.output_audio.delta")
        json.member("event_id", id)
        Self.place(current, &json)
        json.name("delta")
        json.base64(audio)
        json.endObject()
        out.append(.send(json.bytes))
    }

    /// The next piece of the text that is spoken.
    public mutating func transcript(_ text: String, into out: inout [Output]) {
        guard let current = response, !text.isEmpty else { return }
        if !current.hasAudio {
            beginItem(current, into: &out)
            response?.hasAudio = true
        }
        response?.transcript += text
        out.append(
            .send(
                event("response.output_audio_transcript.delta") { json in
                    Self.place(current, &json)
                    json.member("delta", text)
                }))
    }

    /// Calls a function of the client within the running response.
    public mutating func functionCall(_ name: String, arguments: String, into out: inout [Output]) {
        guard let current = response else { return }
        let call = OpenAIRealtimeServerResponse.Call(
            id: nextIdentifier("call"), item: nextIdentifier("item"), name: name, arguments: arguments)
        response?.calls.append(call)
        out.append(
            .send(
                event("response.function_call_arguments.done") { json in
                    json.member("response_id", current.id)
                    json.member("item_id", call.item)
                    json.member("output_index", current.calls.count + 1)
                    json.member("call_id", call.id)
                    json.member("name", call.name)
                    json.member("arguments", call.arguments)
                }))
    }

    /// The running response is complete.
    public mutating func finishResponse(into out: inout [Output]) {
        guard let current = response else { return }
        if current.hasAudio {
            out.append(.send(event("response.output_audio.done") { Self.place(current, &$0) }))
            out.append(
                .send(
                    event("response.output_audio_transcript.done") { json in
                        Self.place(current, &json)
                        json.member("transcript", current.transcript)
                    }))
        }
        done(current, status: "completed", reason: nil, into: &out)
    }

    /// The running response ends before it is complete. Nothing happens if there is none.
    public mutating func cancelResponse(
        _ reason: OpenAIRealtimeServerResponse.CancelReason,
        into out: inout [Output]
    ) {
        guard let current = response else { return }
        done(current, status: "cancelled", reason: reason.rawValue, into: &out)
    }

    private mutating func beginItem(_ current: OpenAIRealtimeServerResponse, into out: inout [Output]) {
        out.append(
            .send(
                event("response.output_item.added") { json in
                    json.member("response_id", current.id)
                    json.member("output_index", 0)
                    json.object("item") { json in
                        json.member("id", current.item)
                        json.member("type", "message")
                        json.member("status", "in_progress")
                        json.member("role", "assistant")
                        json.name("content")
                        json.beginArray()
                        json.endArray()
                    }
                }))
        out.append(
            .send(
                event("response.content_part.added") { json in
                    Self.place(current, &json)
                    json.object("part") { $0.member("type", "audio") }
                }))
    }

    private mutating func done(
        _ current: OpenAIRealtimeServerResponse,
        status: String,
        reason: String?,
        into out: inout [Output]
    ) {
        response = nil
        out.append(
            .send(
                event("response.done") { json in
                    json.object("response") { json in
                        json.member("id", current.id)
                        json.member("status", status)
                        if let reason {
                            json.object("status_details") { json in
                                json.member("type", status)
                                json.member("reason", reason)
                            }
                        }
                        Self.output(current, &json)
                    }
                }))
    }

    private static func output(_ current: OpenAIRealtimeServerResponse, _ json: inout JSONWriter) {
        json.name("output")
        json.beginArray()
        if current.hasAudio {
            json.beginObject()
            json.member("id", current.item)
            json.member("type", "message")
            json.member("role", "assistant")
            json.name("content")
            json.beginArray()
            json.beginObject()
            json.member("type", "output_audio")
            json.member("transcript", current.transcript)
            json.endObject()
            json.endArray()
            json.endObject()
        }
        for call in current.calls {
            json.beginObject()
            json.member("id", call.item)
            json.member("type", "function_call")
            json.member("call_id", call.id)
            json.member("name", call.name)
            json.member("arguments", call.arguments)
            json.endObject()
        }
        json.endArray()
    }

    private static func place(_ current: OpenAIRealtimeServerResponse, _ json: inout JSONWriter) {
        json.member("response_id", current.id)
        json.member("item_id", current.item)
        json.member("output_index", 0)
        json.member("content_index", 0)
    }
}
