/// Why octets are no message of a dialect, in words for its peer.
struct MalformedMessage: Error {
    let reason: String
}

/// Messages of dialects: each is one JSON object.
extension JSONDocument {
    mutating func parseObject(_ text: Span<UInt8>) throws(MalformedMessage) {
        do {
            try parse(text)
        } catch {
            throw MalformedMessage(reason: "not JSON: \(error)")
        }
        guard kind(of: .root) == .object else { throw MalformedMessage(reason: "a message that is no object") }
    }

    /// - Returns: The member `type`.
    mutating func parseTyped(_ text: Span<UInt8>) throws(MalformedMessage) -> String {
        try parseObject(text)
        guard let type = string("type", in: text) else { throw MalformedMessage(reason: "a message without a type") }
        return type
    }
}
