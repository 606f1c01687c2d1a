import Glibc
import NIOCore
import SIP
import Timing

/// Datagrams that have been read and wait to be handled.
///
/// The kernel's queue is emptied into this one first, so that how long a message has waited is known.
struct Intake {
    struct Item {
        let data: ByteBuffer
        let source: SIPSource
        let arrival: MonotonicTime
    }

    /// Beyond this many, datagrams are dropped.
    static let capacity = 8_192
    private var items: [Item] = []
    private var first = 0
    /// The rest is handled in a later turn of the loop.
    var isScheduled = false

    var isEmpty: Bool { first == items.count }

    /// - Returns: `false` if there is no room.
    mutating func append(_ data: ByteBuffer, _ source: SIPSource, at now: MonotonicTime) -> Bool {
        guard items.count - first < Self.capacity else { return false }
        items.append(Item(data: data, source: source, arrival: now))
        return true
    }

    mutating func next() -> Item? {
        guard first < items.count else { return nil }
        let item = items[first]
        first += 1
        if first == items.count {
            items.removeAll(keepingCapacity: items.capacity <= 1_024)
            first = 0
        } else if first >= 1_024 {
            items.removeFirst(first)
            first = 0
        }
        return item
    }
}

/// The share of a processor that the calling thread used lately.
struct ProcessorMeter {
    private var start = MonotonicTime.zero
    private var used: Int64 = 0
    private(set) var share = 0.0

    /// Measures anew when the last measure is 100 ms old.
    mutating func update(at now: MonotonicTime) {
        let elapsed = (now - start).nanoseconds
        guard elapsed >= 100_000_000 else { return }
        var time = timespec()
        guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return }
        let total = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
        if used > 0 { share = min(1, max(0, Double(total - used) / Double(elapsed))) }
        used = total
        start = now
    }
}
