extension SIPHeaders {
    /// Where a field lies: its name at the start of its line, its value, and the end of the line behind CR LF.
    struct Field: Sendable {
        /// As ``HeaderName/index``.
        var name: UInt8
        /// The value holds CR LF.
        var isFolded: Bool
        /// Without it the field is no list of several values.
        var mayHoldComma: Bool
        private var lineStart: UInt32
        private var nameEnd: UInt32
        private var valueStart: UInt32
        private var valueEnd: UInt32
        private var lineEnd: UInt32
    }
}

extension SIPHeaders.Field {
    @inline(__always)
    init(name: UInt8, nameEnd: Int, value: Range<Int>, line: Range<Int>, mayHoldComma: Bool, isFolded: Bool) {
        self.init(
            name: name,
            isFolded: isFolded,
            mayHoldComma: mayHoldComma,
            lineStart: UInt32(truncatingIfNeeded: line.lowerBound),
            nameEnd: UInt32(truncatingIfNeeded: nameEnd),
            valueStart: UInt32(truncatingIfNeeded: value.lowerBound),
            valueEnd: UInt32(truncatingIfNeeded: value.upperBound),
            lineEnd: UInt32(truncatingIfNeeded: line.upperBound)
        )
    }

    var nameRange: Range<Int> { Int(lineStart)..<Int(nameEnd) }
    var valueRange: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    /// The whole field with its CR LF.
    var lineRange: Range<Int> { Int(lineStart)..<Int(lineEnd) }

    /// The same field in octets that begin elsewhere.
    func moved(to start: Int) -> SIPHeaders.Field {
        let shift = start - Int(lineStart)
        return SIPHeaders.Field(
            name: name,
            nameEnd: Int(nameEnd) + shift,
            value: Int(valueStart) + shift..<Int(valueEnd) + shift,
            line: start..<Int(lineEnd) + shift,
            mayHoldComma: mayHoldComma,
            isFolded: isFolded
        )
    }
}

// MARK: - Reading

extension SIPHeaders.Field {
    /// A field as nearly all are: with a name of the registry and a colon right behind it, on one line without control
    /// characters, and not among the last octets. `nil` for any other, whether it is well formed or not.
    @inline(__always)
    init?(plain span: Span<UInt8>, from start: Int, limit: Int, _ lookup: borrowing HeaderNameLookup) {
        let octets = span.bytes
        guard start &+ 32 <= octets.byteCount else { return nil }
        let block = NameBlock(octets, at: start)
        guard let length = block.lengthOfName, length > 0 else { return nil }
        let name = lookup.index(block, length: length)
        guard name != HeaderName.unregistered else { return nil }
        let afterColon = start &+ length &+ 1
        guard let (end, mayHoldComma) = Self.endOfPlainLine(octets, from: afterColon, limit: limit),
            end &+ 2 < octets.byteCount, octets.octet(at: end) == .carriageReturn,
            octets.octet(at: end &+ 1) == .lineFeed
        else { return nil }
        let next = octets.octet(at: end &+ 2)
        guard next != .space, next != .tab else { return nil }
        // Nearly every value has one space before it and none behind it.
        var valueStart = octets.octet(at: afterColon) == .space ? afterColon &+ 1 : afterColon
        while valueStart < end, octets.octet(at: valueStart) == .space { valueStart &+= 1 }
        var valueEnd = end
        while valueEnd > valueStart, octets.octet(at: valueEnd &- 1) == .space { valueEnd &-= 1 }
        self.init(
            name: name,
            isFolded: false,
            mayHoldComma: mayHoldComma,
            lineStart: UInt32(truncatingIfNeeded: start),
            nameEnd: UInt32(truncatingIfNeeded: start &+ length),
            valueStart: UInt32(truncatingIfNeeded: valueStart),
            valueEnd: UInt32(truncatingIfNeeded: valueEnd),
            lineEnd: UInt32(truncatingIfNeeded: end &+ 2)
        )
    }

    /// The offset of the first control character, and whether a comma may stand before it.
    ///
    /// - Returns: `nil` when none stands among the octets that the limit allows, but for the last 31.
    @inline(never)
    private static func endOfPlainLine(_ octets: RawSpan, from start: Int, limit: Int) -> (Int, mayHoldComma: Bool)? {
        // The end may stand right behind the limit.
        let reach = min(octets.byteCount, start &+ limit &+ 1)
        let (space, comma) = (SIMD16<UInt8>(repeating: .space), SIMD16<UInt8>(repeating: .comma))
        var commas = SIMDMask<SIMD16<Int8>>(repeating: false)
        var index = start
        while index &+ 32 <= reach {
            let (first, second) = (octets.block(at: index), octets.block(at: index &+ 16))
            commas .|= (first .== comma) .| (second .== comma)
            let controls = FoundLanes(first .< space, second .< space)
            if !controls.isEmpty { return (index &+ controls.count, !FoundLanes(commas).isEmpty) }
            index &+= 32
        }
        return nil
    }

    /// One header field with its folds (RFC 3261 §7.3.1).
    @inline(never)
    init(_ span: Span<UInt8>, from start: Int, limits: SIPLimits) throws(SIPParseError) {
        let lookup = HeaderName.lookup
        // A name that is registered is made of token characters; the longest has 29.
        var index = span.firstOffset(of: .colon, in: start..<min(start + 32, span.count))
        var name = start..<index
        var nameIndex = lookup.index(span, name)
        if nameIndex == HeaderName.unregistered {
            index = start
            while index < span.count, span[index].isTokenCharacter { index += 1 }
            name = start..<index
            while index < span.count, span[index] == .space || span[index] == .tab { index += 1 }
            nameIndex = lookup.index(span, name)
        }
        guard !name.isEmpty, index < span.count, span[index] == .colon else {
            let truncated = index >= span.count
            throw SIPParseError(truncated ? .truncated : .expected(.colon), field: nil, offset: index, in: span)
        }
        index &+= 1
        let afterColon = index
        var lineEnd = try HeaderSection.lineEnd(span, from: index, limit: limits.headerLine)
        var hasFolds = false
        while lineEnd &+ 2 < span.count, span[lineEnd &+ 2] == .space || span[lineEnd &+ 2] == .tab {
            lineEnd = try HeaderSection.lineEnd(span, from: lineEnd &+ 2, limit: limits.headerLine)
            hasFolds = true
            guard lineEnd - start <= limits.headerLine else {
                throw SIPParseError(.tooLong(limit: limits.headerLine), field: nil, offset: start, in: span)
            }
        }
        var valueStart = afterColon
        var valueEnd = lineEnd
        while valueStart < valueEnd, span[valueStart].isLinearWhitespace { valueStart &+= 1 }
        while valueEnd > valueStart, span[valueEnd &- 1].isLinearWhitespace { valueEnd &-= 1 }
        self.init(
            name: nameIndex,
            nameEnd: name.upperBound,
            value: valueStart..<valueEnd,
            line: start..<lineEnd + 2,
            mayHoldComma: true,
            isFolded: hasFolds && span.firstOffset(of: .carriageReturn, in: valueStart..<valueEnd) < valueEnd
        )
    }
}
