/// The dialogs of an endpoint.
struct DialogTable: Sendable {
    private struct Place: SlabID {
        let rawValue: UInt64
    }

    private var places = ShardedDictionary<DialogID, Place>()
    private var usages = Slab<Place, DialogUsage>()

    /// What is read and written in place of a dialog that is not there, see ``Slab``.
    private var new: DialogUsage?

    var count: Int { usages.count }

    subscript(id: DialogID) -> DialogUsage? {
        @inline(__always)
        _read {
            if let place = places[id] { yield usages[place] } else { yield new }
        }
        @inline(__always)
        _modify {
            if let place = places[id] {
                yield &usages[place]
                if case .none = usages[place] { places[id] = nil }
            } else {
                yield &new
                if let usage = new { places[id] = usages.insert(usage) }
                new = nil
            }
        }
    }

    mutating func removeValue(forKey id: DialogID) -> DialogUsage? {
        guard let place = places[id] else { return nil }
        places[id] = nil
        return usages.removeValue(forKey: place)
    }
}
