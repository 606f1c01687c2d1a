import Testing

@testable import SIP

@Suite("Tables of transactions and dialogs")
struct ShardedDictionaryTests {
    /// Many have the same digest, or another in the same shard.
    private struct Key: Digested {
        let digest: Int
        let text: String

        init(_ number: UInt64) {
            digest = Int(number % 5) * 64 - 128
            text = "\(number)"
        }

        func hash(into hasher: inout Hasher) { hasher.combine(digest) }
    }

    /// Compared, after each of many random steps, with a dictionary.
    @Test("It holds what a dictionary would hold")
    func likeDictionary() {
        var random = SeededGenerator(seed: 7)
        var table = ShardedDictionary<Key, String>()
        var model: [Key: String] = [:]
        for step in 0..<4_000 {
            let key = Key(random.next() % 100)
            switch random.next() % 4 {
            case 0, 1:
                table[key] = "\(step)"
                model[key] = "\(step)"
            case 2:
                table[key] = nil
                model[key] = nil
            default:
                table[key]?.append("+")
                model[key]?.append("+")
            }
            #expect(table.count == model.count)
            #expect(table[key] == model[key])
        }
        for number in 0..<UInt64(100) { #expect(table[Key(number)] == model[Key(number)]) }
    }
}
