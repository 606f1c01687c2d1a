/// A key that knows a hash of itself: one is looked up more often than it is made.
protocol Digested: Hashable, Sendable {
    /// With the process's secret in it where a peer chooses the key.
    var digest: Int { get }
}

/// Many small dictionaries in place of a large one, because each grows at another time: one of some hundred thousand
/// transactions holds up the messages that come meanwhile for a tenth of a second and more.
struct ShardedDictionary<Key: Digested, Value: Sendable>: Sendable {
    private static var shardCount: Int { 64 }

    private var shards = [[Key: Value]](repeating: [:], count: shardCount)
    private(set) var count = 0

    subscript(key: Key) -> Value? {
        get { shards[Self.shard(of: key)][key] }
        _modify {
            let shard = Self.shard(of: key)
            let before = shards[shard].count
            yield &shards[shard][key]
            count += shards[shard].count - before
        }
    }

    mutating func removeValue(forKey key: Key) -> Value? {
        let value = shards[Self.shard(of: key)].removeValue(forKey: key)
        if value != nil { count -= 1 }
        return value
    }

    private static func shard(of key: Key) -> Int { key.digest & (shardCount - 1) }
}
