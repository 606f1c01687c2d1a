import Codecs
import Media
import RTP
import SDP
import Testing
import Timing

@Suite("Leg: digits by event, by tone and by message")
struct LegDigitTests {
    private static func rig(_ detection: DigitDetection, hasEvents: Bool) throws -> LegRig {
        let rig = try LegRig(LegConfiguration(digits: detection))
        var audio = LegRig.audio()
        if !hasEvents { audio.telephoneEvent = nil }
        try rig.setRemote(audio)
        return rig
    }

    /// Sends samples at 8 kHz as PCMA, and what is left in the jitter buffer after it.
    private static func hear(_ samples: [Int16], _ rig: LegRig) {
        let codec = G711Codec(law: .a)
        for start in stride(from: 0, through: samples.count - 160, by: 160) {
            var payload: [UInt8] = []
            _ = codec.encode(samples.span.extracting(start..<start + 160), into: &payload)
            rig.receive(payload)
            rig.tick()
        }
        rig.tick(10)
    }

    private static func press(_ digits: String, _ rig: LegRig) {
        var signal = DTMFSignal()
        signal.pause(100)
        signal.dial(digits, milliseconds: 80, pause: 80)
        hear(signal.samples, rig)
    }

    private static func send(_ digit: Character, timestamp: UInt32, _ rig: LegRig) throws {
        let code = try #require(TelephoneEvent.code(for: digit))
        for _ in 0..<3 { rig.receive([code, 0x8A, 3, 32], payloadType: 101, timestamp: timestamp) }
    }

    private static func digits(_ rig: LegRig) -> String {
        String(
            rig.events.compactMap { event in
                if case .digit(let digit) = event { digit } else { nil }
            })
    }

    @Test("A peer without events is listened to")
    func tones() throws {
        let rig = try Self.rig(.automatic, hasEvents: false)
        Self.press("0#9", rig)
        #expect(Self.digits(rig) == "0#9")
        #expect(rig.leg.counters.digitsHeard == 3)
    }

    @Test(
        "A peer with events is not, unless it is configured",
        arguments: [(DigitDetection.automatic, ""), (.both, "0#9")])
    func tonesBesideEvents(_ detection: DigitDetection, _ expected: String) throws {
        let rig = try Self.rig(detection, hasEvents: true)
        Self.press("0#9", rig)
        #expect(Self.digits(rig) == expected)
    }

    @Test("With events only, tones are not listened to")
    func eventsOnly() throws {
        let rig = try Self.rig(.events, hasEvents: false)
        Self.press("0#9", rig)
        #expect(Self.digits(rig) == "")
    }

    @Test("What comes as event and as tone is one digit, whichever is first")
    func both() throws {
        let rig = try Self.rig(.both, hasEvents: true)
        Self.press("11", rig)
        try Self.send("1", timestamp: 90_000, rig)
        try Self.send("1", timestamp: 92_000, rig)
        #expect(Self.digits(rig) == "11")
        rig.tick(150)
        try Self.send("2", timestamp: 200_000, rig)
        Self.press("2", rig)
        #expect(Self.digits(rig) == "112")
        #expect(rig.leg.counters.digitsReceived == 3)
        #expect(rig.leg.counters.digitsHeard == 2)
    }

    @Test("A digit in signalling is reported, once even if the stream had it")
    func message() throws {
        let rig = try Self.rig(.automatic, hasEvents: false)
        Self.press("5", rig)
        rig.leg.receiveDigit("5", at: rig.now, events: &rig.events)
        rig.leg.receiveDigit("5", at: rig.now + .milliseconds(100), events: &rig.events)
        rig.leg.receiveDigit("b", at: rig.now, events: &rig.events)
        rig.leg.receiveDigit("x", at: rig.now, events: &rig.events)
        #expect(Self.digits(rig) == "55B")
    }

    @Test("The same digit two seconds later is another one")
    func again() throws {
        let rig = try Self.rig(.both, hasEvents: true)
        Self.press("7", rig)
        rig.tick(110)
        try Self.send("7", timestamp: 500_000, rig)
        #expect(Self.digits(rig) == "77")
    }
}
