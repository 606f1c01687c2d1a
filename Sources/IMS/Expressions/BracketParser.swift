/// Reads a bracket expression, `[` already consumed (POSIX XBD §9.3.5), in the C locale.
struct BracketParser {
    let pattern: [UInt8]
    private(set) var offset: Int
    private let start: Int

    init(pattern: [UInt8], offset: Int) {
        self.pattern = pattern
        self.offset = offset
        start = offset - 1
    }

    private var next: UInt8? { offset < pattern.count ? pattern[offset] : nil }
    private var afterNext: UInt8? { offset + 1 < pattern.count ? pattern[offset + 1] : nil }

    mutating func parse(ignoringCase: Bool) throws(ExpressionError) -> ByteSet {
        var set = ByteSet()
        var isInverted = false
        if next == UInt8(ascii: "^") {
            isInverted = true
            offset += 1
        }
        var isFirst = true
        while true {
            guard let byte = next else { throw ExpressionError(.unclosedBracket, at: start) }
            if byte == UInt8(ascii: "]") && !isFirst {
                offset += 1
                break
            }
            isFirst = false
            if byte == UInt8(ascii: "["), afterNext == UInt8(ascii: ":") {
                set.formUnion(try characterClass())
            } else {
                try rangeOrByte(into: &set)
            }
        }
        if ignoringCase { set = set.withBothCases }
        return isInverted ? set.inverted : set
    }

    private mutating func rangeOrByte(into set: inout ByteSet) throws(ExpressionError) {
        let at = offset
        let low = try element()
        // A "-" that is last before "]" stands for itself.
        guard next == UInt8(ascii: "-"), let following = afterNext, following != UInt8(ascii: "]") else {
            set.insert(low)
            return
        }
        offset += 1
        let high = try element()
        guard low <= high else { throw ExpressionError(.reversedRange, at: at) }
        for byte in low...high { set.insert(byte) }
    }

    /// One byte, or `[.x.]` or `[=x=]` with a single character.
    private mutating func element() throws(ExpressionError) -> UInt8 {
        guard let byte = next else { throw ExpressionError(.unclosedBracket, at: start) }
        guard byte < 0x80 else { throw ExpressionError(.nonASCIIInBracket, at: offset) }
        if byte == UInt8(ascii: "["), let kind = afterNext, kind == UInt8(ascii: ".") || kind == UInt8(ascii: "=") {
            let name = try delimited(by: kind)
            guard name.count == 1, let only = name.first, only < 0x80 else {
                throw ExpressionError(.unsupportedCollatingElement, at: offset)
            }
            return only
        }
        offset += 1
        return byte
    }

    private mutating func characterClass() throws(ExpressionError) -> ByteSet {
        let at = offset
        let name = try delimited(by: UInt8(ascii: ":"))
        guard let set = ByteSet.characterClass(name) else { throw ExpressionError(.unknownCharacterClass, at: at) }
        return set
    }

    /// Reads `[x … x]` and gives what stands between.
    private mutating func delimited(by kind: UInt8) throws(ExpressionError) -> [UInt8] {
        offset += 2
        let from = offset
        while offset + 1 < pattern.count {
            if pattern[offset] == kind, pattern[offset + 1] == UInt8(ascii: "]"), offset > from {
                defer { offset += 2 }
                return Array(pattern[from..<offset])
            }
            offset += 1
        }
        throw ExpressionError(.unclosedBracket, at: start)
    }
}
