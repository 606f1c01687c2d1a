import COctets

/// Searches that look at sixteen octets at a time.
extension Span<UInt8> {
    /// The offset of the first octet below 0x20 in `range`, or the end of `range`.
    @inline(__always)
    package func firstControl(in range: Range<Int>) -> Int { first(ControlOctets(), in: range) }

    /// The offset of the first `wanted` in `range`, or the end of `range`.
    @inline(__always)
    package func firstOffset(of wanted: UInt8, in range: Range<Int>) -> Int { first(OneOctet(wanted), in: range) }

    /// The first that is no visible ASCII character.
    func firstNonVisible(in range: Range<Int>) -> Int { first(NonVisibleOctets(), in: range) }

    /// The first of `"` and `\`.
    func firstQuoteOrBackslash(in range: Range<Int>) -> Int { first(QuotedStringOctets(), in: range) }

    /// The first of ``OctetSet/valueStructure``.
    package func firstValueStructure(in range: Range<Int>) -> Int { first(ValueStructureOctets(), in: range) }

    /// The first of `;`, `"` and `<`, which end a parameter or begin a value that may hold semicolons.
    package func firstParameterStructure(in range: Range<Int>) -> Int { first(ParameterStructureOctets(), in: range) }

    /// The first of `,`, `"` and `<`, which end a value of a list or begin a part that may hold commas.
    package func firstListStructure(in range: Range<Int>) -> Int { first(ListStructureOctets(), in: range) }

    /// The first of ``OctetSet/uriDelimiters``.
    package func firstURIDelimiter(in range: Range<Int>) -> Int { first(URIDelimiterOctets(), in: range) }

    /// The first of those that may not stand in a URI, and `?` and `@`.
    func firstHostFault(in range: Range<Int>) -> Int { first(HostFaultOctets(), in: range) }

    /// The first of ``OctetSet/parameterValueEnds``.
    package func firstParameterValueEnd(in range: Range<Int>) -> Int { first(ParameterValueEndOctets(), in: range) }

    /// The first from `start` on that is not in ``OctetSet/token``.
    package func firstNonToken(from start: Int) -> Int { first(NonTokenOctets(), from: start) }

    /// The first that is not in ``OctetSet/host``.
    package func firstNonHost(in range: Range<Int>) -> Int { first(NonHostOctets(), in: range) }

    /// The first octet from `start` on that is wanted, or the end; `start` if that stands behind the end.
    ///
    /// - Parameter start: Not negative.
    @inline(__always)
    func first<Wanted: OctetClass>(_ wanted: Wanted, from start: Int) -> Int {
        start < count ? bytes.first(wanted, from: start, to: count) : start
    }

    /// The first octet in `range` that is wanted, or the end of `range`.
    @inline(__always)
    func first<Wanted: OctetClass>(_ wanted: Wanted, in range: Range<Int>) -> Int {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return bytes.first(wanted, from: range.lowerBound, to: range.upperBound)
    }
}

extension RawSpan {
    /// The first octet between two offsets that is wanted, or the second offset.
    ///
    /// - Parameters:
    ///   - start: 0 to `end`: nobody checks it again.
    ///   - end: At most the number of octets: nobody checks it again.
    @inline(__always)
    func first<Wanted: OctetClass>(_ wanted: Wanted, from start: Int, to end: Int) -> Int {
        assert(start >= 0 && start <= end && end <= byteCount)
        var index = start
        guard end &- index < 16 else {
            // The last sixteen may overlap those before them, which hold none.
            let last = end &- 16
            while true {
                let found = FoundLanes(wanted.lanes(block(at: index)))
                if !found.isEmpty { return index &+ found.count }
                guard index < last else { return end }
                index = Swift.min(index &+ 16, last)
            }
        }
        // Fewer: together with what follows them, or with what stands before them.
        if index &+ 16 <= byteCount {
            return Swift.min(index &+ FoundLanes(wanted.lanes(block(at: index))).count, end)
        }
        if end >= 16 {
            let before = index &- (end &- 16)
            return index &+ FoundLanes(wanted.lanes(block(at: end &- 16))).count(behind: before)
        }
        while index < end, !wanted.contains(octet(at: index)) { index &+= 1 }
        return index
    }
}

