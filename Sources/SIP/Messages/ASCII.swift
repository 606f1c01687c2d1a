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
    package var isLinearWhitespace: Bool {
        self == .space || self == .tab || self == .carriageReturn || self == .lineFeed
    }

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
        extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
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

    /// The offset of the first octet below 0x20 in `range`, or the end of `range`.
    package func firstControl(in range: Range<Int>) -> Int {
        var index = range.lowerBound
        let octets = bytes
        let ones: UInt64 = 0x0101_0101_0101_0101
        while index + 8 <= range.upperBound {
            // An octet below 0x20 borrows when 0x20 is taken from it; one that has its high bit set does not count.
            let word = octets.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            if (word &- ones &* 0x20) & ~word & (ones &* 0x80) != 0 { break }
            index += 8
        }
        while index < range.upperBound, self[index] >= 0x20 { index += 1 }
        return index
    }

    /// The offset of the first `wanted` in `range`, or the end of `range`.
    package func firstOffset(of wanted: UInt8, in range: Range<Int>) -> Int {
        var index = range.lowerBound
        let octets = bytes
        let ones: UInt64 = 0x0101_0101_0101_0101
        while index + 8 <= range.upperBound {
            // An octet that equals becomes zero, and zero borrows when 1 is taken from it.
            let word = octets.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self) ^ (ones &* UInt64(wanted))
            if (word &- ones) & ~word & (ones &* 0x80) != 0 { break }
            index += 8
        }
        while index < range.upperBound, self[index] != wanted { index += 1 }
        return index
    }

    package func equalsIgnoringCase(_ literal: StaticString, at range: Range<Int>) -> Bool {
        guard range.count == literal.utf8CodeUnitCount else { return false }
        let start = literal.utf8Start
        var common = 0
        // Most are spelt as we spell them.
        while common + 8 <= range.count,
            bytes.unsafeLoadUnaligned(fromByteOffset: range.lowerBound + common, as: UInt64.self)
                == UnsafeRawPointer(start).loadUnaligned(fromByteOffset: common, as: UInt64.self)
        {
            common += 8
        }
        for index in common..<range.count
        where self[range.lowerBound + index].lowercasedASCII != start[index].lowercasedASCII {
            return false
        }
        return true
    }

    package func equalsIgnoringCase(_ text: String, at range: Range<Int>) -> Bool {
        guard range.count == text.utf8.count else { return false }
        var index = range.lowerBound
        for byte in text.utf8 {
            guard self[index].lowercasedASCII == byte.lowercasedASCII else { return false }
            index += 1
        }
        return true
    }
}

extension String {
    /// Compares ASCII letters without case, everything else exactly.
    package func equalsIgnoringCase(_ other: String) -> Bool {
        let left = utf8
        let right = other.utf8
        guard left.count == right.count else { return false }
        return left.withContiguousStorageIfAvailable { left in
            right.withContiguousStorageIfAvailable { right in
                for index in left.indices where left[index].lowercasedASCII != right[index].lowercasedASCII {
                    return false
                }
                return true
            }
        }.flatMap { $0 } ?? zip(left, right).allSatisfy { $0.lowercasedASCII == $1.lowercasedASCII }
    }

    package var lowercasedASCII: String {
        guard utf8.contains(where: { $0 &- 0x41 < 26 }) else { return self }
        return String(decoding: utf8.map(\.lowercasedASCII), as: UTF8.self)
    }
}
