/// A key that knows a hash of itself: one is looked up more often than it is made.
protocol Digested: Hashable, Sendable {
    /// With the process's secret in it where a peer chooses the key.
    var digest: Int { get }
}

/// Many small dictionaries in place of a large one, because each grows at another time: one of some hundred thousand
/// transactions holds up the messages that come meanwhile for a tenth of a second and more.
struct ShardedDictionary<Key: Digested, Value> {
    private static var shardCount: Int { 64 }

    private var shards = [[Key: Value]](repeating: [:], count: shardCount)
    private(set) var count = 0

    subscript(key: Key) -> Value? {
        get { shards[Self.shard(of: key)][key] }
        set {
            let shard = Self.shard(of: key)
            if let newValue {
                if shards[shard].updateValue(newValue, forKey: key) == nil { count += 1 }
            } else if shards[shard].removeValue(forKey: key) != nil {
                count -= 1
            }
        }
    }

    /// Looks at all of them.
    func keys(where holds: (Value) -> Bool) -> [Key] {
        shards.flatMap { shard in shard.compactMap { holds($0.value) ? $0.key : nil } }
    }

    private static func shard(of key: Key) -> Int { key.digest & (shardCount - 1) }
}
