import Codecs
import Testing

@Suite("WAV files")
struct WAVAudioTests {
    @Test("What is written reads back the same", arguments: WAVAudio.sampleRates)
    func roundTrip(_ rate: Int) throws {
        let audio = WAVAudio(sampleRate: rate, samples: [0, 1, -1, .max, .min])
        let bytes = audio.serialized()
        #expect(bytes.count == WAVAudio.headerLength + 10)
        #expect(try WAVAudio(parsing: bytes.span) == audio)
    }

    @Test("Chunks before the data, odd ones padded, and an open-ended data chunk are no obstacle")
    func extraChunks() throws {
        let audio = WAVAudio(sampleRate: 8_000, samples: [7, 8, 9])
        var bytes = audio.serialized()
        bytes.replaceSubrange(40..<44, with: [0xFF, 0xFF, 0xFF, 0xFF])
        bytes.insert(contentsOf: Array("LIST".utf8) + [3, 0, 0, 0, 1, 2, 3, 0], at: 12)
        #expect(try WAVAudio(parsing: bytes.span) == audio)
    }

    @Test("What cannot be played is named")
    func refuses() {
        let good = WAVAudio(sampleRate: 8_000, samples: [1]).serialized()
        func changed(_ offset: Int, _ value: UInt8) -> [UInt8] {
            var bytes = good
            bytes[offset] = value
            return bytes
        }
        func read(_ bytes: [UInt8]) throws {
            _ = try WAVAudio(parsing: bytes.span)
        }
        #expect(throws: WAVError.notWAV) { try read(changed(0, 0)) }
        #expect(throws: WAVError.unsupportedEncoding(6)) { try read(changed(20, 6)) }
        #expect(throws: WAVError.unsupportedChannels(2)) { try read(changed(22, 2)) }
        #expect(throws: WAVError.unsupportedBits(8)) { try read(changed(34, 8)) }
        #expect(throws: WAVError.unsupportedRate(8_001)) { try read(changed(24, 0x41)) }
        #expect(throws: WAVError.missingData) { try read(Array(good[0..<36])) }
        #expect(throws: WAVError.notWAV) { try read(Array(good[0..<5])) }
    }

    @Test("No prefix of a file traps")
    func prefixes() {
        let bytes = WAVAudio(sampleRate: 8_000, samples: [1, 2, 3]).serialized()
        for length in bytes.indices { _ = try? WAVAudio(parsing: bytes.span.extracting(0..<length)) }
    }
}
