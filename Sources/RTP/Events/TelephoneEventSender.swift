/// Sends digits as RFC 4733 events: 100 ms each with 60 ms between, a packet every 20 ms.
///
/// The first packet of a digit has the marker bit. The one that ends it is sent three times, 20 ms apart, within
/// the pause.
///
/// Source: RFC 4733 §2.5.1.
public struct TelephoneEventSender: Sendable {
    /// Digits that may wait at once.
    public static let capacity = 128

    /// A packet to send now.
    public struct Packet: Sendable, Hashable {
        public var isFirst: Bool
        /// RTP timestamp of the digit's beginning.
        public var timestamp: UInt32
        /// The four octets.
        public var payload: (UInt8, UInt8, UInt8, UInt8) { (event, isEnd ? 0x8A : 0x0A, high, low) }

        var event: UInt8
        var isEnd: Bool
        var duration: UInt16
        private var high: UInt8 { UInt8(duration >> 8) }
        private var low: UInt8 { UInt8(truncatingIfNeeded: duration) }
    }

    /// Intervals of 20 ms that a digit lasts, that its end is sent in, and from its start to the next one's.
    private static let toneIntervals = 5
    private static let endIntervals = 3
    private static let totalIntervals = 8

    private var ticksPerInterval: UInt16
    private var waiting: [UInt8] = []
    private var head = 0
    private var interval = 0
    private var start: UInt32 = 0

    /// - Parameter clockRate: Ticks per second of the event's RTP clock; at most 500 000.
    public init(clockRate: Int = 8_000) {
        ticksPerInterval = Self.ticksPerInterval(clockRate)
    }

    private static func ticksPerInterval(_ clockRate: Int) -> UInt16 {
        UInt16(clamping: min(clockRate, 500_000) / 50)
    }

    /// Another codec, another clock: what waits is sent by it.
    public mutating func setClockRate(_ clockRate: Int) {
        ticksPerInterval = Self.ticksPerInterval(clockRate)
    }

    /// Whether digits wait or one is under way, its pause included.
    public var isActive: Bool { head < waiting.count }

    /// Appends digits; `false`, and nothing is queued, if one is no digit or they do not fit.
    public mutating func enqueue(_ digits: String) -> Bool {
        var codes: [UInt8] = []
        for digit in digits {
            guard let code = TelephoneEvent.code(for: digit), codes.count < Self.capacity else { return false }
            codes.append(code)
        }
        guard waiting.count - head + codes.count <= Self.capacity else { return false }
        waiting.removeFirst(head)
        head = 0
        waiting.append(contentsOf: codes)
        return true
    }

    public mutating func cancel() {
        waiting.removeAll(keepingCapacity: true)
        head = 0
        interval = 0
    }

    /// Takes the packet of the present interval; call every 20 ms while ``isActive``.
    ///
    /// - Parameter now: The stream's RTP timestamp.
    /// - Returns: `nil` in the part of the pause where nothing is sent.
    public mutating func next(at now: UInt32) -> Packet? {
        guard isActive else { return nil }
        let event = waiting[head]
        if interval == 0 { start = now }
        let position = interval
        interval += 1
        if interval == Self.totalIntervals {
            interval = 0
            head += 1
            if head == waiting.count { cancel() }
        }
        guard position < Self.toneIntervals + Self.endIntervals - 1 else { return nil }
        let elapsed = UInt16(min(position + 1, Self.toneIntervals))
        return Packet(
            isFirst: position == 0,
            timestamp: start,
            event: event,
            isEnd: position >= Self.toneIntervals - 1,
            duration: UInt16(clamping: Int(elapsed) * Int(ticksPerInterval))
        )
    }
}
