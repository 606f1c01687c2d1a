import Testing

@testable import SIP

@Suite("Tables of transactions and dialogs")
struct SlabTests {
    private struct Name: SlabID, Equatable {
        let rawValue: UInt64
    }

    /// Compared, after each of many random steps, with a dictionary.
    @Test("A slab holds what a dictionary would hold")
    func likeDictionary() {
        var random = SeededGenerator(seed: 7)
        var slab = Slab<Name, String>()
        var model: [UInt64: String] = [:]
        var names: [Name] = []
        for step in 0..<4_000 {
            switch random.next() % 4 {
            case 0, 1:
                let name = slab.insert("\(step)")
                #expect(model.updateValue("\(step)", forKey: name.rawValue) == nil)
                names.append(name)
            case 2:
                guard let name = names.randomElement(using: &random) else { continue }
                #expect(slab.removeValue(forKey: name) == model.removeValue(forKey: name.rawValue))
            default:
                guard let name = names.randomElement(using: &random) else { continue }
                slab[name]?.append("+")
                model[name.rawValue]?.append("+")
            }
        }
        #expect(slab.count == model.count)
        for name in names { #expect(slab[name] == model[name.rawValue]) }
    }

    @Test("The name of an element that has left names none that came into its place")
    func stale() {
        var slab = Slab<Name, Int>()
        let first = slab.insert(1)
        slab[first] = nil
        let second = slab.insert(2)
        #expect(first != second && slab[first] == nil && slab[second] == 2)
        slab[first] = 3
        #expect(slab[first] == nil && slab[second] == 2 && slab.count == 1)
        #expect(slab.removeValue(forKey: first) == nil && slab.count == 1)
        #expect(slab[Name(rawValue: .max)] == nil)
    }

    @Test("Keys of one shard do not hide each other")
    func shards() {
        struct Key: Digested {
            let digest: Int
            let text: String
        }
        var dictionary = ShardedDictionary<Key, Int>()
        let keys = (-200..<200).map { Key(digest: $0 / 100, text: "\($0)") }
        for (index, key) in keys.enumerated() { dictionary[key] = index }
        dictionary[keys[3]] = nil
        for (index, key) in keys.enumerated() { #expect(dictionary[key] == (index == 3 ? nil : index)) }
    }
}
