/// One event of the Realtime dialect as it was received: its type in the general-availability spelling, and the
/// members that several types share.
struct OpenAIRealtimeMessage {
    let type: String
    let document: JSONDocument

    init(type: String, document: JSONDocument) {
        self.type = Self.betaNames[type] ?? type
        self.document = document
    }

    func string(_ name: String, _ text: Span<UInt8>) -> String? {
        document.string(name, in: text)
    }

    func string(_ outer: String, _ name: String, _ text: Span<UInt8>) -> String? {
        document.member(outer, in: text).flatMap { document.string(name, of: $0, in: text) }
    }

    func string(_ outer: String, _ middle: String, _ name: String, _ text: Span<UInt8>) -> String? {
        document.member(outer, in: text).flatMap { document.member(middle, of: $0, in: text) }
            .flatMap { document.string(name, of: $0, in: text) }
    }

    /// Decodes the Base64 of the string member `name`; `nil` if it is missing or is no Base64.
    func base64(_ name: String, _ text: Span<UInt8>) -> [UInt8]? {
        document.base64(document.member(name, in: text), in: text)
    }

    /// What the beta protocol called some events.
    private static let betaNames = [
        "response.audio.delta": "response.output_audio.delta",
        "response.audio.done": "response.output_audio.done",
        "response.audio_transcript.delta": "response.output_audio_transcript.delta",
        "response.audio_transcript.done": "response.output_audio_transcript.done",
        "response.text.delta": "response.output_text.delta",
        "response.text.done": "response.output_text.done",
        "conversation.item.created": "conversation.item.added",
    ]
}
