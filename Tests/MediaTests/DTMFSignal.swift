import Codecs
import Foundation
import Media

/// Samples with the digits of a keypad in them.
struct DTMFSignal {
    static let keypad = "123A456B789C*0#D"

    let rate: Int
    var samples: [Int16] = []
    /// dBov of each tone; a sine of full scale has −3.
    var rowLevel = -16.0
    var columnLevel = -16.0
    /// Hz to add to a frequency.
    var offset: (Double) -> Double = { _ in 0 }
    var columnOffset: (Double) -> Double = { _ in 0 }
    private var seed: UInt64 = 1

    init(rate: Int = 8_000) {
        self.rate = rate
    }

    /// Each digit with a pause after it.
    mutating func dial(_ digits: String, milliseconds: Double = 80, pause: Double = 60) {
        for digit in digits {
            tone(digit, milliseconds: milliseconds)
            self.pause(pause)
        }
    }

    mutating func tone(_ digit: Character, milliseconds: Double) {
        guard let index = Array(Self.keypad).firstIndex(of: digit) else { return }
        let row = [697.0, 770, 852, 941][index / 4]
        let column = [1_209.0, 1_336, 1_477, 1_633][index % 4]
        add(
            [(row + offset(row), rowLevel), (column + columnOffset(column), columnLevel)],
            milliseconds: milliseconds
        )
    }

    mutating func tones(_ frequencies: [Double], milliseconds: Double) {
        add(frequencies.map { ($0, rowLevel) }, milliseconds: milliseconds)
        pause(60)
    }

    mutating func pause(_ milliseconds: Double) {
        samples += [Int16](repeating: 0, count: Int(milliseconds * Double(rate) / 1_000))
    }

    private mutating func add(_ tones: [(frequency: Double, level: Double)], milliseconds: Double) {
        for index in 0..<Int(milliseconds * Double(rate) / 1_000) {
            var sum = 0.0
            for (number, tone) in tones.enumerated() {
                let amplitude = 32_768 * pow(10, tone.level / 20) * 2.0.squareRoot()
                sum += amplitude * sin(2 * .pi * tone.frequency * Double(index) / Double(rate) + Double(number))
            }
            samples.append(Int16(clamping: Int(sum.rounded())))
        }
    }

    /// White noise at a level in dBov.
    mutating func addNoise(level: Double) {
        let amplitude = 32_768 * pow(10, level / 20) * 3.0.squareRoot()
        for index in samples.indices {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let uniform = Double(Int64(bitPattern: seed) >> 11) / Double(1 << 52)
            samples[index] = Int16(clamping: Int(samples[index]) + Int(uniform * amplitude))
        }
    }

    /// White noise below both tones together.
    mutating func addNoise(below decibels: Double) {
        addNoise(level: max(rowLevel, columnLevel) + 3 - decibels)
    }

    /// What comes out of a codec.
    mutating func pass(through codec: any SpeechCodec) throws {
        var decoded: [Int16] = []
        let frame = codec.sampleRate / 50
        for start in stride(from: 0, through: samples.count - frame, by: frame) {
            var payload: [UInt8] = []
            _ = codec.encode(samples.span.extracting(start..<start + frame), into: &payload)
            try codec.decode(payload.span, into: &decoded)
        }
        samples = decoded
    }

    static func codec(_ name: String) throws -> any SpeechCodec {
        let clockRate = ["AMR-WB": 16_000, "opus": 48_000][name] ?? 8_000
        return try CodecCatalog.codec(
            named: name, clockRate: clockRate, channels: name == "opus" ? 2 : 1, sampleRate: 16_000, usesDTX: false
        ) { _ in nil }
    }

    var detected: String {
        var detector = DTMFDetector(sampleRate: rate)
        var digits: [Character] = []
        detector.feed(samples.span, into: &digits)
        return String(digits)
    }
}
