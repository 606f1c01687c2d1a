import Glibc
import SIP
import Timing

/// Datagrams that have been read and wait to be handled: those of calls under way first, then new calls.
///
/// The kernel's queue is emptied into this one first, so that how long a message has waited is known, and so that
/// messages of admitted calls do not wait behind calls that cannot be admitted.
struct Intake {
    struct Item {
        let bytes: [UInt8]
        let source: SIPSource
        let peer: DatagramPeer
        let arrival: MonotonicTime
        let isNewCall: Bool
        /// It is of somebody who has to prove who it is: of them all not more wait than there is room for others beside.
        let isStranger: Bool
        let admission: SIPStack.Admission
    }

    private var underWay = Queue(capacity: 8_192)
    private var newCalls = Queue(capacity: 4_096)
    private var strangers = 0
    private var octets = 0
    /// Datagrams of strangers that wait.
    private static let mostOfStrangers = 1_024
    /// Octets that wait: many times what messages of a usual length need.
    private static let mostOctets = 64 << 20
    /// The rest is handled in a later turn of the loop.
    var isScheduled = false

    var isEmpty: Bool { underWay.isEmpty && newCalls.isEmpty }

    /// - Returns: `false` if there is no room.
    mutating func append(_ item: Item) -> Bool {
        guard octets + item.bytes.count <= Self.mostOctets, !item.isStranger || strangers < Self.mostOfStrangers,
            item.isNewCall ? newCalls.append(item) : underWay.append(item)
        else { return false }
        octets += item.bytes.count
        if item.isStranger { strangers += 1 }
        return true
    }

    /// - Parameter takesNewCalls: Otherwise they go on waiting.
    mutating func next(takesNewCalls: Bool) -> Item? {
        guard let item = underWay.next() ?? (takesNewCalls ? newCalls.next() : nil) else { return nil }
        octets -= item.bytes.count
        if item.isStranger { strangers -= 1 }
        return item
    }
}

extension Intake {
    private struct Queue {
        /// Beyond this many, datagrams are dropped.
        let capacity: Int
        private var items: [Item] = []
        private var first = 0

        init(capacity: Int) {
            self.capacity = capacity
        }

        var isEmpty: Bool { first == items.count }

        mutating func append(_ item: Item) -> Bool {
            guard items.count - first < capacity else { return false }
            items.append(item)
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
}

/// The share of a processor that the calling thread used lately, and the part of it that went into refusing calls.
struct ProcessorMeter {
    private var start = MonotonicTime.zero
    private var used: Int64 = 0
    private var usedForRefusals: Int64 = 0
    private(set) var share = 0.0
    private(set) var refusing = 0.0

    /// What the calling thread has used so far, in nanoseconds.
    private static var threadTime: Int64? {
        var time = timespec()
        guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return nil }
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Runs `body`, which tells what part of its work went into refusals, 0 to 1.
    mutating func measure(_ body: () -> Double) {
        guard let before = Self.threadTime else {
            _ = body()
            return
        }
        let part = body()
        if let after = Self.threadTime { usedForRefusals += Int64(Double(after - before) * min(1, max(0, part))) }
    }

    /// Measures anew when the last measure is 100 ms old.
    mutating func update(at now: MonotonicTime) {
        let elapsed = (now - start).nanoseconds
        guard elapsed >= 100_000_000, let total = Self.threadTime else { return }
        if used > 0 {
            share = min(1, max(0, Double(total - used) / Double(elapsed)))
            refusing = min(share, Double(usedForRefusals) / Double(elapsed))
        }
        used = total
        usedForRefusals = 0
        start = now
    }
}
