extension Span<UInt8> {
    func equalsIgnoringASCIICase(_ text: StaticString) -> Bool {
        guard text.utf8CodeUnitCount == count else { return false }
        return text.withUTF8Buffer { buffer in
            for index in indices where self[index].asciiLowercased != buffer[index].asciiLowercased { return false }
            return true
        }
    }

    /// Whether the bytes begin with `text`, in whatever case.
    func hasPrefixIgnoringASCIICase(_ text: StaticString) -> Bool {
        text.utf8CodeUnitCount <= count
            && extracting(0..<text.utf8CodeUnitCount).equalsIgnoringASCIICase(text)
    }

    /// Without the white space at both ends.
    var trimmed: Range<Int> {
        var lower = 0
        var upper = count
        while lower < upper, self[lower].isBlankOrLineEnd { lower += 1 }
        while upper > lower, self[upper - 1].isBlankOrLineEnd { upper -= 1 }
        return lower..<upper
    }

    func text(_ range: Range<Int>) -> String {
        extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// The end of the line that starts at `start`, and where the next one starts; line ends are CRLF or LF.
    func line(from start: Int) -> (end: Int, next: Int) {
        var index = start
        while index < count, self[index] != 0x0A { index += 1 }
        let end = index > start && index <= count && self[index - 1] == 0x0D ? index - 1 : index
        return (end, Swift.min(index + 1, count))
    }
}

extension UInt8 {
    var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
    var isBlankOrLineEnd: Bool { self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A }
}
