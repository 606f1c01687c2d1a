import Codecs
import Media
import Testing

/// What ITU-T Q.24 and ETSI ES 201 235-3 ask of a receiver, with the values of the stricter one.
@Suite("DTMF in band")
struct DTMFDetectorTests {
    @Test("All sixteen digits, at 8, 16 and 48 kHz", arguments: [8_000, 16_000, 48_000])
    func digits(_ rate: Int) {
        var signal = DTMFSignal(rate: rate)
        signal.dial(DTMFSignal.keypad)
        #expect(signal.detected == DTMFSignal.keypad)
    }

    @Test("A digit is told once, however long it is pressed")
    func once() {
        var signal = DTMFSignal()
        signal.tone("5", milliseconds: 3_000)
        signal.pause(100)
        #expect(signal.detected == "5")
    }

    @Test("40 ms of tone and 40 ms of pause are enough, wherever they begin", arguments: 0..<10)
    func short(_ shift: Int) {
        var signal = DTMFSignal()
        signal.pause(Double(shift) * 1.1 + 20)
        for digit in "1155AA##" {
            signal.tone(digit, milliseconds: 40)
            signal.pause(40)
        }
        #expect(signal.detected == "1155AA##")
    }

    @Test("Less than 23 ms are no digit", arguments: 0..<10)
    func tooShort(_ shift: Int) {
        var signal = DTMFSignal()
        signal.pause(Double(shift) * 1.1 + 20)
        for digit in DTMFSignal.keypad {
            signal.tone(digit, milliseconds: 22)
            signal.pause(60)
        }
        #expect(signal.detected == "")
    }

    @Test("A gap of 10 ms does not split a digit", arguments: 0..<10)
    func interrupted(_ shift: Int) {
        var signal = DTMFSignal()
        signal.pause(Double(shift) * 1.1 + 20)
        signal.tone("7", milliseconds: 60)
        signal.pause(10)
        signal.tone("7", milliseconds: 60)
        signal.pause(60)
        #expect(signal.detected == "7")
    }

    @Test("Frequencies off by 1.5 % and 2 Hz are taken", arguments: [-1.0, 1.0], [-1.0, 1.0])
    func offset(_ row: Double, _ column: Double) {
        var signal = DTMFSignal()
        signal.offset = { row * (0.015 * $0 + 2) }
        signal.columnOffset = { column * (0.015 * $0 + 2) }
        signal.dial(DTMFSignal.keypad, milliseconds: 50)
        #expect(signal.detected == DTMFSignal.keypad)
    }

    @Test("Frequencies off by 3.5 % are refused", arguments: [-0.035, 0.035], [true, false])
    func offsetTooFar(_ share: Double, _ isRow: Bool) {
        var signal = DTMFSignal()
        if isRow { signal.offset = { share * $0 } } else { signal.columnOffset = { share * $0 } }
        signal.dial(DTMFSignal.keypad)
        #expect(signal.detected == "")
    }

    @Test("One tone louder than the other by 6 dB, or by 8 dB if it is the row's", arguments: [-6.0, 6, 8])
    func twist(_ decibels: Double) {
        var signal = DTMFSignal()
        signal.rowLevel = -15
        signal.columnLevel = -15 - decibels
        signal.dial(DTMFSignal.keypad, milliseconds: 50)
        #expect(signal.detected == DTMFSignal.keypad)
    }

    @Test("One tone louder by 12 dB is no digit", arguments: [-12.0, 12])
    func tooMuchTwist(_ decibels: Double) {
        var signal = DTMFSignal()
        signal.rowLevel = -12
        signal.columnLevel = -12 - decibels
        signal.dial(DTMFSignal.keypad)
        #expect(signal.detected == "")
    }

    @Test("From −4 to −36 dBov a tone", arguments: [-9.1, -20, -30, -36])
    func level(_ decibels: Double) {
        var signal = DTMFSignal()
        signal.rowLevel = decibels
        signal.columnLevel = decibels
        signal.dial(DTMFSignal.keypad, milliseconds: 50)
        #expect(signal.detected == DTMFSignal.keypad)
    }

    @Test("White noise 15 dB below the tones costs no digit and adds none")
    func noise() {
        var signal = DTMFSignal()
        for _ in 0..<20 { signal.dial(DTMFSignal.keypad, milliseconds: 50) }
        signal.addNoise(below: 15)
        #expect(signal.detected == String(repeating: DTMFSignal.keypad, count: 20))
    }

    @Test("A dial tone, ringing and single tones are no digits")
    func otherTones() {
        var signal = DTMFSignal()
        signal.tones([425], milliseconds: 1_000)
        signal.tones([350, 440], milliseconds: 1_000)
        signal.tones([480, 620], milliseconds: 1_000)
        for frequency in [697.0, 770, 852, 941, 1_209, 1_336, 1_477, 1_633, 1_100, 2_100] {
            signal.tones([frequency], milliseconds: 500)
        }
        signal.tones([697, 770], milliseconds: 500)
        signal.tones([1_336, 1_477], milliseconds: 500)
        signal.tones([697, 941, 1_209], milliseconds: 500)
        #expect(signal.detected == "")
    }

    @Test("Noise alone, five minutes of it, is no digit")
    func noiseAlone() {
        var signal = DTMFSignal()
        signal.pause(300_000)
        signal.addNoise(level: -20)
        #expect(signal.detected == "")
    }

    @Test(
        "All digits come through the codecs",
        arguments: ["PCMA", "PCMU", "G722", "opus", "AMR-WB", "AMR", "G729"].filter(CodecCatalog.encodingNames.contains)
    )
    func codecs(_ name: String) throws {
        let codec = try DTMFSignal.codec(name)
        var signal = DTMFSignal(rate: codec.sampleRate)
        signal.pause(200)
        signal.dial(DTMFSignal.keypad, milliseconds: 100, pause: 100)
        signal.pause(100)
        try signal.pass(through: codec)
        #expect(signal.detected == DTMFSignal.keypad)
    }
}
