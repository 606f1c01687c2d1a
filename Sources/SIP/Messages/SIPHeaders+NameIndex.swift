extension SIPHeaders {
    /// Which registered names the table of a header section holds, and where the search for one begins.
    struct NameIndex: Sendable {
        /// One bit for each name that the table holds, or has held.
        private var names = SIMD2<UInt64>(0, 0)
        /// The same for those it holds, or has held, more than once.
        private var repeatedNames = SIMD2<UInt64>(0, 0)
        /// No field of a name stands before this place of the table, by the low bits of ``HeaderName/index``.
        private var firstPlaces = InlineArray<32, UInt8>(repeating: .max)
    }
}

extension SIPHeaders.NameIndex {
    init(_ table: [SIPHeaders.Field]) {
        self.init()
        let fields = table.span
        for place in fields.indices { note(fields[place], at: place) }
    }

    /// A field was put at this place of the table.
    @inline(__always)
    mutating func note(_ field: SIPHeaders.Field, at place: Int) {
        let residue = Int(field.name & 31)
        if place < Int(firstPlaces[residue]) { firstPlaces[residue] = UInt8(truncatingIfNeeded: place) }
        let bits = Self.bits(field.name)
        repeatedNames |= names & bits
        names |= bits
    }

    /// A field went, and those behind it moved forward.
    mutating func forgetPlaces() { firstPlaces = InlineArray(repeating: 0) }

    @inline(__always)
    func mayHold(_ name: UInt8) -> Bool { names & Self.bits(name) != SIMD2(0, 0) }

    @inline(__always)
    func mayRepeat(_ name: UInt8) -> Bool { repeatedNames & Self.bits(name) != SIMD2(0, 0) }

    @inline(__always)
    func firstPlace(of name: UInt8) -> Int { Int(firstPlaces[Int(name & 31)]) }

    @inline(__always)
    private static func bits(_ name: UInt8) -> SIMD2<UInt64> {
        let bit: UInt64 = 1 &<< UInt64(name & 63)
        return name & 64 == 0 ? SIMD2(bit, 0) : SIMD2(0, bit)
    }
}
