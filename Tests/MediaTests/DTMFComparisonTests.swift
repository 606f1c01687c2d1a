import Codecs
import Media
import Testing

@Suite("DTMF in band: speech, and another receiver")
struct DTMFComparisonTests {
    @Test(
        "Nothing in human speech is a digit, at 16 kHz and as G.711",
        .enabled(if: RecordedSpeech.isInstalled, "needs Debian's asterisk-core-sounds-en-g722"))
    func talkOff() throws {
        var wide = ""
        var narrow = ""
        var reference = ""
        var seconds = 0
        for prompt in RecordedSpeech.prompts() {
            seconds += prompt.count / 16_000
            var signal = DTMFSignal(rate: 16_000)
            signal.samples = prompt
            wide += signal.detected
            signal = DTMFSignal(rate: 8_000)
            signal.samples = try RecordedSpeech.resampled(prompt, to: 8_000)
            try signal.pass(through: DTMFSignal.codec("PCMA"))
            narrow += signal.detected
            if ReferenceDetector.isInstalled { reference += ReferenceDetector.digits(in: signal.samples) }
        }
        RecordedSpeech.tell(
            "talk-off in \(seconds) s: 16 kHz \(wide.count), PCMA \(narrow.count), spandsp \(reference.count)")
        #expect(wide.count <= seconds / 600)
        #expect(narrow.count <= seconds / 600)
    }

    @Test(
        "Through codecs and noise no fewer digits than spandsp hears",
        .enabled(if: ReferenceDetector.isInstalled, "needs Debian's libspandsp2"),
        arguments: ["PCMA", "AMR", "G729"].filter(CodecCatalog.encodingNames.contains), [100.0, 20, 15])
    func hits(_ name: String, _ ratio: Double) throws {
        let rounds = RecordedSpeech.isWhole ? 50 : 5
        var signal = DTMFSignal()
        signal.pause(200)
        for _ in 0..<rounds { signal.dial(DTMFSignal.keypad, milliseconds: 60, pause: 60) }
        signal.pause(200)
        signal.addNoise(below: ratio)
        try signal.pass(through: DTMFSignal.codec(name))
        let expected = String(repeating: DTMFSignal.keypad, count: rounds)
        let ours = Self.agreement(signal.detected, expected)
        let theirs = Self.agreement(ReferenceDetector.digits(in: signal.samples), expected)
        RecordedSpeech.tell("\(name), \(ratio) dB: \(ours) of \(expected.count), spandsp \(theirs)")
        #expect(ours >= theirs)
    }

    /// How many digits are there in order: the length of the longest common subsequence.
    private static func agreement(_ heard: String, _ expected: String) -> Int {
        let (heard, expected) = (Array(heard), Array(expected))
        var row = [Int](repeating: 0, count: expected.count + 1)
        for digit in heard {
            var diagonal = 0
            for index in expected.indices {
                let above = row[index + 1]
                row[index + 1] = digit == expected[index] ? diagonal + 1 : max(above, row[index])
                diagonal = above
            }
        }
        return row[expected.count]
    }
}
