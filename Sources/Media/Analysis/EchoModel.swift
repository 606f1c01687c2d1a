/// What of the sent signal comes back: after how long, and how loud in each band.
///
/// The delay is where the levels of what was sent and of what is heard go along best; the coupling of a band is the
/// largest ratio of heard to sent in the last seconds, but for a few frames. Both are learned from frames in which the
/// peer is silent, as ``BargeInGate`` tells. Levels are powers of two: additions instead of logarithms per sample.
struct EchoModel: Sendable {
    /// Frames of 20 ms that an echo may take, our own and the peer's jitter buffers included.
    static let longestDelay = 40
    /// Frames of which ratios are kept: 3 s.
    private static let ratiosKept = 150
    /// Frames needed before a coupling is believed; while no delay is known, more than an echo may take to come.
    private static let ratiosNeeded = 25
    private static let ratiosNeededAtFirst = longestDelay + 10
    /// Of the largest ratios, how many are taken for accidents.
    private static let accidents = 2
    /// Correlation from which on a delay is believed, and by which another one must be better.
    private static let believed: Float = 0.5
    private static let better: Float = 0.05
    /// Share of the statistics that a frame leaves: 3 s until they are renewed.
    private static let memory: Float = 0.993

    /// Sums over frames, of one delay.
    private struct Moments {
        var sent: Float = 0
        var sentSquared: Float = 0
        var product: Float = 0
    }

    /// Band levels (log₂) of the last frames sent, a ring.
    private var sent: [SIMD4<Float>]
    private var totals: [Float]
    private var head = 0
    private var moments: [Moments]
    private var weight: Float = 0
    private var heardSum: Float = 0
    private var heardSquared: Float = 0

    private var ratios: [SIMD4<Float>] = []
    private var nextRatio = 0

    /// In frames; `nil` while none is known.
    private(set) var delay: Int?
    /// Log₂ of heard to sent; 0 while too little is known.
    private(set) var coupling = SIMD4<Float>.zero

    init() {
        sent = Array(repeating: SIMD4(repeating: Self.floor), count: Self.longestDelay + 2)
        totals = Array(repeating: Self.floor, count: sent.count)
        moments = Array(repeating: Moments(), count: Self.longestDelay)
        ratios.reserveCapacity(Self.ratiosKept)
    }

    /// The level of nothing: 1/4 of a step squared.
    static let floor: Float = -2

    /// Log₂ to a tenth, of what is positive; ``floor`` for less than that.
    static func level(_ power: Float) -> Float {
        guard power > 0.25 else { return floor }
        return Float(power.exponent) + power.significand - 1
    }

    static func levels(_ powers: SIMD4<Float>) -> SIMD4<Float> {
        SIMD4(level(powers.x), level(powers.y), level(powers.z), level(powers.w))
    }

    mutating func send(_ levels: SIMD4<Float>, total: Float) {
        head = (head + 1) % sent.count
        sent[head] = levels
        totals[head] = total
    }

    private func index(_ delay: Int) -> Int {
        let index = head - delay
        return index < 0 ? index + sent.count : index
    }

    /// The levels that an echo of full strength would have now.
    var reference: SIMD4<Float> {
        var strongest = SIMD4<Float>(repeating: Self.floor)
        let delays = delay.map { max($0 - 1, 0)...$0 + 1 } ?? 0...Self.longestDelay
        for delay in delays { strongest = pointwiseMax(strongest, sent[index(delay)]) }
        return strongest
    }

    /// The loudest frame sent within the longest delay.
    var loudest: Float { totals.max() ?? Self.floor }

    /// What was sent comes back; the ratios follow when the frame is known to be one without the peer's voice.
    mutating func correlate(heard total: Float) {
        weight = weight * Self.memory + 1
        heardSum = heardSum * Self.memory + total
        heardSquared = heardSquared * Self.memory + total * total
        for delay in 0..<Self.longestDelay {
            let level = totals[index(delay)]
            moments[delay].sent = moments[delay].sent * Self.memory + level
            moments[delay].sentSquared = moments[delay].sentSquared * Self.memory + level * level
            moments[delay].product = moments[delay].product * Self.memory + level * total
        }
        guard weight > 40 else { return }
        let heardVariance = heardSquared - heardSum * heardSum / weight
        var best = (delay: 0, correlation: Float(0))
        var present: Float = 0
        for delay in 0..<Self.longestDelay {
            let moment = moments[delay]
            let variance = moment.sentSquared - moment.sent * moment.sent / weight
            let covariance = moment.product - moment.sent * heardSum / weight
            guard covariance > 0, variance > 1, heardVariance > 1 else { continue }
            let correlation = covariance / (variance * heardVariance).squareRoot()
            if correlation > best.correlation { best = (delay, correlation) }
            if delay == self.delay { present = correlation }
        }
        if best.correlation > Self.believed, delay == nil || best.correlation > present + Self.better {
            guard delay.map({ abs($0 - best.delay) > 0 }) ?? true else { return }
            delay = best.delay
            forgetRatios()
        }
    }

    private mutating func forgetRatios() {
        ratios.removeAll(keepingCapacity: true)
        nextRatio = 0
        coupling = .zero
    }

    /// Takes the ratio of a frame in which nobody but the echo was heard.
    mutating func learn(_ ratio: SIMD4<Float>) {
        if ratios.count < Self.ratiosKept {
            ratios.append(ratio)
        } else {
            ratios[nextRatio] = ratio
            nextRatio = (nextRatio + 1) % Self.ratiosKept
        }
        guard ratios.count >= (delay == nil ? Self.ratiosNeededAtFirst : Self.ratiosNeeded) else { return }
        // The largest three of each band.
        var (first, second, third) = (
            SIMD4(repeating: -Float(64)), SIMD4(repeating: -Float(64)), SIMD4(repeating: -Float(64))
        )
        for ratio in ratios {
            third = pointwiseMax(third, pointwiseMin(second, ratio))
            second = pointwiseMax(second, pointwiseMin(first, ratio))
            first = pointwiseMax(first, ratio)
        }
        coupling = third
    }
}
