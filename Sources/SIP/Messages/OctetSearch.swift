/// Searches that look at sixteen octets at a time.
///
/// The literals name their type: without it the compiler takes the generic comparison, which goes lane by lane.
extension Span<UInt8> {
    /// The offset of the first octet below 0x20 in `range`, or the end of `range`.
    package func firstControl(in range: Range<Int>) -> Int {
        first(in: range, among: { $0 .< SIMD16<UInt8>(repeating: 0x20) }, where: { $0 < 0x20 })
    }

    /// The offset of the first `wanted` in `range`, or the end of `range`.
    package func firstOffset(of wanted: UInt8, in range: Range<Int>) -> Int {
        first(in: range, among: { $0 .== SIMD16<UInt8>(repeating: wanted) }, where: { $0 == wanted })
    }

    /// The first that is no visible ASCII character.
    func firstNonVisible(in range: Range<Int>) -> Int {
        first(
            in: range,
            among: { ($0 &- SIMD16<UInt8>(repeating: 0x21)) .>= SIMD16<UInt8>(repeating: 0x5E) },
            where: { $0 &- 0x21 >= 0x5E }
        )
    }

    /// The first of `"` and `\`.
    func firstQuoteOrBackslash(in range: Range<Int>) -> Int {
        first(
            in: range,
            among: { Self.isEqual($0, .doubleQuote) .| Self.isEqual($0, .backslash) },
            where: { $0 == .doubleQuote || $0 == .backslash }
        )
    }

    /// The first of ``OctetSet/valueStructure``.
    func firstValueStructure(in range: Range<Int>) -> Int {
        first(
            in: range,
            among: { block in
                Self.isEqual(block, .comma) .| Self.isEqual(block, .doubleQuote) .| Self.isEqual(block, .backslash)
                    .| Self.isEqual(block | SIMD16<UInt8>(repeating: 2), .greaterThan)
            },
            where: { OctetSet.valueStructure.contains($0) }
        )
    }

    /// The first of ``OctetSet/uriDelimiters``.
    func firstURIDelimiter(in range: Range<Int>) -> Int {
        first(
            in: range,
            among: { block in
                // Bit 0 alone tells > from ?.
                (block .< SIMD16<UInt8>(repeating: 0x21)) .| Self.isEqual(block, 0x7F) .| Self.isEqual(block, .percent)
                    .| Self.isEqual(block, .colon) .| Self.isEqual(block, .at) .| Self.isEqual(block, .lessThan)
                    .| Self.isEqual(block | SIMD16<UInt8>(repeating: 1), .question)
            },
            where: { OctetSet.uriDelimiters.contains($0) }
        )
    }

    /// The first of ``OctetSet/parameterValueEnds``.
    func firstParameterValueEnd(in range: Range<Int>) -> Int {
        first(
            in: range,
            among: { block in
                (block .< SIMD16<UInt8>(repeating: 0x21)) .| Self.isEqual(block, 0x7F)
                    .| Self.isEqual(block, .doubleQuote) .| Self.isEqual(block, .comma)
                    .| Self.isEqual(block, .semicolon)
                    .| Self.isEqual(block | SIMD16<UInt8>(repeating: 2), .greaterThan)
            },
            where: { OctetSet.parameterValueEnds.contains($0) }
        )
    }

    /// The first that is not in ``OctetSet/host``.
    func firstNonHost(in range: Range<Int>) -> Int {
        first(
            in: range,
            among: { block in
                let letters = (block | SIMD16<UInt8>(repeating: 0x20)) &- SIMD16<UInt8>(repeating: 0x61)
                let digits = block &- SIMD16<UInt8>(repeating: 0x30)
                let isHost =
                    (letters .< SIMD16<UInt8>(repeating: 26)) .| (digits .< SIMD16<UInt8>(repeating: 10))
                    .| Self.isEqual(block, 0x2D) .| Self.isEqual(block, .period) .| Self.isEqual(block, 0x5F)
                return .!isHost
            },
            where: { !OctetSet.host.contains($0) }
        )
    }

    @inline(__always)
    private static func isEqual(_ block: SIMD16<UInt8>, _ octet: UInt8) -> SIMDMask<SIMD16<Int8>> {
        block .== SIMD16<UInt8>(repeating: octet)
    }

    /// - Parameters:
    ///   - lanes: Which of sixteen octets are wanted.
    ///   - isWanted: The same for one octet.
    @inline(__always)
    private func first(
        in range: Range<Int>,
        among lanes: (SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>>,
        where isWanted: (UInt8) -> Bool
    ) -> Int {
        let octets = bytes
        var index = range.lowerBound
        if range.count >= 16 {
            // The last sixteen may overlap those before them, which hold none.
            let last = range.upperBound &- 16
            while true {
                let block = octets.unsafeLoadUnaligned(fromByteOffset: index, as: SIMD16<UInt8>.self)
                // A lane that is wanted is all ones.
                let found = unsafeBitCast(lanes(block), to: SIMD2<UInt64>.self)
                if found[0] != 0 { return index &+ found[0].trailingZeroBitCount &>> 3 }
                if found[1] != 0 { return index &+ 8 &+ found[1].trailingZeroBitCount &>> 3 }
                guard index < last else { return range.upperBound }
                index = Swift.min(index &+ 16, last)
            }
        }
        while index < range.upperBound, !isWanted(self[index]) { index &+= 1 }
        return index
    }
}
