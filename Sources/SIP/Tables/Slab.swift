/// Names an element of a ``Slab``.
protocol SlabID: Sendable {
    var rawValue: UInt64 { get }
    init(rawValue: UInt64)
}

/// Elements that are named by the number they got when they were put in. Finding one takes no hashing, changing one
/// happens in place, and growing moves none of those that are there: a table of many thousand transactions that grew
/// as one piece would hold up the messages that come meanwhile.
struct Slab<ID: SlabID, Element: Sendable>: Sendable {
    private struct Slot: Sendable {
        /// How many elements have been here: the number of one that has left names nothing.
        var generation: UInt32 = 0
        var element: Element?
    }

    private static var chunkSize: Int { 32 }

    private var chunks: [[Slot]] = []
    private var free: [UInt32] = []
    private(set) var count = 0
    /// What is read and written in place of an element that is not there: a temporary would be as large as an element, and
    /// would lie in memory that each access allocates.
    private var nothing: Element?

    /// - Returns: Its name: generation and place.
    mutating func insert(_ element: Element) -> ID {
        let place = free.popLast() ?? grow()
        let (chunk, slot) = Self.split(place)
        chunks[chunk][slot].generation &+= 1
        chunks[chunk][slot].element = element
        count += 1
        return ID(rawValue: UInt64(chunks[chunk][slot].generation) << 32 | UInt64(place))
    }

    mutating func removeValue(forKey id: ID) -> Element? {
        guard let (chunk, slot) = place(of: id), let element = chunks[chunk][slot].element else { return nil }
        chunks[chunk][slot].element = nil
        release(UInt32(truncatingIfNeeded: id.rawValue))
        return element
    }

    /// `nil` for one that is not there; setting that has no effect.
    subscript(id: ID) -> Element? {
        @inline(__always)
        _read {
            if let (chunk, slot) = place(of: id) { yield chunks[chunk][slot].element } else { yield nothing }
        }
        @inline(__always)
        _modify {
            if let (chunk, slot) = place(of: id) {
                yield &chunks[chunk][slot].element
                if case .none = chunks[chunk][slot].element { release(UInt32(truncatingIfNeeded: id.rawValue)) }
            } else {
                yield &nothing
                nothing = nil
            }
        }
    }

    /// Where the element is, if it is still there.
    private func place(of id: ID) -> (chunk: Int, slot: Int)? {
        let (chunk, slot) = Self.split(UInt32(truncatingIfNeeded: id.rawValue))
        guard chunk < chunks.count, chunks[chunk][slot].generation == UInt32(truncatingIfNeeded: id.rawValue >> 32),
            case .some = chunks[chunk][slot].element
        else { return nil }
        return (chunk, slot)
    }

    private static func split(_ place: UInt32) -> (chunk: Int, slot: Int) {
        (Int(place) / chunkSize, Int(place) % chunkSize)
    }

    private mutating func release(_ place: UInt32) {
        free.append(place)
        count -= 1
    }

    /// - Returns: The first of the new places.
    private mutating func grow() -> UInt32 {
        let first = UInt32(truncatingIfNeeded: chunks.count * Self.chunkSize)
        chunks.append([Slot](repeating: Slot(), count: Self.chunkSize))
        for offset in (1..<UInt32(Self.chunkSize)).reversed() { free.append(first + offset) }
        return first
    }
}