extension RawSpan {
    /// Sixteen octets, all of which must lie in the span: nobody checks it again.
    @inline(__always)
    func block(at offset: Int) -> SIMD16<UInt8> {
        assert(offset >= 0 && offset <= byteCount - 16)
        return unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD16<UInt8>.self)
    }
}

extension RawSpan {
    /// One octet, which must lie in the span: nobody checks it again.
    @inline(__always)
    func octet(at offset: Int) -> UInt8 {
        assert(offset >= 0 && offset < byteCount)
        return unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The offset of the first octet from `start` on whose membership in `set` is `isMember`, or of the end.
    ///
    /// Octet by octet: for parts that are mostly shorter than it takes to look at sixteen.
    ///
    /// - Parameter start: Not negative.
    @inline(__always)
    func first(from start: Int, in set: OctetSet, _ isMember: Bool) -> Int {
        let end = byteCount
        var index = start
        while index < end, set.contains(octet(at: index)) != isMember { index &+= 1 }
        return index
    }
}

/// Which of sixteen octets are wanted, or of thirty-two.
struct FoundLanes {
    /// One bit for each, that of the first lowest.
    private let bits: UInt64

    @inline(__always)
    init(_ lanes: SIMDMask<SIMD16<Int8>>) {
        // A lane that is wanted is all ones.
        bits = UInt64(coctets_highest_bits(unsafeBitCast(lanes, to: SIMD16<UInt8>.self)))
    }

    /// Of thirty-two.
    @inline(__always)
    init(_ first: SIMDMask<SIMD16<Int8>>, _ second: SIMDMask<SIMD16<Int8>>) {
        bits = FoundLanes(first).bits | FoundLanes(second).bits &<< 16
    }

    @inline(__always)
    var isEmpty: Bool { bits == 0 }

    /// Whether all of sixteen are wanted.
    @inline(__always)
    var areAll: Bool { bits == 0xFFFF }

    /// How many stand before the first that is wanted; 32 or more if there is none.
    @inline(__always)
    var count: Int { (bits | 1 &<< 32).trailingZeroBitCount }

    /// The same of those behind the first `passed` of sixteen; 16 less those if there is none.
    ///
    /// - Parameter passed: 0 to 16.
    @inline(__always)
    func count(behind passed: Int) -> Int {
        ((bits | 1 &<< 16) &>> UInt64(truncatingIfNeeded: passed)).trailingZeroBitCount
    }
}

/// A class of octets as a test of one and of sixteen at once.
///
/// The literals of the latter name their type: without it the compiler takes the generic comparison, which goes lane by
/// lane.
protocol OctetClass {
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>>
    func contains(_ octet: UInt8) -> Bool
}

extension OctetClass {
    @inline(__always)
    func isEqual(_ block: SIMD16<UInt8>, _ octet: UInt8) -> SIMDMask<SIMD16<Int8>> {
        block .== SIMD16<UInt8>(repeating: octet)
    }
}

struct ControlOctets: OctetClass {
    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> { block .< SIMD16<UInt8>(repeating: 0x20) }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool { octet < 0x20 }
}

struct OneOctet: OctetClass {
    private let wanted: UInt8

