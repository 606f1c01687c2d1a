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
    func firstParameterStructure(in range: Range<Int>) -> Int { first(ParameterStructureOctets(), in: range) }

    /// The first of ``OctetSet/uriDelimiters``.
    package func firstURIDelimiter(in range: Range<Int>) -> Int { first(URIDelimiterOctets(), in: range) }

    /// The first of those that may not stand in a URI, and `?` and `@`.
    func firstHostFault(in range: Range<Int>) -> Int { first(HostFaultOctets(), in: range) }

    /// The first of ``OctetSet/parameterValueEnds``.
    package func firstParameterValueEnd(in range: Range<Int>) -> Int { first(ParameterValueEndOctets(), in: range) }

    /// The first that is not in ``OctetSet/host``.
    package func firstNonHost(in range: Range<Int>) -> Int { first(NonHostOctets(), in: range) }

    /// The first octet in `range` that is wanted, or the end of `range`.
    @inline(__always)
    func first<Wanted: OctetClass>(_ wanted: Wanted, in range: Range<Int>) -> Int {
        let octets = bytes
        var index = range.lowerBound
        let end = range.upperBound
        precondition(index >= 0 && end <= count)
        guard end &- index < 16 else {
            // The last sixteen may overlap those before them, which hold none.
            let last = end &- 16
            while true {
                let found = FoundLanes(wanted.lanes(octets.block(at: index)))
                if let lane = found.first { return index &+ lane }
                guard index < last else { return end }
                index = Swift.min(index &+ 16, last)
            }
        }
        // Fewer: together with what follows them.
        if index &+ 16 <= count {
            let found = FoundLanes(wanted.lanes(octets.block(at: index)))
            guard let lane = found.first else { return end }
            return Swift.min(index &+ lane, end)
        }
        while index < end, !wanted.contains(self[index]) { index &+= 1 }
        return index
    }
}

extension RawSpan {
    /// Sixteen octets, all of which must lie in the span: nobody checks it again.
    @inline(__always)
    func block(at offset: Int) -> SIMD16<UInt8> {
        assert(offset >= 0 && offset <= byteCount - 16)
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self) }
    }
}

extension RawSpan {
    /// One octet, which must lie in the span: nobody checks it again.
    @inline(__always)
    func octet(at offset: Int) -> UInt8 {
        assert(offset >= 0 && offset < byteCount)
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt8.self) }
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

/// Which of sixteen octets are wanted.
struct FoundLanes {
    private let halves: SIMD2<UInt64>

    @inline(__always)
    init(_ lanes: SIMDMask<SIMD16<Int8>>) {
        // A lane that is wanted is all ones.
        halves = unsafeBitCast(lanes, to: SIMD2<UInt64>.self)
    }

    /// - Parameter octets: Lanes of one search or, joined, of several.
    @inline(__always)
    init(_ octets: SIMD16<UInt8>) {
        halves = unsafeBitCast(octets, to: SIMD2<UInt64>.self)
    }

    /// Lanes as octets, which are joined by `|`.
    @inline(__always)
    static func octets(_ lanes: SIMDMask<SIMD16<Int8>>) -> SIMD16<UInt8> {
        unsafeBitCast(lanes, to: SIMD16<UInt8>.self)
    }

    @inline(__always)
    var isEmpty: Bool { halves[0] | halves[1] == 0 }

    @inline(__always)
    var first: Int? {
        if halves[0] != 0 { return halves[0].trailingZeroBitCount &>> 3 }
        if halves[1] != 0 { return 8 &+ halves[1].trailingZeroBitCount &>> 3 }
        return nil
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
