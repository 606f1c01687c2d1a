extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let slash = UInt8(ascii: "/")
    static let colon = UInt8(ascii: ":")
    static let dot = UInt8(ascii: ".")
    static let equals = UInt8(ascii: "=")
    static let semicolon = UInt8(ascii: ";")
    static let letterA = UInt8(ascii: "a")

    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isLowercaseLetter: Bool { self >= 0x61 && self <= 0x7A }
    var lowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
    /// A visible ASCII character or a byte of a UTF-8 sequence.
    var isVisible: Bool { self > 0x20 && self != 0x7F }

    /// The value of a hexadecimal digit.
    var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x37
        case 0x61...0x66: self - 0x57
        default: nil
        }
    }
}

extension ArraySlice<UInt8> {
    var text: String { String(decoding: self, as: UTF8.self) }

    /// The number these digits are; `nil` if there are none, another byte is among them, or it does not fit.
    func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number? {
        if isEmpty { return nil }
        var result: Number = 0
        for byte in self {
            guard byte.isDigit, let digit = Number(exactly: byte - 0x30) else { return nil }
            let (product, overflowed) = result.multipliedReportingOverflow(by: 10)
            let (sum, overflowedAgain) = product.addingReportingOverflow(digit)
            if overflowed || overflowedAgain { return nil }
            result = sum
        }
        return result
    }

    /// The parts between spaces; several spaces count as one.
    ///
    /// - Parameter limit: At most this many parts; the last one holds the rest, spaces and all.
    func fields(atMost limit: Int = .max) -> [ArraySlice<UInt8>] {
        split(separator: .space, maxSplits: limit - 1, omittingEmptySubsequences: true)
    }

    /// Whether this begins with `prefix`, byte for byte.
    func hasPrefix(_ prefix: String) -> Bool { starts(with: prefix.utf8) }

    func equalsIgnoringCase(_ other: String) -> Bool {
        count == other.utf8.count && zip(self, other.utf8).allSatisfy { $0.lowercased == $1.lowercased }
    }
}

extension String {
    /// Compares ASCII letters without case.
    func equalsIgnoringCase(_ other: String) -> Bool {
        utf8.count == other.utf8.count && zip(utf8, other.utf8).allSatisfy { $0.lowercased == $1.lowercased }
    }
}

extension Span<UInt8> {
    func text(_ range: Range<Int>) -> String {
        let bytes = extracting(range)
        guard bytes.count <= 15 else { return bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
        // At most 15 bytes lie in the string itself.
        return String(unsafeUninitializedCapacity: bytes.count) { text in
            for index in bytes.indices { text.initializeElement(at: index, to: bytes[index]) }
            return bytes.count
        }
    }

    /// The number these digits are; `nil` if there are none, another byte is among them, or it does not fit.
    func number<Number: FixedWidthInteger>(_ range: Range<Int>, as type: Number.Type = Number.self) -> Number? {
        if range.isEmpty { return nil }
        var result: Number = 0
        for index in range {
            guard self[index].isDigit, let digit = Number(exactly: self[index] - 0x30) else { return nil }
            let (product, overflowed) = result.multipliedReportingOverflow(by: 10)
            let (sum, overflowedAgain) = product.addingReportingOverflow(digit)
            if overflowed || overflowedAgain { return nil }
            result = sum
        }
        return result
    }

    /// The offset of the first byte below 0x20 in `range`, or the end of `range`.
    ///
    /// Looks at sixteen bytes at a time; the last sixteen may overlap those before them, which hold none.
    func firstControl(in range: Range<Int>) -> Int {
        let bytes = bytes
        var index = range.lowerBound
        if range.count >= 16 {
            let last = range.upperBound &- 16
            while true {
                let block = bytes.unsafeLoadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
                // A lane that matches is all ones.
                let found = unsafeBitCast(block .< SIMD16<UInt8>(repeating: 0x20), to: SIMD2<UInt64>.self)
                if found[0] != 0 { return index &+ found[0].trailingZeroBitCount &>> 3 }
                if found[1] != 0 { return index &+ 8 &+ found[1].trailingZeroBitCount &>> 3 }
                guard index < last else { return range.upperBound }
                index = Swift.min(index &+ 16, last)
            }
        }
        // Fewer: together with what follows them.
        if index &+ 16 <= count {
            let block = bytes.unsafeLoadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
            let found = unsafeBitCast(block .< SIMD16<UInt8>(repeating: 0x20), to: SIMD2<UInt64>.self)
            if found[0] != 0 { return Swift.min(index &+ found[0].trailingZeroBitCount &>> 3, range.upperBound) }
            if found[1] != 0 { return Swift.min(index &+ 8 &+ found[1].trailingZeroBitCount &>> 3, range.upperBound) }
            return range.upperBound
        }
        while index < range.upperBound, self[index] >= 0x20 { index += 1 }
        return index
    }
}

/// Goes through the parts between spaces as `ArraySlice.fields(atMost:)` cuts them, without an array.
struct SDPFields {
    private var start: Int
    private let end: Int
    private var rest: Int

    /// - Parameter limit: At most this many parts; the last one holds the rest, spaces and all.
    init(_ range: Range<Int>, atMost limit: Int) {
        start = range.lowerBound
        end = range.upperBound
        rest = limit
    }

    mutating func next(_ bytes: Span<UInt8>) -> Range<Int>? {
        if rest > 1 {
            while start < end, bytes[start] == .space { start += 1 }
        }
        guard rest > 0, start < end else { return nil }
        rest -= 1
        let first = start
        if rest == 0 {
            start = end
            return first..<end
        }
        while start < end, bytes[start] != .space { start += 1 }
        let field = first..<start
        if start < end { start += 1 }
        return field
    }
}
