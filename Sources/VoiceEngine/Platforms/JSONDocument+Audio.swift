extension JSONDocument {
    /// Appends what the Base64 in the string `value` stands for.
    ///
    /// - Returns: `false`, with nothing appended, if it is missing, empty, no string or no Base64.
    func appendBase64(_ value: Value?, in text: Span<UInt8>, into audio: inout [UInt8]) -> Bool {
        guard let value else { return false }
        let before = audio.count
        if let range = plainStringRange(value) {
            return Base64.decode(text.extracting(range), into: &audio) && audio.count > before
        }
        // Some encoders write "\/" for "/".
        guard let unescaped = string(value, in: text) else { return false }
        let bytes = Array(unescaped.utf8)
        return Base64.decode(bytes.span, into: &audio) && audio.count > before
    }

    /// The string members of an object, and its numbers and truth values as text; at most `limit`.
    func texts(of object: Value?, in text: Span<UInt8>, limit: Int = 64) -> [String: String] {
        guard let object, kind(of: object) == .object else { return [:] }
        var found: [String: String] = [:]
        for (name, value) in members(of: object, in: text) where found.count < limit {
            switch kind(of: value) {
            case .string: found[name] = string(value, in: text)
            case .number, .true, .false: found[name] = raw(value, in: text)
            default: break
            }
        }
        return found
    }

    /// The members of an object with their names, in order.
    public func members(of object: Value, in text: Span<UInt8>) -> [(name: String, value: Value)] {
        guard kind(of: object) == .object else { return [] }
        var result: [(name: String, value: Value)] = []
        var index = object.index + 1
        let end = nodes[object.index].next
        while index + 1 < end {
            if let name = string(Value(index: index), in: text) { result.append((name, Value(index: index + 1))) }
            index = nodes[index + 1].next
        }
        return result
    }

    /// A value as it was written, a string without its quotation marks.
    func raw(_ value: Value, in text: Span<UInt8>) -> String? {
        guard let range = range(value), range.upperBound <= text.count else { return nil }
        return text.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
