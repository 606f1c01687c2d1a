import Codecs
import Foundation

/// Human speech: the prompts of Asterisk in G.722 (Debian: asterisk-core-sounds-en-g722), where they are installed.
enum RecordedSpeech {
    private static let folder = "/usr/share/asterisk/sounds/en_US_f_Allison"
    static let isInstalled = FileManager.default.fileExists(atPath: folder)
    /// Set to have tests go through all of it, 21 minutes, and tell figures; they take a tenth otherwise.
    static let isWhole = ProcessInfo.processInfo.environment["SIDETONE_WHOLE_CORPUS"] != nil

    /// Prompts at 16 kHz, each its own array.
    static func prompts(every step: Int = isWhole ? 1 : 10) -> [[Int16]] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
            $0.hasSuffix(".g722")
        }
        return stride(from: 0, to: names.count, by: step).map { names.sorted()[$0] }.compactMap { name in
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { return nil }
            let payload = [UInt8](data)
            var samples: [Int16] = []
            samples.reserveCapacity(payload.count * 2)
            let codec = G722Codec()
            for start in stride(from: 0, to: payload.count, by: 160) {
                try? codec.decode(payload.span.extracting(start..<min(start + 160, payload.count)), into: &samples)
            }
            return samples
        }
    }

    static func resampled(_ samples: [Int16], to rate: Int) throws -> [Int16] {
        let resampler = try Resampler(from: 16_000, to: rate, quality: 5)
        var output: [Int16] = []
        resampler.process(samples.span, into: &output)
        return output
    }

    /// Tells a figure when all of the corpus is gone through.
    static func tell(_ figure: String) {
        if isWhole { print("figure: \(figure)") }
    }
}
