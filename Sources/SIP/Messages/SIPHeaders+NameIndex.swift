extension SIPHeaders {
    /// Which registered names the table of a header section holds, and where the search for one begins.
    struct NameIndex: Sendable {
        /// One bit for each name that the table holds, or has held.
        private var names = NameSet()
        /// The same for those it holds, or has held, more than once.
        private var repeatedNames = NameSet()
        /// No field of a name stands before this place of the table, by the low bits of ``HeaderName/index``.
        private var firstPlaces = InlineArray<32, UInt8>(repeating: .max)
    }

    /// One bit for each registered name, and one for all others.
    private struct NameSet: Sendable {
        private var low: UInt64 = 0
        private var high: UInt64 = 0

        @inline(__always)
        func contains(_ name: UInt8) -> Bool { (name & 64 == 0 ? low : high) &>> UInt64(name & 63) & 1 != 0 }

        @inline(__always)
        mutating func insert(_ name: UInt8) {
            let bit: UInt64 = 1 &<< UInt64(name & 63)
            if name & 64 == 0 { low |= bit } else { high |= bit }
        }
    }
}

extension SIPHeaders {
    /// The fields of a header section while it is read.
    struct Table: Sendable {
        private(set) var fields: [Field] = []
        private(set) var index = NameIndex()
    }
}

extension SIPHeaders.Table {
    var count: Int { fields.count }

    /// Makes room for as many fields as nearly all messages have, in a piece of memory that the allocators of C libraries
    /// still count among the small ones.
    mutating func reserve() { fields.reserveCapacity(40) }

    @inline(__always)
    mutating func append(_ field: SIPHeaders.Field) {
        index.note(field, at: fields.count)
        fields.append(field)
    }
}

extension SIPHeaders.NameIndex {
    /// A field was put at this place of the table.
    @inline(__always)
    mutating func note(_ field: SIPHeaders.Field, at place: Int) {
        let residue = Int(field.name & 31)
        if place < Int(firstPlaces[residue]) { firstPlaces[residue] = UInt8(truncatingIfNeeded: place) }
        if names.contains(field.name) { repeatedNames.insert(field.name) }
        names.insert(field.name)
    }

    /// A field went, and those behind it moved forward.
    mutating func forgetPlaces() { firstPlaces = InlineArray(repeating: 0) }

    @inline(__always)
    func mayHold(_ name: UInt8) -> Bool { names.contains(name) }

    @inline(__always)
    func mayRepeat(_ name: UInt8) -> Bool { repeatedNames.contains(name) }

    @inline(__always)
    func firstPlace(of name: UInt8) -> Int { Int(firstPlaces[Int(name & 31)]) }
}
