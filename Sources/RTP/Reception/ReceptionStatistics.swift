import Timing

/// What a receiver knows about one source: packets expected, received and lost, and the interarrival jitter.
///
/// Source: RFC 3550 §6.4.1; appendix A.1 (sequence numbers), A.3 (loss) and A.8 (jitter).
public struct ReceptionStatistics: Sendable {
    /// A jump of the sequence number up to this is loss; beyond it the source may have restarted.
    private static let maximumDropout: UInt16 = 3_000
    /// A step back up to this is reordering.
    private static let maximumMisorder: UInt16 = 100

    public private(set) var received: UInt64 = 0
    /// Sequence number of the newest packet with its wraps in the upper half.
    public private(set) var extendedHighestSequence: UInt32 = 0

    private let clockRate: Int
    private var started = false
    private var baseSequence: UInt16 = 0
    private var highestSequence: UInt16 = 0
    private var cycles: UInt32 = 0
    /// The sequence number that would confirm a restart; `nil` when none is suspected.
    private var restartSequence: UInt16?
    private var expectedPrior: Int64 = 0
    private var receivedPrior: Int64 = 0
    /// Lost before the source restarted its numbering.
    private var lostBefore: Int64 = 0
    private var receivedSinceBase: Int64 = 0
    private var lastTransit: Int64?
    /// Sixteen times the jitter in ticks.
    private var scaledJitter: Int64 = 0

    /// - Parameter clockRate: Ticks per second of the RTP timestamp; at least 1.
    public init(clockRate: Int) {
        self.clockRate = max(clockRate, 1)
    }

    /// Counts a packet.
    ///
    /// - Parameters:
    ///   - arrival: When it arrived.
    ///   - measuresJitter: `false` for packets whose timestamp is not their sampling instant (RFC 4733).
    /// - Returns: `false` if the sequence number is so far off that the packet is not counted.
    @discardableResult
    public mutating func count(_ header: RTPHeader, arrival: MonotonicTime, measuresJitter: Bool = true) -> Bool {
        guard advance(to: header.sequenceNumber) else { return false }
        received += 1
        receivedSinceBase += 1
        if measuresJitter { updateJitter(timestamp: header.timestamp, arrival: arrival) }
        return true
    }

    /// Packets that should have come (RFC 3550 A.3) since the first, or since the source last restarted.
    private var expected: Int64 {
        started ? max(Int64(extendedHighestSequence) - Int64(baseSequence) + 1, 0) : 0
    }

    /// Expected less received; negative when packets were doubled.
    public var cumulativeLost: Int64 {
        lostBefore + expected - receivedSinceBase
    }

    /// Interarrival jitter in ticks.
    public var jitterTicks: UInt32 {
        UInt32(clamping: scaledJitter >> 4)
    }

    public var jitterMilliseconds: Double {
        Double(scaledJitter) / 16 * 1_000 / Double(clockRate)
    }

    /// The share of packets lost since the last call, in 1/256 (RFC 3550 §6.4.1).
    public mutating func takeFractionLost() -> UInt8 {
        let expectedInterval = expected - expectedPrior
        let receivedInterval = receivedSinceBase - receivedPrior
        expectedPrior = expected
        receivedPrior = receivedSinceBase
        let lost = expectedInterval - receivedInterval
        guard expectedInterval > 0, lost > 0 else { return 0 }
        return UInt8(clamping: lost * 256 / expectedInterval)
    }

    /// The next packet is the first of another source: its numbers begin anew, the totals go on.
    public mutating func beginSource() {
        guard started else { return }
        lostBefore = cumulativeLost
        started = false
        receivedSinceBase = 0
    }

    private mutating func advance(to sequence: UInt16) -> Bool {
        guard started else {
            restart(at: sequence)
            return true
        }
        let step = sequence &- highestSequence
        if step < Self.maximumDropout {
            if sequence < highestSequence { cycles &+= 1 << 16 }
            highestSequence = sequence
            extendedHighestSequence = cycles | UInt32(sequence)
            restartSequence = nil
        } else if step <= UInt16.max - Self.maximumMisorder {
            // Far off: believe it only when the next packet follows on from it.
            guard sequence == restartSequence else {
                restartSequence = sequence &+ 1
                return false
            }
            lostBefore = cumulativeLost
            restart(at: sequence)
        }
        return true
    }

    private mutating func restart(at sequence: UInt16) {
        started = true
        baseSequence = sequence
        highestSequence = sequence
        extendedHighestSequence = UInt32(sequence)
        cycles = 0
        restartSequence = nil
        receivedSinceBase = 0
        expectedPrior = 0
        receivedPrior = 0
        lastTransit = nil
    }

    private mutating func updateJitter(timestamp: UInt32, arrival: MonotonicTime) {
        let (seconds, rest) = arrival.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let ticks = seconds &* Int64(clockRate) &+ rest * Int64(clockRate) / 1_000_000_000
        let transit = Int64(Int32(truncatingIfNeeded: ticks &- Int64(timestamp)))
        if let lastTransit {
            let difference = Int64(Int32(truncatingIfNeeded: transit - lastTransit)).magnitude
            // A jump of the timestamps is no jitter.
            if difference < UInt64(clockRate) * 10 {
                scaledJitter += Int64(difference) - (scaledJitter + 8) >> 4
            }
        }
        lastTransit = transit
    }
}
