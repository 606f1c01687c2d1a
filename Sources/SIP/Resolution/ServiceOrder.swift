extension ServiceRecord {
    /// The order in which to try `records`: by priority, and by weighted chance within one.
    ///
    /// A target of which there is none (`.`) is left out.
    ///
    /// Source: RFC 2782, the usage rules of weight.
    static func ordered(
        _ records: [ServiceRecord],
        using generator: inout some RandomNumberGenerator
    ) -> [ServiceRecord] {
        let usable = records.filter { !$0.target.isEmpty }
        var result: [ServiceRecord] = []
        result.reserveCapacity(usable.count)
        for priority in Set(usable.map(\.priority)).sorted() {
            // Those of weight 0 stand first, so that they have a small chance each time.
            var left = usable.filter { $0.priority == priority }.sorted {
                ($0.weight, $0.target) < ($1.weight, $1.target)
            }
            while !left.isEmpty {
                let sum = left.reduce(0) { $0 + Int($1.weight) }
                result.append(left.remove(at: choice(among: left, sum, using: &generator)))
            }
        }
        return result
    }

    /// - Parameter sum: Of the weights.
    private static func choice(
        among records: [ServiceRecord],
        _ sum: Int,
        using generator: inout some RandomNumberGenerator
    ) -> Int {
        guard sum > 0 else { return Int(generator.next(upperBound: UInt64(records.count))) }
        let mark = Int(generator.next(upperBound: UInt64(sum) + 1))
        var running = 0
        let chosen = records.firstIndex { record in
            running += Int(record.weight)
            return running >= mark
        }
        return chosen ?? records.startIndex
    }
}

/// Random numbers that are the same for the same seed: every request of a call orders the targets in one way.
///
/// The step is SplitMix64.
public struct SeededNumbers: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    /// Seeded by text, such as a Call-ID, with FNV-1a.
    public init(seed: some Sequence<UInt8>) {
        state = seed.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
