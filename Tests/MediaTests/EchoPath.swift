import Codecs
import Foundation
import Testing

/// What a telephone makes of our voice on its way back: delayed, spread, weaker, distorted, with noise.
struct EchoPath: CustomTestStringConvertible, CustomStringConvertible {
    /// Milliseconds.
    var delay: Double
    /// Decibels.
    var loss: Double
    var isNonlinear = false
    var rate = 8_000
    /// dBov.
    var noise = -62.0

    var description: String {
        "echo after \(Int(delay)) ms, \(Int(loss)) dB down\(isNonlinear ? ", distorted" : "")"
    }
    var testDescription: String { description }

    /// The echo of `sent`, of the same length.
    func echo(of sent: [Int16]) -> [Int16] {
        let offset = Int(delay * Double(rate) / 1_000)
        // A direct sound and reflections over 40 ms, their power adding up to one.
        var taps: [(offset: Int, gain: Double)] = [
            (0, 1), (37, -0.45), (91, 0.3), (150, -0.22), (231, 0.15), (320, 0.1),
        ]
        taps = taps.map { ($0.offset * rate / 8_000, $0.gain) }
        let gain = pow(10, -loss / 20) / taps.reduce(0) { $0 + $1.gain * $1.gain }.squareRoot()
        var seed: UInt64 = 99
        let noiseAmplitude = 32_768 * pow(10, noise / 20) * 3.0.squareRoot()
        return sent.indices.map { index in
            var sum = 0.0
            for tap in taps {
                let source = index - offset - tap.offset
                if source >= 0 { sum += Double(sent[source]) * tap.gain }
            }
            // A small loudspeaker at its end.
            if isNonlinear { sum = 6_000 * tanh(sum / 6_000) + 0.06 * abs(sum) }
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let uniform = Double(Int64(bitPattern: seed) >> 11) / Double(1 << 52)
            return Int16(clamping: Int(sum * gain + uniform * noiseAmplitude))
        }
    }
}

/// Something like a voice, where no recording is installed: syllables of a buzz with a wandering pitch and of hiss, in
/// words and sentences.
struct ImitatedVoice {
    private var seed: UInt64
    private let pitch: Double

    init(seed: UInt64, pitch: Double) {
        self.seed = seed
        self.pitch = pitch
    }

    private mutating func random() -> Double {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(seed >> 11) / Double(UInt64(1) << 53)
    }

    /// Sentences of two to four seconds with pauses of half a second, at a level in dBov while it speaks.
    mutating func speak(seconds: Int, rate: Int = 8_000, level: Double) -> [Int16] {
        var samples: [Double] = []
        samples.reserveCapacity(seconds * rate)
        while samples.count < seconds * rate {
            for _ in 0..<(8 + Int(random() * 10)) { syllable(rate, &samples) }
            samples += [Double](repeating: 0, count: rate / 2)
        }
        let voiced = samples.filter { $0 != 0 }
        let power = voiced.reduce(0) { $0 + $1 * $1 } / Double(max(voiced.count, 1))
        let gain = 32_768 * pow(10, level / 20) / max(power, 1e-9).squareRoot()
        return samples.prefix(seconds * rate).map { Int16(clamping: Int($0 * gain)) }
    }

    private mutating func syllable(_ rate: Int, _ samples: inout [Double]) {
        let length = Int((0.12 + 0.14 * random()) * Double(rate))
        let isHiss = random() < 0.2
        let formants = [(300 + 500 * random()), (900 + 1_300 * random()), 2_500 + 600 * random()]
        let loudness = 0.4 + 0.6 * random()
        let start = pitch * (0.9 + 0.3 * random())
        let slope = pitch * (random() - 0.5) * 0.3
        var states = [(Double, Double)](repeating: (0, 0), count: 3)
        var phase = 0.0
        for index in 0..<length {
            let position = Double(index) / Double(length)
            phase += (start + slope * position) / Double(rate)
            var source = isHiss ? random() - 0.5 : 0
            if !isHiss, phase >= 1 {
                phase -= 1
                source = 1
            }
            var sum = 0.0
            for (number, formant) in formants.enumerated() {
                let radius = exp(-.pi * 90 / Double(rate))
                let next =
                    source + 2 * radius * cos(2 * .pi * formant / Double(rate)) * states[number].0
                    - radius * radius * states[number].1
                states[number] = (next, states[number].0)
                sum += next / Double(number + 1)
            }
            let envelope = sin(.pi * position).squareRoot()
            samples.append((sum + 1e-6) * envelope * loudness * (isHiss ? 0.3 : 1))
        }
        if random() < 0.3 { samples += [Double](repeating: 0, count: Int(0.08 * Double(rate))) }
    }
}
