import VoiceEngine

extension JSONValue {
    /// The value as it stands in a text: a string without its quotation marks, anything else as JSON.
    var plainText: String {
        if case .string(let text) = self { return text }
        return String(decoding: bytes, as: UTF8.self)
    }
}
