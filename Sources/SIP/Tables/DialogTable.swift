/// The dialogs of an endpoint.
struct DialogTable: Sendable {
    private struct Place: SlabID {
        let rawValue: UInt64
    }

    private var places = ShardedDictionary<DialogID, Place>()
    private var usages = Slab<Place, DialogUsage>()

    var count: Int { usages.count }

    subscript(id: DialogID) -> DialogUsage? {
        _read {
            if let place = places[id] { yield usages[place] } else { yield nil }
        }
        _modify {
            if let place = places[id] {
                yield &usages[place]
                if usages[place] == nil { places[id] = nil }
            } else {
                var usage: DialogUsage?
                yield &usage
                if let usage { places[id] = usages.insert(usage) }
            }
        }
    }

    mutating func removeValue(forKey id: DialogID) -> DialogUsage? {
        guard let place = places[id] else { return nil }
        places[id] = nil
        return usages.removeValue(forKey: place)
    }
}
