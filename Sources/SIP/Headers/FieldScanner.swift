/// Reads a field value from left to right: keeps the offset and borrows the octets on each call.
package struct FieldScanner {
    let field: FieldNumber
    package private(set) var offset = 0

    /// - Parameter offset: Not negative, as it never is later.
    @inline(__always)
    package init(field: HeaderName?, offset: Int = 0) {
        self.init(field: FieldNumber(field), offset: offset)
    }

    @inline(__always)
    init(field: FieldNumber, offset: Int = 0) {
        self.field = field
        self.offset = offset
    }

    /// Throws the fault that stands at the offset. A call is all of it that stands among what is run for good values.
    @inline(never)
    package func refuse(_ fault: SIPParseError.Fault, _ bytes: Span<UInt8>) throws(SIPParseError) -> Never {
        throw SIPParseError(fault, field: field, offset: offset, in: bytes)
    }

    package func isAtEnd(_ bytes: Span<UInt8>) -> Bool { offset >= bytes.count }

    @inline(__always)
    package func peek(_ bytes: Span<UInt8>) -> UInt8? { offset < bytes.count ? bytes.bytes.octet(at: offset) : nil }

    @inline(__always)
    package mutating func skip(_ count: Int = 1) { offset &+= count }

    package mutating func skipWhitespace(_ bytes: Span<UInt8>) {
        offset = bytes.bytes.first(from: offset, in: .linearWhitespace, false)
    }

    package mutating func requireWhitespace(_ bytes: Span<UInt8>) throws(SIPParseError) {
        guard let byte = peek(bytes), byte.isLinearWhitespace else { try refuse(.expected(.space), bytes) }
        skipWhitespace(bytes)
    }

    /// A separator with the white space that may surround it (`SLASH`, `SEMI`, `EQUAL` ... of RFC 3261 §25.1).
    package mutating func separator(_ byte: UInt8, _ bytes: Span<UInt8>) throws(SIPParseError) {
        guard takeSeparator(byte, bytes) else { try refuse(.expected(byte), bytes) }
    }

    /// The same, if it stands here; consumes nothing otherwise.
    @inline(__always)
    package mutating func takeSeparator(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        // Most stand without white space around them.
        guard offset < bytes.count else { return false }
        let next = bytes.bytes.octet(at: offset)
        if next == byte {
            offset &+= 1
            if offset < bytes.count, bytes.bytes.octet(at: offset) <= .space { skipWhitespace(bytes) }
            return true
        }
        return next <= .space && takeSeparatorBehindWhitespace(byte, bytes)
    }

    private mutating func takeSeparatorBehindWhitespace(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        let start = offset
        skipWhitespace(bytes)
        guard peek(bytes) == byte else {
            offset = start
            return false
        }
        offset += 1
        skipWhitespace(bytes)
        return true
    }

    @inline(__always)
    package mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard peek(bytes) == byte else { return false }
        offset += 1
        return true
    }

    /// Compares without case.
    package mutating func literal(_ text: StaticString, _ bytes: Span<UInt8>) throws(SIPParseError) {
        let end = offset + text.utf8CodeUnitCount
        guard end <= bytes.count, bytes.equalsIgnoringCase(text, at: offset..<end) else {
            try refuse(.expectedToken, bytes)
        }
        offset = end
    }

    package mutating func token(_ bytes: Span<UInt8>) throws(SIPParseError) -> String {
        bytes.string(try tokenRange(bytes))
    }

    @inline(__always)
    package mutating func tokenRange(_ bytes: Span<UInt8>) throws(SIPParseError) -> Range<Int> {
        let start = offset
        offset = bytes.firstNonToken(from: start)
        guard offset > start else { try refuse(.expectedToken, bytes) }
        return Range(uncheckedBounds: (start, offset))
    }

    /// A decimal number of at most `limit`, which is below 2⁶⁰.
    package mutating func number(_ bytes: Span<UInt8>, limit: UInt64) throws(SIPParseError) -> UInt64 {
        let start = offset
        let limit = min(limit, 1 << 60)
        var value: UInt64 = 0
        var index = start
        while index < bytes.count {
            let digit = bytes.bytes.octet(at: index) &- 0x30
            guard digit < 10 else { break }
            value = value &* 10 &+ UInt64(digit)
            guard value <= limit else {
                offset = index
                try refuse(.numberOutOfRange, bytes)
            }
            index &+= 1
        }
        offset = index
        guard index > start else { try refuse(.expectedDigits, bytes) }
        return value
    }

    /// A decimal number that fits in 32 bits.
    package mutating func number(_ bytes: Span<UInt8>) throws(SIPParseError) -> UInt32 {
        UInt32(truncatingIfNeeded: try number(bytes, limit: UInt64(UInt32.max)))
    }

    /// `quoted-string`, without its quotes and with escapes resolved. The opening quote stands here.
    package mutating func quotedString(_ bytes: Span<UInt8>) throws(SIPParseError) -> String {
        let start = offset
        let hasEscapes = try skipQuotedString(bytes)
        let range = start + 1..<offset - 1
        return hasEscapes ? Self.withoutEscapes(bytes.extracting(range)) : bytes.string(range)
    }

    /// Moves past a `quoted-string`. The opening quote stands here.
    ///
    /// - Returns: Whether it holds escapes.
    @discardableResult
    package mutating func skipQuotedString(_ bytes: Span<UInt8>) throws(SIPParseError) -> Bool {
        guard take(.doubleQuote, bytes) else { try refuse(.expected(.doubleQuote), bytes) }
        var hasEscapes = false
        while true {
            offset = bytes.firstQuoteOrBackslash(in: offset..<bytes.count)
            guard let byte = peek(bytes) else { break }
            offset += 1
            if byte == .doubleQuote { return hasEscapes }
            guard let escaped = peek(bytes), escaped < 0x80 else { try refuse(.illegalCharacter, bytes) }
            hasEscapes = true
            offset += 1
        }
        try refuse(.expected(.doubleQuote), bytes)
    }

    /// The text between the quotes of a `quoted-string` that was checked, with its escapes resolved.
    static func withoutEscapes(_ bytes: Span<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == .backslash, index + 1 < bytes.count { index += 1 }
            text.append(bytes[index])
            index += 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// What stands between the parentheses of a `comment`, which may nest; `nil` when none begins here.
    package mutating func comment(_ bytes: Span<UInt8>) throws(SIPParseError) -> Range<Int>? {
        guard take(.leftParenthesis, bytes) else { return nil }
        let start = offset
        var depth = 1
        while let byte = peek(bytes) {
            offset += 1
            switch byte {
            case .leftParenthesis: depth += 1
            case .rightParenthesis:
                depth -= 1
                if depth == 0 { return start..<offset - 1 }
            case .backslash where offset < bytes.count: offset += 1
            default: break
            }
        }
        try refuse(.expected(.rightParenthesis), bytes)
    }

    /// The octets up to the first of `stops`, or to the end.
    package mutating func run(until stops: (UInt8) -> Bool, _ bytes: Span<UInt8>) -> Range<Int> {
        let start = offset
        while offset < bytes.count, !stops(bytes[offset]) { offset += 1 }
        return start..<offset
    }

    /// The octets up to the first of `stops`, or to the end.
    @inline(__always)
    package mutating func run(until stops: OctetSet, _ bytes: Span<UInt8>) -> Range<Int> {
        let start = offset
        offset = bytes.bytes.first(from: start, in: stops, true)
        return Range(uncheckedBounds: (start, offset))
    }

    /// The octets up to the first that is not in `set`, or to the end.
    @inline(__always)
    package mutating func run(of set: OctetSet, _ bytes: Span<UInt8>) -> Range<Int> {
        let start = offset
        offset = bytes.bytes.first(from: start, in: set, false)
        return Range(uncheckedBounds: (start, offset))
    }

    /// Moves to an offset that a search of ``Swift/Span`` has found.
    package mutating func move(to offset: Int) { self.offset = offset }

    /// The octets up to the first `stop`, or to the end.
    package mutating func run(until stop: UInt8, _ bytes: Span<UInt8>) -> Range<Int> {
        let start = offset
        offset = bytes.firstOffset(of: stop, in: start..<bytes.count)
        return start..<offset
    }

    /// Only white space may follow.
    package mutating func end(_ bytes: Span<UInt8>) throws(SIPParseError) {
        skipWhitespace(bytes)
        guard isAtEnd(bytes) else { try refuse(.illegalCharacter, bytes) }
    }
}

