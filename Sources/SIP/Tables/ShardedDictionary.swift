/// A key that knows a hash of itself, with the process's secret in it: one is looked up more often than it is made.
protocol Digested: Hashable, Sendable {
    var digest: Int { get }
}

extension Digested {
    func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

/// Many small dictionaries in place of a large one, because each grows at another time: one of some hundred thousand
/// entries takes tens of milliseconds for it.
struct ShardedDictionary<Key: Digested, Value: Sendable>: Sendable {
    private static var shardCount: Int { 64 }

    private var shards = [[Key: Value]](repeating: [:], count: shardCount)

    subscript(key: Key) -> Value? {
        get { shards[Self.shard(of: key)][key] }
        _modify { yield &shards[Self.shard(of: key)][key] }
    }

    private static func shard(of key: Key) -> Int { key.digest & (shardCount - 1) }
}
