extension JSONDocument {
    public func kind(of value: Value) -> Kind? {
        nodes.indices.contains(value.index) ? nodes[value.index].kind : nil
    }

    /// The member `name` of an object; the first if there are several, `nil` if there is none or `value` is no
    /// object.
    public func member(_ name: String, of value: Value = .root, in bytes: Span<UInt8>) -> Value? {
        guard kind(of: value) == .object else { return nil }
        var index = value.index + 1
        let end = nodes[value.index].next
        while index + 1 < end {
            if matches(nodes[index], name, bytes) { return Value(index: index + 1) }
            index = nodes[index + 1].next
        }
        return nil
    }

    /// The elements of an array, in order; empty if `value` is no array.
    public func elements(of value: Value) -> [Value] {
        guard kind(of: value) == .array else { return [] }
        var result: [Value] = []
        var index = value.index + 1
        while index < nodes[value.index].next {
            result.append(Value(index: index))
            index = nodes[index].next
        }
        return result
    }

    /// The text of a string; `nil` if `value` is of another kind.
    public func string(_ value: Value?, in bytes: Span<UInt8>) -> String? {
        var unescaped: [UInt8] = []
        guard let value, kind(of: value) == .string else { return nil }
        let node = nodes[value.index]
        guard node.end <= bytes.count else { return nil }
        if node.isEscaped {
            JSONEscape.unescape(bytes, node.start..<node.end, into: &unescaped)
            return String(decoding: unescaped, as: UTF8.self)
        }
        return bytes.extracting(node.start..<node.end).withUnsafeBufferPointer { buffer in
            unsafe String(decoding: buffer, as: UTF8.self)
        }
    }

    /// Whether the member `name` is a string and equals `text`; makes no string of it.
    public func member(_ name: String, equals text: String, of value: Value = .root, in bytes: Span<UInt8>) -> Bool {
        guard let found = member(name, of: value, in: bytes), kind(of: found) == .string else { return false }
        return matches(nodes[found.index], text, bytes)
    }

    /// The string member `name`; `nil` if there is none.
    public func string(_ name: String, of value: Value = .root, in bytes: Span<UInt8>) -> String? {
        string(member(name, of: value, in: bytes), in: bytes)
    }

    /// Where the bytes of a string without escapes lie; `nil` if it has escapes or `value` is no string.
    public func plainStringRange(_ value: Value) -> Range<Int>? {
        guard kind(of: value) == .string, !nodes[value.index].isEscaped else { return nil }
        return nodes[value.index].start..<nodes[value.index].end
    }

    /// Where the bytes of a value lie, with the quotation marks of a string left out.
    public func range(_ value: Value) -> Range<Int>? {
        guard nodes.indices.contains(value.index) else { return nil }
        return nodes[value.index].start..<nodes[value.index].end
    }

    /// The whole part of a number; `nil` if `value` is no number, has an exponent or does not fit.
    public func integer(_ value: Value?, in bytes: Span<UInt8>) -> Int? {
        guard let value, kind(of: value) == .number, nodes[value.index].end <= bytes.count else { return nil }
        let node = nodes[value.index]
        var offset = node.start
        let isNegative = bytes[offset] == UInt8(ascii: "-")
        if isNegative { offset += 1 }
        var result = 0
        while offset < node.end, 0x30...0x39 ~= bytes[offset] {
            let (shifted, overflow) = result.multipliedReportingOverflow(by: 10)
            let digit = Int(bytes[offset] - 0x30)
            let (next, carry) = shifted.addingReportingOverflow(isNegative ? -digit : digit)
            if overflow || carry { return nil }
            result = next
            offset += 1
        }
        while offset < node.end {
            if bytes[offset] | 0x20 == UInt8(ascii: "e") { return nil }
            offset += 1
        }
        return result
    }

    public func integer(_ name: String, of value: Value = .root, in bytes: Span<UInt8>) -> Int? {
        integer(member(name, of: value, in: bytes), in: bytes)
    }

    public func bool(_ name: String, of value: Value = .root, in bytes: Span<UInt8>) -> Bool? {
        switch member(name, of: value, in: bytes).flatMap({ kind(of: $0) }) {
        case .true: true
        case .false: false
        default: nil
        }
    }

    private func matches(_ node: Node, _ name: String, _ bytes: Span<UInt8>) -> Bool {
        guard node.end <= bytes.count else { return false }
        if node.isEscaped {
            var unescaped: [UInt8] = []
            JSONEscape.unescape(bytes, node.start..<node.end, into: &unescaped)
            return unescaped.elementsEqual(name.utf8)
        }
        guard node.end - node.start == name.utf8.count else { return false }
        var offset = node.start
        for byte in name.utf8 {
            if bytes[offset] != byte { return false }
            offset += 1
        }
        return true
    }
}