extension String {
    /// As a `quoted-string`.
    package var quoted: String {
        var text = "\""
        // By scalar: a quote with a combining mark behind it is one character.
        for scalar in unicodeScalars {
            if scalar == "\"" || scalar == "\\" { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
        return text + "\""
    }

    /// Runs `body` over the UTF-8 octets of the string.
    package func withSpan<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(utf8.span)
    }
}

extension Span<UInt8> {
    package func contains(_ wanted: UInt8) -> Bool {
        firstOffset(of: wanted, in: 0..<count) < count
    }
}

/// Splits a field value at its top-level commas: not inside quotes or angle brackets. Empty values are left out.
///
/// Source: RFC 3261 §7.3.1.
package func topLevelValues(_ bytes: Span<UInt8>) -> [Range<Int>] {
    var values: [Range<Int>] = []
    var start = 0
    while let value = nextTopLevelValue(bytes, from: &start) { values.append(value) }
    return values
}

/// The first of ``topLevelValues(_:)`` from `start` on, which is left behind the comma that ends it.
func nextTopLevelValue(_ bytes: Span<UInt8>, from start: inout Int) -> Range<Int>? {
    while start < bytes.count {
        let end = endOfTopLevelValue(bytes, from: start)
        let value = trimmed(bytes, start..<end)
        start = end + 1
        if !value.isEmpty { return value }
    }
    return nil
}

extension SIPHeaders.Field {
    /// The first of the ``topLevelValues(_:)`` of the field from `start` on, which is left behind the comma that ends it.
    ///
    /// - Parameter value: The octets of ``valueRange``.
    @inline(__always)
    func nextValue(_ value: Span<UInt8>, from start: inout Int) -> Range<Int>? {
        guard !mayHoldComma else { return nextTopLevelValue(value, from: &start) }
        // The value of a field has no white space around it.
        guard start < value.count else { return nil }
        start = value.count &+ 1
        return 0..<value.count
    }
}

/// The next value of a list if it is a token and nothing else; `start` is left behind the comma that ends it, and where
/// it was when the next value is another.
func nextPlainToken(_ bytes: Span<UInt8>, from start: inout Int) -> Range<Int>? {
    let octets = bytes.bytes
    var first = start
    while first < octets.byteCount, octets.octet(at: first) == .space { first &+= 1 }
    let end = bytes.firstNonToken(from: first)
    guard end > first, end == octets.byteCount || octets.octet(at: end) == .comma else { return nil }
    start = end &+ 1
    return first..<end
}

/// The next of ``topLevelValues(_:)`` of a list whose values mostly have no quotes and brackets, or an empty range
/// where nothing stands between two commas.
@inline(__always)
func nextListValue(_ bytes: Span<UInt8>, from start: inout Int) -> Range<Int>? {
    let octets = bytes.bytes
    guard start < octets.byteCount else { return nil }
    let end = bytes.firstListStructure(in: Range(uncheckedBounds: (start, octets.byteCount)))
    guard end == octets.byteCount || octets.octet(at: end) == .comma else {
        return nextTopLevelValue(bytes, from: &start)
    }
    // Nearly every value has one space before it, or none, and none behind it.
    let first = octets.octet(at: start) == .space ? start &+ 1 : start
    let value = Range(uncheckedBounds: (first, end))
    start = end &+ 1
    let isPlain = first < end && octets.octet(at: first) > .space && octets.octet(at: end &- 1) > .space
    return isPlain ? value : trimmed(bytes, value)
}

/// The offset of the comma that ends the value which begins at `start`, or of the end.
private func endOfTopLevelValue(_ bytes: Span<UInt8>, from start: Int) -> Int {
    // Most values have no comma behind them.
    guard bytes.firstOffset(of: .comma, in: start..<bytes.count) < bytes.count else { return bytes.count }
    var index = start
    var isQuoted = false
    var isBracketed = false
    // An escape at the end leads one octet behind it.
    while index < bytes.count {
        index = bytes.firstValueStructure(in: index..<bytes.count)
        guard index < bytes.count else { break }
        switch bytes[index] {
        case .backslash where isQuoted: index += 1
        case .doubleQuote where !isBracketed: isQuoted.toggle()
        case .lessThan where !isQuoted: isBracketed = true
        case .greaterThan where !isQuoted: isBracketed = false
        case .comma where !isQuoted && !isBracketed: return index
        default: break
        }
        index += 1
    }
    return bytes.count
}

@inline(__always)
private func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, bytes[start].isLinearWhitespace { start += 1 }
    while end > start, bytes[end - 1].isLinearWhitespace { end -= 1 }
    return start..<end
}
