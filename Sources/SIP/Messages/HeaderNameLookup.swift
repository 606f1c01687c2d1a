/// Finds the names of the registry, compact forms among them, without regard to case.
struct HeaderNameLookup: Sendable {
    /// A name as thirty-two octets.
    fileprivate struct Pattern: Sendable {
        /// The number of the ``RegisteredHeaderName``.
        let index: UInt8
        let length: UInt8
        let head: SIMD16<UInt8>
        let tail: SIMD16<UInt8>
        /// The bits that count: of a letter all but the one that tells its cases apart, and none behind the name.
        let headMask: SIMD16<UInt8>
        let tailMask: SIMD16<UInt8>
    }

    /// The longest name that is looked up.
    private static let longest = 31
    private static let slotCount = 256
    private static let emptySlot: UInt8 = 255

    private let patterns: [Pattern]
    /// Numbers of patterns, by open addressing over a hash of the name. What a peer writes cannot make a search longer,
    /// since nothing is added to the table.
    private let slots: [UInt8]
}

extension HeaderNameLookup {
    init() {
        var patterns: [Pattern] = []
        var slots = [UInt8](repeating: Self.emptySlot, count: Self.slotCount)
        func add(_ spelling: String, _ name: RegisteredHeaderName) {
            let octets = spelling.utf8.span
            let block = NameBlock(octets, 0..<octets.count)
            var place = Self.slot(of: block, length: octets.count)
            while slots[place] != Self.emptySlot { place = (place + 1) % Self.slotCount }
            slots[place] = UInt8(patterns.count)
            patterns.append(Pattern(block, length: octets.count, name))
        }
        for name in RegisteredHeaderName.allCases { add(name.spelling.description, name) }
        for name in RegisteredHeaderName.allCases {
            if let letter = name.compactForm { add(letter.description, name) }
        }
        self.init(patterns: patterns, slots: slots)
    }

    /// The index of a name in the registry; ``HeaderName/unregistered`` when it is not there.
    func index(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt8 {
        guard !range.isEmpty, range.count <= Self.longest else { return HeaderName.unregistered }
        return index(NameBlock(bytes, range), length: range.count)
    }

    /// The same of a name of so many octets, 1 to 31, which others may follow in its block.
    @inline(__always)
    func index(_ block: NameBlock, length: Int) -> UInt8 {
        let patterns = patterns.span
        let slots = slots.span
        var place = Self.slot(of: block, length: length)
        while true {
            let number = Int(slots[place])
            guard number < patterns.count else { return HeaderName.unregistered }
            if patterns[number].matches(block, length: length) { return patterns[number].index }
            place = (place &+ 1) & (Self.slotCount &- 1)
        }
    }

    /// Where the search begins: the first eight octets and the length tell nearly all names apart.
    @inline(__always)
    private static func slot(of block: NameBlock, length: Int) -> Int {
        let counted = UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- 8 &* min(length, 8))
        let octets = (unsafeBitCast(block.head, to: SIMD2<UInt64>.self)[0] & counted) | 0x2020_2020_2020_2020
        let hash = (octets &+ UInt64(truncatingIfNeeded: length)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: hash &>> 56)
    }
}

extension HeaderNameLookup.Pattern {
    fileprivate init(_ block: NameBlock, length: Int, _ name: RegisteredHeaderName) {
        func mask(_ octets: SIMD16<UInt8>, from start: Int) -> SIMD16<UInt8> {
            var mask = SIMD16<UInt8>.zero
            for lane in mask.indices where start + lane < length { mask[lane] = octets[lane].isLetter ? 0xDF : 0xFF }
            return mask
        }
        self.init(
            index: name.rawValue,
            length: UInt8(length),
            head: block.head,
            tail: block.tail,
            headMask: mask(block.head, from: 0),
            tailMask: mask(block.tail, from: 16)
        )
    }

    @inline(__always)
    fileprivate func matches(_ block: NameBlock, length: Int) -> Bool {
        guard Int(self.length) == length else { return false }
        let difference = (block.head ^ head) & headMask | (block.tail ^ tail) & tailMask
        return FoundLanes(difference .== SIMD16<UInt8>.zero).areAll
    }
}

/// Thirty-two octets that begin with a name.
struct NameBlock {
    let head: SIMD16<UInt8>
    let tail: SIMD16<UInt8>
}

extension NameBlock {
    /// - Parameter offset: Where thirty-two octets begin that lie in the span.
    @inline(__always)
    init(_ octets: RawSpan, at offset: Int) {
        self.init(head: octets.block(at: offset), tail: octets.block(at: offset &+ 16))
    }

    /// A name of at most 31 octets with zeros behind it.
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        var (head, tail) = (SIMD16<UInt8>.zero, SIMD16<UInt8>.zero)
        for (lane, index) in range.enumerated() {
            if lane < 16 { head[lane] = bytes[index] } else { tail[lane - 16] = bytes[index] }
        }
        self.init(head: head, tail: tail)
    }

    /// How many octets stand before the first colon.
    @inline(__always)
    var lengthOfName: Int? {
        let colon = SIMD16<UInt8>(repeating: .colon)
        let found = FoundLanes(head .== colon, tail .== colon)
        return found.isEmpty ? nil : found.count
    }
}
