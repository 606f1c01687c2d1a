/// How near a decoded signal is to the original. Both are aligned first: codecs delay.
struct Quality: CustomStringConvertible {
    /// By how many samples the decoded signal lags behind.
    let delay: Int
    /// Of the whole, −1 to 1.
    let correlation: Double
    /// Mean over the frames of 20 ms that hold sound, in dB; each frame counts with −10 to 35.
    let segmentalSNR: Double
    /// Root mean square difference of the spectra in dB between 100 Hz and 3.4 or 7 kHz, mean over the same frames.
    let logSpectralDistance: Double

    var description: String {
        func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
        return "delay \(delay), correlation \((correlation * 1_000).rounded() / 1_000), segmental SNR "
            + "\(rounded(segmentalSNR)) dB, log-spectral distance \(rounded(logSpectralDistance)) dB"
    }

    /// - Parameter rate: Hz of both.
    init(original: [Int16], decoded: [Int16], rate: Int) {
        let (x, y) = (original.map(Double.init), decoded.map(Double.init))
        let length = min(x.count, y.count) - rate / 20
        delay = (0...rate / 20).max { Self.product(x, y, $0, length) < Self.product(x, y, $1, length) } ?? 0
        let lag = delay
        var (xx, yy, xy) = (1e-9, 1e-9, 0.0)
        for index in 0..<length {
            xx += x[index] * x[index]
            yy += y[index + lag] * y[index + lag]
            xy += x[index] * y[index + lag]
        }
        correlation = xy / (xx * yy).squareRoot()

        let frame = rate / 50
        let threshold = xx / Double(length) / 100
        var ratios: [Double] = []
        var distances: [Double] = []
        for start in stride(from: 0, to: length - 512, by: frame) {
            var (signal, noise) = (1e-9, 1e-9)
            for index in start..<start + frame {
                signal += x[index] * x[index]
                noise += (x[index] - y[index + lag]) * (x[index] - y[index + lag])
            }
            guard signal / Double(frame) > threshold else { continue }
            ratios.append(min(max(Decibel.of(signal / noise), -10), 35))
            // Every fourth spectrum will do.
            guard ratios.count % 4 == 0 else { continue }
            let size = rate > 8_000 ? 512 : 256
            distances.append(
                Self.distance(
                    Spectrum.power(of: x[start..<start + size]),
                    Spectrum.power(of: y[start + lag..<start + lag + size]),
                    bins: 100 * size / rate...(rate > 8_000 ? 7_000 : 3_400) * size / rate
                ))
        }
        segmentalSNR = ratios.reduce(0, +) / Double(max(ratios.count, 1))
        logSpectralDistance = distances.reduce(0, +) / Double(max(distances.count, 1))
    }

    private static func product(_ x: [Double], _ y: [Double], _ lag: Int, _ length: Int) -> Double {
        var sum = 0.0
        // Some seconds of speech, every 17th sample: enough to find the lag.
        for index in stride(from: 0, to: min(length, 64_000), by: 17) { sum += x[index] * y[index + lag] }
        return sum
    }

    private static func distance(_ x: [Double], _ y: [Double], bins: ClosedRange<Int>) -> Double {
        let floor = bins.reduce(0) { $0 + x[$1] } / Double(bins.count) / 1e4 + 1e-9
        let sum = bins.reduce(0.0) { total, bin in
            let difference = Decibel.of((x[bin] + floor) / (y[bin] + floor))
            return total + difference * difference
        }
        return (sum / Double(bins.count)).squareRoot()
    }
}
