/// Finds the end of a JSON string, checking escapes and UTF-8 on the way (RFC 8259 §7, RFC 3629 §4).
struct JSONStringScanner {
    /// While scanning the byte to read; afterwards the closing quotation mark.
    private(set) var offset: Int
    private(set) var isEscaped = false

    /// - Parameter start: Offset of the first byte after the opening quotation mark.
    init(start: Int) {
        offset = start
    }

    mutating func scan(_ bytes: Span<UInt8>) throws(JSONError) {
        while true {
            skipPlain(bytes)
            guard offset < bytes.count else { throw .malformed(offset: offset) }
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                return
            case UInt8(ascii: "\\"):
                isEscaped = true
                try skipEscape(bytes)
            case 0x20...0x7F:
                offset += 1
            case 0x80...0xFF:
                try skipMultiByte(bytes)
            default:
                throw .malformed(offset: offset)
            }
        }
    }

    /// Steps over eight bytes at a time while all of them are ASCII and none is a control character, a quotation
    /// mark or a backslash.
    private mutating func skipPlain(_ bytes: Span<UInt8>) {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        let raw = bytes.bytes
        while offset + 8 <= bytes.count {
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            // The high bit of a byte comes out set where it is above 0x7F, below 0x20, or equal to one of the two;
            // a borrow can only add a false positive, which the slow path sorts out.
            let below = (word &- (ones &* 0x20)) & ~word
            let stops = word | below | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
            if stops & high != 0 { return }
            offset += 8
        }
    }

    private mutating func skipEscape(_ bytes: Span<UInt8>) throws(JSONError) {
        guard offset + 1 < bytes.count else { throw .malformed(offset: offset) }
        switch bytes[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        case UInt8(ascii: "u"):
            guard JSONEscape.codeUnit(bytes, at: offset + 2) != nil else { throw .malformed(offset: offset) }
            offset += 6
        default:
            throw .malformed(offset: offset)
        }
    }

    private mutating func skipMultiByte(_ bytes: Span<UInt8>) throws(JSONError) {
        let lead = bytes[offset]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE, 0xEF: length = 3
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw .invalidUTF8(offset: offset)
        }
        guard bytes.count - offset >= length, second.contains(bytes[offset + 1]) else {
            throw .invalidUTF8(offset: offset)
        }
        var index = 2
        while index < length {
            guard bytes[offset + index] & 0xC0 == 0x80 else { throw .invalidUTF8(offset: offset) }
            index += 1
        }
        offset += length
    }
}

/// `\uXXXX` and what it stands for.
enum JSONEscape {
    /// The UTF-16 code unit of the four hexadecimal digits at `offset`.
    static func codeUnit(_ bytes: Span<UInt8>, at offset: Int) -> UInt16? {
        guard bytes.count - offset >= 4 else { return nil }
        var unit: UInt16 = 0
        for index in offset..<offset + 4 {
            let digit: UInt8
            switch bytes[index] {
            case 0x30...0x39: digit = bytes[index] - 0x30
            case 0x41...0x46: digit = bytes[index] - 0x41 + 10
            case 0x61...0x66: digit = bytes[index] - 0x61 + 10
            default: return nil
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    /// Appends the bytes that the string in `range` stands for. A surrogate without its partner becomes U+FFFD.
    static func unescape(_ bytes: Span<UInt8>, _ range: Range<Int>, into output: inout [UInt8]) {
        output.reserveCapacity(output.count + range.count)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let byte = bytes[offset]
            guard byte == UInt8(ascii: "\\"), offset + 1 < range.upperBound else {
                output.append(byte)
                offset += 1
                continue
            }
            switch bytes[offset + 1] {
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "u"):
                offset = appendScalar(bytes, at: offset, limit: range.upperBound, into: &output)
                continue
            case let other: output.append(other)
            }
            offset += 2
        }
    }

    private static func appendScalar(
        _ bytes: Span<UInt8>,
        at offset: Int,
        limit: Int,
        into output: inout [UInt8]
    ) -> Int {
        var next = offset + 6
        var value = UInt32(codeUnit(bytes, at: offset + 2) ?? 0xFFFD)
        if 0xD800...0xDBFF ~= value, next + 6 <= limit, bytes[next] == UInt8(ascii: "\\"),
            bytes[next + 1] == UInt8(ascii: "u"), let low = codeUnit(bytes, at: next + 2), 0xDC00...0xDFFF ~= low
        {
            value = 0x10000 + (value - 0xD800) << 10 + (UInt32(low) - 0xDC00)
            next += 6
        }
        let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
        output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        return next
    }
}
