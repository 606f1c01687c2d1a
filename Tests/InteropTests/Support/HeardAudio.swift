import Codecs
import Foundation
import LocalEngine

/// What a peer has written into a WAV file so far: 16 bit, of several channels the first.
struct HeardAudio {
    let sampleRate: Int
    let samples: [Int16]

    init(path: String) {
        self.init([UInt8](FileManager.default.contents(atPath: path) ?? Data()))
    }

    /// Lengths in the file are not believed: who still writes has not filled them in.
    init(_ bytes: [UInt8]) {
        guard bytes.count > 44, let data = bytes.firstRange(of: Array("data".utf8)) else {
            sampleRate = 8_000
            samples = []
            return
        }
        let channels = max(Int(bytes[22]), 1)
        sampleRate = Int(bytes[24]) | Int(bytes[25]) << 8 | Int(bytes[26]) << 16
        var interleaved: [Int16] = []
        PCM16.decode(bytes.span.extracting(min(data.upperBound + 4, bytes.count)...), into: &interleaved)
        samples = stride(from: 0, to: interleaved.count, by: channels).map { interleaved[$0] }
    }

    /// For how many seconds there is sound above a level in dBov, in pieces of 50 ms.
    func seconds(above level: Double) -> Double {
        let length = sampleRate / 20
        let pieces = stride(from: 0, through: samples.count - length, by: max(length, 1)).count { start in
            LevelMeter.level(of: Array(samples[start..<start + length]).span) > level
        }
        return Double(pieces) / 20
    }

    /// For how many seconds a tone is all there is to hear: of pieces of 50 ms, those that have four fifths of their
    /// power at `frequency` Hz and are louder than −45 dBov.
    func seconds(of frequency: Double) -> Double {
        let length = sampleRate / 20
        guard length > 0 else { return 0 }
        let pieces = stride(from: 0, through: samples.count - length, by: length).count { start in
            let piece = samples[start..<start + length]
            let power = piece.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(length)
            guard power >= LevelMeter.power(atLevel: -45) else { return false }
            var (sine, cosine) = (0.0, 0.0)
            for (index, sample) in piece.enumerated() {
                let angle = 2 * Double.pi * frequency * Double(index) / Double(sampleRate)
                sine += Double(sample) * sin(angle)
                cosine += Double(sample) * cos(angle)
            }
            let tone = 2 * (sine * sine + cosine * cosine) / Double(length * length)
            return tone >= 0.8 * power
        }
        return Double(pieces) / 20
    }
}

extension TemporaryFolder {
    /// Writes a tone of −15 dBov at 16 kHz into a WAV file, and says where.
    func tone(_ frequency: Double, seconds: Int) throws -> String {
        let samples = (0..<seconds * 16_000).map { index in
            Int16(8_000 * sin(2 * Double.pi * frequency * Double(index) / 16_000))
        }
        return try write(WAVAudio(sampleRate: 16_000, samples: samples), as: "tone-\(Int(frequency))")
    }

    /// Has a text spoken into a WAV file, and says where.
    func speech(_ text: String, voice: LocalVoice = .rms) throws -> String {
        let speech = LocalSpeech.synthesize(text: text, voice: voice)
        return try write(WAVAudio(sampleRate: speech.rate, samples: speech.samples), as: "speech")
    }

    private func write(_ audio: WAVAudio, as name: String) throws -> String {
        let file = "\(path)/\(name).wav"
        try Data(audio.serialized()).write(to: URL(fileURLWithPath: file))
        return file
    }
}
