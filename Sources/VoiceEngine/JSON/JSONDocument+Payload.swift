extension JSONDocument {
    /// The member at the end of a path of names, from the outermost value on.
    func value(_ path: String..., in bytes: Span<UInt8>) -> Value? {
        var found = Value.root
        for name in path {
            guard let next = member(name, of: found, in: bytes) else { return nil }
            found = next
        }
        return found
    }

    /// The member `name` of an object that has no other member.
    func onlyMember(_ name: String, of value: Value = .root, in bytes: Span<UInt8>) -> Value? {
        guard let found = member(name, of: value, in: bytes), found.index == value.index + 2,
            nodes[found.index].next == nodes[value.index].next
        else { return nil }
        return found
    }

    /// The element of an array that has no other element.
    func onlyElement(of value: Value) -> Value? {
        guard kind(of: value) == .array else { return nil }
        let first = value.index + 1
        guard first < nodes[value.index].next, nodes[first].next == nodes[value.index].next else { return nil }
        return Value(index: first)
    }

    /// The bytes that a string stands for in Base64; `nil` if `value` is no string or no Base64.
    func base64(_ value: Value?, in bytes: Span<UInt8>) -> [UInt8]? {
        guard let value else { return nil }
        var decoded: [UInt8] = []
        if let range = plainStringRange(value) {
            guard range.upperBound <= bytes.count else { return nil }
            return Base64.decode(bytes.extracting(range), into: &decoded) ? decoded : nil
        }
        // Some encoders write "\/" for "/".
        guard let unescaped = string(value, in: bytes) else { return nil }
        let characters = Array(unescaped.utf8)
        return Base64.decode(characters.span, into: &decoded) ? decoded : nil
    }

    /// An object or array as it was written, as JSON text; `nil` for anything else.
    func containerText(_ value: Value?, in bytes: Span<UInt8>) -> String? {
        guard let value, kind(of: value) == .object || kind(of: value) == .array, let range = range(value),
            range.upperBound <= bytes.count
        else { return nil }
        return bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