    @inline(__always)
    init(_ wanted: UInt8) { self.wanted = wanted }

    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> { isEqual(block, wanted) }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool { octet == wanted }
}

struct NonVisibleOctets: OctetClass {
    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        (block &- SIMD16<UInt8>(repeating: 0x21)) .>= SIMD16<UInt8>(repeating: 0x5E)
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool { octet &- 0x21 >= 0x5E }
}

/// What may not stand in a URI between angle brackets.
struct URIFaultOctets: OctetClass {
    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        // Bit 1 alone tells < from >.
        NonVisibleOctets().lanes(block) .| isEqual(block | SIMD16<UInt8>(repeating: 2), .greaterThan)
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool {
        NonVisibleOctets().contains(octet) || octet == .lessThan || octet == .greaterThan
    }
}

private struct QuotedStringOctets: OctetClass {
    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        isEqual(block, .doubleQuote) .| isEqual(block, .backslash)
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool { octet == .doubleQuote || octet == .backslash }
}

private struct ParameterStructureOctets: OctetClass {
    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        isEqual(block, .semicolon) .| isEqual(block, .doubleQuote) .| isEqual(block, .lessThan)
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool { octet == .semicolon || octet == .doubleQuote || octet == .lessThan }
}

private struct ListStructureOctets: OctetClass {
    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        isEqual(block, .comma) .| isEqual(block, .doubleQuote) .| isEqual(block, .lessThan)
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool { octet == .comma || octet == .doubleQuote || octet == .lessThan }
}

private struct ValueStructureOctets: OctetClass {
    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        isEqual(block, .comma) .| isEqual(block, .doubleQuote) .| isEqual(block, .backslash)
            .| isEqual(block | SIMD16<UInt8>(repeating: 2), .greaterThan)
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool { OctetSet.valueStructure.contains(octet) }
}

private struct URIDelimiterOctets: OctetClass {
    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        // Bit 0 alone tells > from ?.
        (block .< SIMD16<UInt8>(repeating: 0x21)) .| isEqual(block, 0x7F) .| isEqual(block, .percent)
            .| isEqual(block, .colon) .| isEqual(block, .at) .| isEqual(block, .lessThan)
            .| isEqual(block | SIMD16<UInt8>(repeating: 1), .question)
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool { OctetSet.uriDelimiters.contains(octet) }
}

private struct HostFaultOctets: OctetClass {
    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        // Bit 0 alone tells > from ?.
        (block .< SIMD16<UInt8>(repeating: 0x21)) .| isEqual(block, 0x7F) .| isEqual(block, .at)
            .| isEqual(block, .lessThan) .| isEqual(block | SIMD16<UInt8>(repeating: 1), .question)
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool {
        OctetSet.uriDelimiters.contains(octet) && octet != .percent && octet != .colon
    }
}

private struct ParameterValueEndOctets: OctetClass {
    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        (block .< SIMD16<UInt8>(repeating: 0x21)) .| isEqual(block, 0x7F) .| isEqual(block, .doubleQuote)
            .| isEqual(block, .comma) .| isEqual(block, .semicolon)
            .| isEqual(block | SIMD16<UInt8>(repeating: 2), .greaterThan)
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool { OctetSet.parameterValueEnds.contains(octet) }
}

struct URIParameterEndOctets: OctetClass {
    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        // Bit 0 alone tells > from ?.
        (block .< SIMD16<UInt8>(repeating: 0x21)) .| isEqual(block, 0x7F) .| isEqual(block, .semicolon)
            .| isEqual(block, .lessThan) .| isEqual(block, .at)
            .| isEqual(block | SIMD16<UInt8>(repeating: 1), .question)
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool { OctetSet.uriParameterEnds.contains(octet) }
}

struct URIParameterValueEndOctets: OctetClass {
    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        isEqual(block, .semicolon) .| isEqual(block, .question)
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool { octet == .semicolon || octet == .question }
}

private struct NonTokenOctets: OctetClass {
    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        // * + , - . / and digits; letters in upper case; _ ` and letters in lower case.
        let digits = (block &- SIMD16<UInt8>(repeating: 0x2A)) .< SIMD16<UInt8>(repeating: 16)
        let capitals = (block &- SIMD16<UInt8>(repeating: 0x41)) .< SIMD16<UInt8>(repeating: 26)
        let letters = (block &- SIMD16<UInt8>(repeating: 0x5F)) .< SIMD16<UInt8>(repeating: 28)
        // Bit 2 alone tells ! from %.
        let others =
            isEqual(block & SIMD16<UInt8>(repeating: 0xFB), 0x21) .| isEqual(block, 0x27) .| isEqual(block, 0x7E)
        let separators = isEqual(block, .comma) .| isEqual(block, .slash)
        return .!(digits .| capitals .| letters .| others) .| separators
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool { !OctetSet.token.contains(octet) }
}

private struct NonHostOctets: OctetClass {
    @inline(__always)
    func lanes(_ block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        let letters = (block | SIMD16<UInt8>(repeating: 0x20)) &- SIMD16<UInt8>(repeating: 0x61)
        let digits = block &- SIMD16<UInt8>(repeating: 0x30)
        let isHost =
            (letters .< SIMD16<UInt8>(repeating: 26)) .| (digits .< SIMD16<UInt8>(repeating: 10))
            .| isEqual(block, 0x2D) .| isEqual(block, .period) .| isEqual(block, 0x5F)
        return .!isHost
    }

    @inline(__always)
    func contains(_ octet: UInt8) -> Bool { !OctetSet.host.contains(octet) }
}
