import Timing

/// Decides which new calls are taken when there are more than can be served, so that those taken succeed.
///
/// The share of new calls admitted follows, ten times a second, how long messages waited and how busy the processor
/// was: it falls and grows in proportion to how far the worse of both is from its target, by a half and by a tenth at
/// most. What refusing calls costs does not count as long as half of what the target leaves free is left: a refusal may
/// wait, and for its sake no call is refused that there is room for. The share is shared out among peers so that none is refused calls because of the calls of another (``FairShares``).
///
/// What it tells peers that ask is the loss rate of RFC 7339.
public struct OverloadControl: Sendable, Hashable {
    public struct Targets: Sendable, Hashable {
        /// Longest mean time that messages wait to be handled.
        public var latency: Duration
        /// Share of one processor that is used for anything but refusals, 0 to 1.
        public var processor: Double
        /// The same for all that is done: half of what ``processor`` leaves free is for refusals.
        var ceiling: Double { max(processor, (1 + processor) / 2) }

        public init(latency: Duration = .milliseconds(20), processor: Double = 0.9) {
            self.latency = latency
            self.processor = processor
        }

        /// Never met: every call is taken, as a telephone does.
        public static let unlimited = Targets(latency: .seconds(86_400), processor: 1_000)
    }

    public enum Decision: Sendable, Hashable {
        case admit
        /// Answer 503 with Retry-After in seconds, 1 to 10: spread, so that the refused do not return together.
        case shed(retryAfter: Int)
    }

    public let targets: Targets
    /// Share of new calls that are admitted.
    public private(set) var share = 1.0
    private var shares = FairShares()
    private var windowEnd: MonotonicTime?
    private var latencies = Duration.zero
    private var samples = 0
    /// Counts windows that change the share or leave it below one, for `oc-seq`: ten a second at most.
    public private(set) var sequence: UInt64

    static let window = Duration.milliseconds(100)
    /// Below, nobody would notice that the load has gone.
    static let leastShare = 0.01
    /// Messages of a window that say anything about load.
    static let leastSamples = 10

    /// - Parameter sequence: Where ``sequence`` begins. Peers discard what is not above the last value that they have
    ///   seen (RFC 7339 §4.4), also of a server that has started anew. Tenths of seconds of a clock are never behind.
    public init(targets: Targets = Targets(), sequence: UInt64 = 0) {
        self.targets = targets
        self.sequence = sequence
    }

    public var isShedding: Bool { share < 1 }

    /// Per cent of new requests that a peer should keep to itself: the value of `oc` for `loss` (RFC 7339 §5.4).
    public var lossPercentage: Int { Int(((1 - share) * 100).rounded(.down)) }

    /// A message is handled that has waited.
    ///
    /// - Parameters:
    ///   - latency: From its arrival to now.
    ///   - processor: The share of a processor used lately, 0 to 1.
    ///   - refusing: The part of it that went into refusing calls.
    public mutating func observe(
        latency: Duration,
        processor: Double,
        refusing: Double = 0,
        at now: MonotonicTime
    ) {
        latencies += latency
        samples += 1
        guard let end = windowEnd else {
            windowEnd = now + Self.window
            return
        }
        guard now >= end else { return }
        // Windows in which nothing came count as windows without a queue.
        let missed = min(100, Int((now - end).nanoseconds / Self.window.nanoseconds))
        // A few slow messages are a hiccup, not a queue.
        let isTelling = samples >= Self.leastSamples
        if isTelling || latencies / samples <= targets.latency {
            let load = max((processor - refusing) / targets.processor, processor / targets.ceiling)
            adjust(latency: latencies / samples, load: isTelling ? load : 0)
        }
        for _ in 0..<missed { adjust(latency: .zero, load: 0) }
        latencies = .zero
        samples = 0
        windowEnd = now + Self.window
    }

    private mutating func adjust(latency: Duration, load: Double) {
        let slowness = latency / targets.latency
        let excess = max(slowness, load)
        // The closer to the target the smaller the step, or the share would swing about it by a tenth.
        let factor = min(1.1, max(0.5, 1 / max(excess, 0.1)))
        let next = min(1, max(Self.leastShare, share * factor))
        // Also where the share stays: a value that is not above the last does not prolong its validity.
        if next != share || next < 1 { sequence &+= 1 }
        share = next
        shares.closeWindow(share: next)
    }

    /// Decides about one new call. To be asked about each of them, also while all are admitted: what peers send then is
    /// what they are measured by when it grows.
    ///
    /// - Parameters:
    ///   - peer: Tells apart those who send calls. Emergency and priority calls are not asked about.
    ///   - random: Any number; spreads Retry-After.
    public mutating func decide(from peer: UInt64, random: UInt64) -> Decision {
        shares.admits(peer) || !isShedding ? .admit : .shed(retryAfter: Int(random % 10) + 1)
    }
}
