/// What delay the packets of the last seconds needed: a window over the delays of single packets, kept in order.
///
/// A delay is the time of arrival less the timestamp, both in ticks. Its zero is arbitrary, for the two clocks have
/// nothing in common; differences are what counts, and a drift of the sender's clock moves all of them along.
struct ArrivalDelays: Sendable {
    /// Packets that the window holds: 8 s of 20 ms each.
    private static let capacity = 400
    /// One packet in so many may need more than ``needed``.
    private static let tolerance = 100

    private var delays: [Int64] = []
    private var sorted: [Int64] = []
    private var next = 0

    init() {
        delays.reserveCapacity(Self.capacity)
        sorted.reserveCapacity(Self.capacity)
    }

    var count: Int { sorted.count }

    /// The delay that 99 % of the packets kept to; `nil` without packets.
    var needed: Int64? {
        sorted.isEmpty ? nil : sorted[sorted.count - 1 - sorted.count / Self.tolerance]
    }

    /// The delay of the fastest packet.
    var least: Int64? { sorted.first }

    mutating func removeAll() {
        delays.removeAll(keepingCapacity: true)
        sorted.removeAll(keepingCapacity: true)
        next = 0
    }

    mutating func append(_ delay: Int64) {
        if delays.count < Self.capacity {
            delays.append(delay)
        } else {
            let place = position(of: delays[next])
            if place < sorted.count { sorted.remove(at: place) }
            delays[next] = delay
            next = (next + 1) % Self.capacity
        }
        sorted.insert(delay, at: position(of: delay))
    }

    /// The first place in `sorted` whose value is not below this one, by halving.
    private func position(of delay: Int64) -> Int {
        var lowest = 0
        var highest = sorted.count
        while lowest < highest {
            let middle = (lowest + highest) / 2
            if sorted[middle] < delay { lowest = middle + 1 } else { highest = middle }
        }
        return lowest
    }
}
