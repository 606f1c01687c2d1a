import Synchronization

/// A number that only grows, for one set of label values. Increments are wait-free and may come from any thread.
public final class Counter: Sendable {
    private let storage = Atomic<UInt64>(0)

    init() {}

    public var value: UInt64 { storage.load(ordering: .relaxed) }

    public func increment(by amount: UInt64 = 1) {
        storage.wrappingAdd(amount, ordering: .relaxed)
    }
}

/// A number that goes up and down, for one set of label values.
public final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    init() {}

    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    public func set(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    public func set(_ value: Int) {
        set(Double(value))
    }

    public func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, original) = bits.compareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }

    public func increment() { add(1) }
    public func decrement() { add(-1) }
}

/// How often values fell into which range, for one set of label values.
public final class Histogram: Sendable {
    /// Upper bounds, ascending; the last range, above all of them, has none.
    public let bounds: [Double]
    private let ranges: [Counter]
    private let total = Gauge()

    init(bounds: [Double]) {
        self.bounds = bounds
        ranges = (0...bounds.count).map { _ in Counter() }
    }

    /// Bounds in seconds, from 5 ms to 10 s, for delays that people notice.
    public static let delayBounds = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1, 1.5, 2, 3, 5, 10]

    /// Counts a value; a NaN is not counted.
    public func record(_ value: Double) {
        if value.isNaN { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        ranges[index].increment()
        total.add(value)
    }

    /// Counts a duration in seconds.
    public func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        record(Double(seconds) + Double(attoseconds) * 1e-18)
    }

    public var count: UInt64 { ranges.reduce(0) { $0 &+ $1.value } }
    public var sum: Double { total.value }

    /// How many values lie at or below each bound, and at the end all of them.
    var cumulativeCounts: [UInt64] {
        var sum: UInt64 = 0
        return ranges.map { range in
            sum &+= range.value
            return sum
        }
    }
}
