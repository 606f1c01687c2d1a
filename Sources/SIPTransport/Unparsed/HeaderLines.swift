import Glibc

/// The lines of a message up to the first empty one, without their ends, for what is decided before it is parsed.
struct HeaderLines: Sequence, IteratorProtocol {
    let bytes: UnsafeRawBufferPointer
    private var start = 0

    init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func next() -> Slice<UnsafeRawBufferPointer>? {
        guard let base = bytes.baseAddress, start < bytes.count else { return nil }
        let rest = bytes.count - start
        let length = memchr(base + start, 0x0A, rest).map { base.distance(to: UnsafeRawPointer($0)) - start } ?? rest
        var end = start + length
        if end > start, bytes[end - 1] == 0x0D { end -= 1 }
        defer { start += length + 1 }
        return end > start ? bytes[start..<end] : nil
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// - Parameters:
    ///   - name: In lower case.
    ///   - compact: In lower case.
    func isField(_ name: String, compact: Character?) -> Bool {
        if hasPrefixIgnoringCase(name), isNameEnd(at: startIndex + name.utf8.count) { return true }
        guard let compact = compact?.asciiValue, let first else { return false }
        return first | 0x20 == compact && isNameEnd(at: startIndex + 1)
    }

    /// Resource-Priority (RFC 4412), or the Contact of an emergency registration (TS 24.229 §5.1.6).
    var claimsPriority: Bool {
        isField("resource-priority", compact: nil)
            || isField("contact", compact: "m") && containsIgnoringCase(";sos")
    }

    /// What follows the colon, without spaces before it; `nil` without a colon.
    var fieldValue: Slice<UnsafeRawBufferPointer>? {
        firstIndex(of: 0x3A).map { self[($0 + 1)...].drop { $0 == 0x20 || $0 == 0x09 } }
    }

    private func isNameEnd(at index: Int) -> Bool {
        index < endIndex && (self[index] == 0x3A || self[index] == 0x20 || self[index] == 0x09)
    }

    func hasPrefixIgnoringCase(_ text: String) -> Bool {
        guard count >= text.utf8.count else { return false }
        var index = startIndex
        for byte in text.utf8 {
            let own = self[index]
            guard own == byte || (0x41...0x5A).contains(own) && own | 0x20 == byte else { return false }
            index += 1
        }
        return true
    }

    func range(ofIgnoringCase text: String) -> Range<Int>? {
        let length = text.utf8.count
        guard count >= length, let first = text.utf8.first else { return nil }
        for start in startIndex...(endIndex - length) where self[start] | 0x20 == first | 0x20 {
            if self[start...].hasPrefixIgnoringCase(text) { return start..<(start + length) }
        }
        return nil
    }

    func containsIgnoringCase(_ text: String) -> Bool { range(ofIgnoringCase: text) != nil }
}
