/// What a network does to the packets of one stream. The same seed gives the same fate to every packet.
///
/// Times are milliseconds of the receiver's clock.
public struct NetworkPath: Sendable {
    public enum Loss: Sendable, Hashable {
        case none
        /// Each packet by itself with this probability.
        case random(Double)
        /// Gilbert's model: lost packets come in runs of this mean length (≥ 1), and make this share of all.
        case bursts(share: Double, meanLength: Double)
    }

    /// The route changes: packets sent from this time on take longer, or less long, by so much.
    public struct Step: Sendable, Hashable {
        public var time: Double
        public var change: Double

        public init(at time: Double, change: Double) {
            self.time = time
            self.change = change
        }
    }

    public var loss = Loss.none
    /// Packets wait between nothing and this long in a queue, evenly distributed; their order is kept.
    public var jitter = 0.0
    /// Share of packets that arrive 50 ms late, behind those that follow.
    public var reordering = 0.0
    /// Share of packets that arrive twice, the second time within 30 ms.
    public var duplication = 0.0
    /// How much faster the sender's clock runs, in parts of a million.
    public var drift = 0.0
    /// Delay of the route before any step.
    public var delay = 30.0
    public var steps: [Step] = []

    private var random: SeededGenerator
    private var isLosing = false
    private var lastArrival = -Double.infinity

    public init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// When a packet arrives that the sender sends at `time` of its own clock: never, once or twice.
    public mutating func arrivals(ofPacketSentAt time: Double) -> [Double] {
        // Every packet draws the same numbers, so that a setting does not change the others' luck.
        let (isLost, wait) = (drawLoss(), Double.random(in: 0..<1, using: &random))
        let (isLate, isDoubled) = (random.happens(reordering), random.happens(duplication))
        let echo = Double.random(in: 0..<30, using: &random)
        guard !isLost else { return [] }
        let sent = time / (1 + drift / 1e6)
        let route = steps.reduce(delay) { $1.time <= sent ? $0 + $1.change : $0 }
        var arrival = sent + route + wait * jitter
        if isLate {
            arrival += 50
        } else {
            arrival = jitter > 0 ? max(arrival, lastArrival) : arrival
            lastArrival = arrival
        }
        return isDoubled ? [arrival, arrival + echo] : [arrival]
    }

    private mutating func drawLoss() -> Bool {
        let draw = Double.random(in: 0..<1, using: &random)
        switch loss {
        case .none:
            return false
        case .random(let share):
            return draw < share
        case .bursts(let share, let meanLength):
            // The run ends with probability 1/mean; it begins so often that the share comes out.
            let end = 1 / max(meanLength, 1)
            isLosing = isLosing ? draw >= end : draw < end * share / (1 - share)
            return isLosing
        }
    }
}
