/// Loudness against the overload point of 16-bit samples (dBov): a square wave of full scale has 0 dBov, a sine −3.
public enum LevelMeter {
    /// Level given to digital silence.
    public static let floor = -127.0

    /// The mean square; 0 for no samples.
    public static func power(of samples: Span<Int16>) -> Double {
        guard samples.count > 0 else { return 0 }
        var sum: Int64 = 0
        for index in samples.indices {
            let sample = Int64(samples[index])
            sum &+= sample * sample
        }
        return Double(sum) / Double(samples.count)
    }

    /// The level in dBov, −127...0.
    public static func level(of samples: Span<Int16>) -> Double {
        level(ofPower: power(of: samples))
    }

    public static func level(ofPower power: Double) -> Double {
        guard power > 0 else { return floor }
        let fullScale = 32_768.0 * 32_768.0
        return min(max(10 * log10(power / fullScale), floor), 0)
    }

    /// The mean square at a level: what ``power(of:)`` is compared with, without a logarithm for each frame.
    public static func power(atLevel decibels: Double) -> Double {
        // 10^(x/10) by repeated square roots of ten: exact to nine digits over the range of levels.
        var exponent = min(max(-decibels, 0), -floor) / 10
        var result = 32_768.0 * 32_768.0
        while exponent >= 1 {
            result /= 10
            exponent -= 1
        }
        var factor = 10.0
        for _ in 0..<32 {
            factor = factor.squareRoot()
            exponent *= 2
            if exponent >= 1 {
                result /= factor
                exponent -= 1
            }
        }
        return result
    }

    /// log₂ from the binary exponent and the series of the inverse hyperbolic tangent.
    private static func log10(_ value: Double) -> Double {
        let significand = value.significand
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        var term = ratio
        var sum = 0.0
        for divisor in stride(from: 1.0, through: 31.0, by: 2) {
            sum += term / divisor
            term *= square
        }
        let naturalLogarithmOf2 = 0.693_147_180_559_945_3
        let naturalLogarithmOf10 = 2.302_585_092_994_045_7
        return (Double(value.exponent) * naturalLogarithmOf2 + 2 * sum) / naturalLogarithmOf10
    }
}
