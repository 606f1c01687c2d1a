import Testing

@testable import Codecs

@Suite("Silence in recordings")
struct SilenceMeterTests {
    private static let rate = 8_000

    /// Sound and silence in turn, in milliseconds; sound first.
    private static func audio(_ pieces: [Int], level: Int16 = 3_000) -> [Int16] {
        pieces.enumerated().flatMap { index, milliseconds in
            (0..<milliseconds * rate / 1_000).map {
                index.isMultiple(of: 2) ? ($0.isMultiple(of: 2) ? level : -level) : 0
            }
        }
    }

    private static func gaps(_ channels: [[Int16]], level: Double = -55) -> [SilenceMeter.Gap] {
        SilenceMeter.gaps(in: channels, sampleRate: rate, level: level)
    }

    @Test("Gaps have their place and their length, at the beginning and the end too")
    func places() {
        let audio = Self.audio([0, 300, 500, 1_600, 200, 45])
        #expect(
            Self.gaps([audio]) == [
                .init(start: 0, length: 300), .init(start: 800, length: 1_600), .init(start: 2_600, length: 45),
            ])
    }

    @Test("A click ends no gap, a short word does", arguments: [(20, 1), (30, 2)])
    func click(_ milliseconds: Int, _ count: Int) {
        #expect(Self.gaps([Self.audio([0, 400, milliseconds, 400])]).count == count)
    }

    @Test("Together only what is silent in both")
    func together() {
        let caller = Self.audio([1_000, 2_000])
        let bot = Self.audio([0, 1_500, 500, 1_000])
        #expect(Self.gaps([caller]) == [.init(start: 1_000, length: 2_000)])
        #expect(Self.gaps([caller, bot]) == [.init(start: 1_000, length: 500), .init(start: 2_000, length: 1_000)])
    }

    @Test("What is not louder than the level is silence")
    func level() {
        // ±33 of 32 768 are −60 dBov.
        let soft = Self.audio([1_000], level: 33)
        #expect(Self.gaps([soft]) == [.init(start: 0, length: 1_000)])
        #expect(Self.gaps([soft], level: -65) == [])
    }

    @Test("No audio, no gap")
    func empty() {
        #expect(Self.gaps([]) == [])
        #expect(Self.gaps([[]]) == [])
    }

    @Test("The channels of a file are taken apart")
    func channels() throws {
        var bytes = WAVAudio.header(sampleRate: 16_000, sampleCount: 6, channels: 2)
        PCM16.encode([1, -1, 2, -2, 3, -3].span, into: &bytes)
        let audio = try WAVChannels(parsing: bytes.span)
        #expect(audio.sampleRate == 16_000)
        #expect(audio.channels == [[1, 2, 3], [-1, -2, -3]])
    }

    @Test("What is no file of samples is refused, wherever it is cut")
    func hostile() {
        var bytes = WAVAudio.header(sampleRate: 16_000, sampleCount: 0, channels: 0)
        #expect(throws: WAVError.unsupportedChannels(0)) { try WAVChannels(parsing: bytes.span) }
        bytes = WAVAudio.header(sampleRate: 0, sampleCount: 0)
        #expect(throws: WAVError.unsupportedRate(0)) { try WAVChannels(parsing: bytes.span) }
        bytes = WAVAudio.header(sampleRate: 8_000, sampleCount: 4, channels: 3)
        for count in 0..<bytes.count {
            #expect(throws: WAVError.self) { try WAVChannels(parsing: bytes.span.extracting(0..<count)) }
        }
    }
}
