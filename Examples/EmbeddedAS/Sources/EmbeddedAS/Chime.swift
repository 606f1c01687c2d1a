import Codecs
import Foundation

/// Three notes, for a server that was given no announcement.
enum Chime {
    private static let sampleRate = 8_000

    /// - Returns: The path of a WAV file in the temporary folder.
    static func writeFile() throws -> String {
        let samples = [523.25, 659.26, 783.99].flatMap(note)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("embedded-as-chime.wav")
        try Data(WAVAudio(sampleRate: sampleRate, samples: samples).serialized()).write(to: file)
        return file.path
    }

    /// Half a second that fades away.
    private static func note(frequency: Double) -> [Int16] {
        let count = sampleRate / 2
        return (0..<count).map { index in
            let phase = 2 * Double.pi * frequency * Double(index) / Double(sampleRate)
            return Int16(8_000 * sin(phase) * (1 - Double(index) / Double(count)))
        }
    }
}
