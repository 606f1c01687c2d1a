/// Fills the gap of a lost packet for codecs that cannot: it repeats the last pitch period, fading to silence.
///
/// The first 10 ms keep the level, after 90 ms nothing is heard. Where audio comes again, 8 ms of it are blended with
/// the repetition. These figures are those with the best PESQ over ten recordings at 3 and 10 % loss.
public struct PacketLossConcealment: Sendable {
    private let sampleRate: Int
    /// The last samples that were played; the newest last.
    private var history: [Int16]
    /// One pitch period out of the history, repeated while the gap lasts.
    private var period: [Int16] = []
    private var phase = 0
    /// Samples concealed in the present gap.
    private var concealed = 0

    private var shortestPeriod: Int { sampleRate / 200 }
    private var longestPeriod: Int { sampleRate / 66 }
    private var blend: Int { sampleRate / 125 }
    private var holdLength: Int { sampleRate / 100 }
    private var fadeLength: Int { sampleRate * 2 / 25 }

    public init(sampleRate: Int) {
        self.sampleRate = sampleRate
        let length = sampleRate / 66 * 2 + sampleRate / 200
        history = Array(repeating: 0, count: length)
        period.reserveCapacity(sampleRate / 66)
    }

    public mutating func reset() {
        for index in history.indices { history[index] = 0 }
        period.removeAll(keepingCapacity: true)
        concealed = 0
    }

    /// Takes note of decoded samples, and blends their beginning with the concealment that went before.
    public mutating func received(_ samples: inout [Int16], from start: Int) {
        if concealed > 0 {
            let length = min(blend, samples.count - start)
            for index in 0..<max(length, 0) {
                let repeated = Int(nextConcealed())
                let mixed = (repeated * (length - index) + Int(samples[start + index]) * index) / length
                samples[start + index] = Int16(clamping: mixed)
            }
            concealed = 0
        }
        remember(samples, from: start)
    }

    /// Appends `count` samples of concealment.
    public mutating func conceal(_ count: Int, into samples: inout [Int16]) {
        let start = samples.count
        if concealed == 0 {
            guard history.contains(where: { $0 != 0 }) else {
                // Silence follows on silence, and what comes next need not be blended.
                samples.append(contentsOf: repeatElement(0, count: count))
                return
            }
            choosePeriod()
        }
        samples.reserveCapacity(start + count)
        for _ in 0..<count { samples.append(nextConcealed()) }
        remember(samples, from: start)
    }

    private mutating func nextConcealed() -> Int16 {
        let gain = max(0, min(fadeLength, fadeLength + holdLength - concealed))
        concealed = min(concealed + 1, fadeLength + holdLength)
        guard gain > 0, !period.isEmpty else { return 0 }
        let sample = Int(period[phase])
        phase += 1
        if phase == period.count { phase = 0 }
        return Int16(clamping: sample * gain / fadeLength)
    }

    /// Picks the lag at which the newest part of the history is most like what went before it.
    private mutating func choosePeriod() {
        let template = longestPeriod
        let start = history.count - template
        var best = longestPeriod
        var bestScore = -Double.infinity
        for lag in shortestPeriod...longestPeriod {
            var product: Int64 = 0
            var energy: Int64 = 1
            // Every second sample is enough to find the lag.
            for index in stride(from: start, to: history.count, by: 2) {
                let earlier = Int64(history[index - lag])
                product += Int64(history[index]) * earlier
                energy += earlier * earlier
            }
            let score = product > 0 ? Double(product) * Double(product) / Double(energy) : 0
            if score > bestScore {
                bestScore = score
                best = lag
            }
        }
        period.removeAll(keepingCapacity: true)
        period.append(contentsOf: history[(history.count - best)...])
        smoothSeam(lag: best)
        phase = 0
    }

    /// Blends the end of the period into what precedes its beginning, so that it can follow itself.
    private mutating func smoothSeam(lag: Int) {
        let length = min(blend, lag / 4)
        guard length > 0 else { return }
        let before = history.count - 2 * lag
        for index in 0..<length where before + lag - length + index >= 0 {
            let position = lag - length + index
            let preceding = Int(history[history.count - lag - length + index])
            let mixed = (Int(period[position]) * (length - index) + preceding * index) / length
            period[position] = Int16(clamping: mixed)
        }
    }

    private mutating func remember(_ samples: [Int16], from start: Int) {
        let count = samples.count - start
        guard count > 0 else { return }
        if count >= history.count {
            history.replaceSubrange(0..., with: samples[(samples.count - history.count)...])
            return
        }
        let kept = history.count - count
        history.withUnsafeMutableBufferPointer { target in
            for index in 0..<kept { target[index] = target[index + count] }
            samples.withUnsafeBufferPointer { source in
                _ = target[kept...].update(fromContentsOf: source[start...])
            }
        }
    }
}
