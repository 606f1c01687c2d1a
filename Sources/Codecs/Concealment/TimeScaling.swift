/// Makes speech shorter or longer by pitch periods, so that its pitch stays and nobody hears it.
///
/// Where two stretches of the signal a lag apart are alike, the audio between them can be left out or said again; the
/// two are cross-faded over 5 ms. Quiet audio need not be alike.
public struct TimeScaling: Sendable {
    /// Normalised correlation from which two stretches count as alike.
    private static let likeness = 0.8

    private let sampleRate: Int
    private var shortestLag: Int { sampleRate / 400 }
    private var longestLag: Int { sampleRate * 15 / 1_000 }
    private var fade: Int { sampleRate / 200 }

    public init(sampleRate: Int) {
        self.sampleRate = sampleRate
    }

    /// Leaves out 2.5 to 15 ms of the samples from `start` on, or more of quiet ones. The last sample stays.
    ///
    /// - Parameters:
    ///   - limit: Samples that may be left out.
    ///   - isQuiet: Whether the samples hold no sound.
    /// - Returns: Samples left out; 0 if nothing is alike.
    public func shorten(_ samples: inout [Int16], from start: Int, atMost limit: Int, isQuiet: Bool) -> Int {
        guard let lag = lag(in: samples, from: start, atMost: limit, isQuiet: isQuiet) else { return 0 }
        for index in 0..<fade {
            samples[start + index] = mix(samples[start + index], samples[start + lag + index], index)
        }
        samples.removeSubrange(start + fade..<start + lag + fade)
        return lag
    }

    /// Puts in 2.5 to 15 ms after some of the samples from `start` on, or more of quiet ones. The last sample stays.
    ///
    /// - Returns: Samples put in; 0 if nothing is alike.
    public func lengthen(_ samples: inout [Int16], from start: Int, by limit: Int, isQuiet: Bool) -> Int {
        let limit = max(limit, shortestLag)
        guard let lag = lag(in: samples, from: start, atMost: limit, isQuiet: isQuiet) else { return 0 }
        var again = Array(samples[start..<start + lag + fade])
        for index in 0..<fade { again[index] = mix(samples[start + lag + index], samples[start + index], index) }
        samples.replaceSubrange(start + lag..<start + lag + fade, with: again)
        return lag
    }

    /// From `old` to `new` over the length of the fade.
    private func mix(_ old: Int16, _ new: Int16, _ index: Int) -> Int16 {
        Int16(clamping: (Int(old) * (fade - index) + Int(new) * index) / fade)
    }

    /// The lag at which the samples are most like themselves.
    private func lag(in samples: [Int16], from start: Int, atMost limit: Int, isQuiet: Bool) -> Int? {
        let room = samples.count - start - fade
        if isQuiet {
            let lag = min(limit, room)
            return lag >= shortestLag ? lag : nil
        }
        let longest = min(limit, room, longestLag)
        guard longest >= shortestLag else { return nil }
        // As much as there is behind the longest lag is compared, up to 10 ms, at 8 kHz or less.
        let width = min(samples.count - start - longest, 2 * fade)
        let step = max(1, sampleRate / 8_000)
        var best: (lag: Int, likeness: Double)?
        for lag in shortestLag...longest {
            var (product, first, second) = (Int64(0), Int64(1), Int64(1))
            for index in stride(from: start, to: start + width, by: step) {
                let (x, y) = (Int64(samples[index]), Int64(samples[index + lag]))
                product += x * y
                first += x * x
                second += y * y
            }
            guard product > 0 else { continue }
            let likeness = Double(product) / (Double(first) * Double(second)).squareRoot()
            if likeness > best?.likeness ?? Self.likeness { best = (lag, likeness) }
        }
        return best?.lag
    }
}
