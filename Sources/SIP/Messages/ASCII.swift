/// The octets that the SIP grammar (RFC 3261 §25.1) names, and the classes it groups them in.
extension UInt8 {
    package static let tab: UInt8 = 0x09
    package static let lineFeed: UInt8 = 0x0A
    package static let carriageReturn: UInt8 = 0x0D
    package static let space: UInt8 = 0x20
    package static let doubleQuote: UInt8 = 0x22
    package static let percent: UInt8 = 0x25
    package static let ampersand: UInt8 = 0x26
    package static let leftParenthesis: UInt8 = 0x28
    package static let rightParenthesis: UInt8 = 0x29
    package static let comma: UInt8 = 0x2C
    package static let period: UInt8 = 0x2E
    package static let slash: UInt8 = 0x2F
    package static let colon: UInt8 = 0x3A
    package static let semicolon: UInt8 = 0x3B
    package static let lessThan: UInt8 = 0x3C
    package static let equals: UInt8 = 0x3D
    package static let greaterThan: UInt8 = 0x3E
    package static let question: UInt8 = 0x3F
    package static let at: UInt8 = 0x40
    package static let leftBracket: UInt8 = 0x5B
    package static let backslash: UInt8 = 0x5C
    package static let rightBracket: UInt8 = 0x5D

    /// A control character that may not stand in what we write; a tab may.
    package var isControl: Bool { self < 0x20 && self != .tab || self == 0x7F }

    package var isDigit: Bool { self &- 0x30 < 10 }
    package var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
    package var isHexDigit: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }

    /// `LWS` inside a field value. Framing has made sure that CR LF only stands there as part of a fold.
    package var isLinearWhitespace: Bool { OctetSet.linearWhitespace.contains(self) }

    /// `token`: alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~".
    package var isTokenCharacter: Bool { OctetSet.token.contains(self) }

    package var lowercasedASCII: UInt8 {
        self &- 0x41 < 26 ? self | 0x20 : self
    }

    /// The value of a hexadecimal digit; `nil` for anything else.
    package var hexValue: UInt8? {
        if isDigit { return self &- 0x30 }
        let letter = (self | 0x20) &- 0x61
        return letter < 6 ? letter + 10 : nil
    }
}

extension Span<UInt8> {
    /// The octets of `range` as text; octets that are no UTF-8 become U+FFFD.
    package func string(_ range: Range<Int>) -> String {
        let octets = extracting(range)
        guard octets.count > 15 else { return octets.shortString }
        return octets.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// The same for at most 15 octets, which lie in the string itself.
    @inline(__always)
    private var shortString: String {
        String(unsafeUninitializedCapacity: count) { text in
            withUnsafeBufferPointer { octets in
                _ = text.initialize(fromContentsOf: octets)
                return octets.count
            }
        }
    }

    package func octets(_ range: Range<Int>) -> [UInt8] {
        extracting(range).withUnsafeBufferPointer { Array($0) }
    }

    /// The same with every fold (RFC 3261 §7.3.1) made one space.
    package func unfolded(_ range: Range<Int>) -> String {
        var octets: [UInt8] = []
        octets.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            if self[index] == .carriageReturn {
                while index < range.upperBound, self[index].isLinearWhitespace { index += 1 }
                octets.append(.space)
            } else {
                octets.append(self[index])
                index += 1
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// Compares octet by octet.
    func equals(_ literal: StaticString, at range: Range<Int>) -> Bool {
        let octets = UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
        return equals(Span(_unsafeElements: octets), at: range)
    }

    package func equalsIgnoringCase(_ literal: StaticString, at range: Range<Int>) -> Bool {
        let octets = UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount)
        return equalsIgnoringCase(Span(_unsafeElements: octets), at: range)
    }

    package func equalsIgnoringCase(_ text: String, at range: Range<Int>) -> Bool {
        equalsIgnoringCase(text.utf8.span, at: range)
    }

    package func equalsIgnoringCase(_ other: Span<UInt8>, at range: Range<Int>) -> Bool {
        guard range.count == other.count else { return false }
        // Most are spelt as we spell them.
        if equals(other, at: range) { return true }
        var offset = 0
        while offset < other.count {
            let left = self[range.lowerBound &+ offset]
            let right = other[offset]
            guard left == right || left.lowercasedASCII == right.lowercasedASCII else { return false }
            offset &+= 1
        }
        return true
    }

    /// Compares octet by octet, in words that may overlap, since both sides are as long.
    @inline(__always)
    package func equals(_ other: Span<UInt8>, at range: Range<Int>) -> Bool {
        let count = other.count
        guard range.count == count else { return false }
        if count >= 8 {
            var offset = 0
            while isSameWord(range.lowerBound &+ offset, other, offset, UInt64.self) {
                if offset == count &- 8 { return true }
                offset = Swift.min(offset &+ 8, count &- 8)
            }
            return false
        }
        if count >= 4 {
            return isSameWord(range.lowerBound, other, 0, UInt32.self)
                && isSameWord(range.upperBound &- 4, other, count &- 4, UInt32.self)
        }
        for offset in 0..<count where self[range.lowerBound &+ offset] != other[offset] { return false }
        return true
    }

    @inline(__always)
    private func isSameWord<Word: FixedWidthInteger & BitwiseCopyable>(
        _ offset: Int,
        _ other: Span<UInt8>,
        _ otherOffset: Int,
        _ type: Word.Type
    ) -> Bool {
        bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: type)
            == other.bytes.unsafeLoadUnaligned(fromByteOffset: otherOffset, as: type)
    }
}

extension [UInt8] {
    package mutating func append(_ octets: Span<UInt8>) {
        octets.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    /// Appends `text` without the octets that are not wanted.
    mutating func append(_ text: String, where isWanted: (UInt8) -> Bool) {
        let octets = text.utf8.span
        var index = 0
        while index < octets.count, isWanted(octets[index]) { index += 1 }
        append(octets.extracting(0..<index))
        while index < octets.count {
            if isWanted(octets[index]) { append(octets[index]) }
            index += 1
        }
    }

    package mutating func append(decimal number: UInt64) {
        var rest = number
        let start = count
        repeat {
            append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }

    /// Makes every control character of `range` a space.
    package mutating func replaceControls(in range: Range<Int>) {
        var index = range.lowerBound
        while true {
            index = span.firstControl(in: index..<range.upperBound)
            guard index < range.upperBound else { break }
            if self[index].isControl { self[index] = .space }
            index += 1
        }
        index = span.firstOffset(of: 0x7F, in: range)
        while index < range.upperBound {
            self[index] = .space
            index = span.firstOffset(of: 0x7F, in: index + 1..<range.upperBound)
        }
    }
}

extension String {
    /// Compares ASCII letters without case, everything else exactly.
    package func equalsIgnoringCase(_ other: String) -> Bool {
        let octets = utf8.span
        return octets.equalsIgnoringCase(other.utf8.span, at: 0..<octets.count)
    }

    package var lowercasedASCII: String {
        guard utf8.contains(where: { $0 &- 0x41 < 26 }) else { return self }
        return String(decoding: utf8.map(\.lowercasedASCII), as: UTF8.self)
    }
}
