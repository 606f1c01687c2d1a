import Codecs
import Media
import RTP
import SDP
import Testing
import VoiceEngine

@Suite("Leg: what the bot says comes back")
struct LegEchoTests {
    /// A leg whose peer returns what it gets, weaker and later, and a caller who may speak as well.
    private final class Line {
        let rig: LegRig
        private var sent: [Int16] = []
        private let codec = G711Codec(law: .a)
        private var taken = 0
        /// Cycles in which the leg asked for an interruption.
        var interruptions: [Int] = []
        private var cycle = 0

        init(_ configuration: LegConfiguration) throws {
            rig = try LegRig(configuration, engine: .pcm16(rate: 8_000))
            try rig.setRemote()
        }

        /// Runs `seconds` with an echo after 100 ms, 12 dB down.
        func run(seconds: Double, caller: [Int16] = []) throws {
            for frame in 0..<Int(seconds * 50) {
                var heard = [Int16](repeating: 0, count: 160)
                for index in 0..<160 {
                    let source = sent.count - 800 + index
                    if sent.indices.contains(source) { heard[index] = sent[source] / 4 }
                    let own = frame * 160 + index
                    if caller.indices.contains(own) {
                        heard[index] = Int16(clamping: Int(heard[index]) + Int(caller[own]))
                    }
                }
                var payload: [UInt8] = []
                _ = codec.encode(heard.span, into: &payload)
                rig.receive(payload)
                rig.tick()
                if rig.callerInterrupts { interruptions.append(cycle) }
                cycle += 1
                for packet in rig.rtp[taken...] { try codec.decode(packet.payload.span, into: &sent) }
                taken = rig.rtp.count
            }
        }

        func say(_ samples: [Int16], turn: String) {
            var bytes: [UInt8] = []
            PCM16.encode(samples.span, into: &bytes)
            rig.speak(bytes, turn: turn)
        }
    }

    private static func bot(_ seconds: Int) -> [Int16] { BargeInGateTests.bot(seconds: seconds) }

    private static var caller: [Int16] {
        var voice = ImitatedVoice(seed: 5, pitch: 110)
        return voice.speak(seconds: 2, level: -20)
    }

    @Test("Echo does not interrupt; the caller does, within 400 ms with both jitter buffers in between")
    func interrupts() throws {
        let line = try Line(LegConfiguration(bargeIn: .local))
        line.say(Self.bot(20), turn: "a")
        try line.run(seconds: 10)
        #expect(line.interruptions.isEmpty)
        try line.run(seconds: 2, caller: Self.caller)
        #expect((500...520).contains(line.interruptions.first ?? 0))
    }

    @Test("If the engine decides alone, the leg does not ask for interruptions")
    func engineDecides() throws {
        let line = try Line(LegConfiguration())
        line.say(Self.bot(20), turn: "a")
        try line.run(seconds: 5)
        try line.run(seconds: 2, caller: Self.caller)
        #expect(line.interruptions.isEmpty)
    }

    @Test("The engine hears the echo, unless it is hidden", arguments: [false, true])
    func hidden(_ hidesEcho: Bool) throws {
        let line = try Line(LegConfiguration(hidesEcho: hidesEcho))
        line.say(Self.bot(20), turn: "a")
        try line.run(seconds: 10)
        let heard = line.rig.samples
        #expect((LevelMeter.level(of: heard.span) < -90) == hidesEcho)
        try line.run(seconds: 2, caller: Self.caller)
        let all = line.rig.samples
        #expect(LevelMeter.level(of: all.span.extracting(heard.count..<all.count)) > -25)
    }

    @Test("What the engine gets keeps to the wall clock, though held frames follow at once")
    func clock() throws {
        let line = try Line(LegConfiguration(hidesEcho: true))
        line.say(Self.bot(30), turn: "a")
        try line.run(seconds: 10)
        try line.run(seconds: 1, caller: Array(Self.caller.prefix(8_000)))
        try line.run(seconds: 4)
        let received = line.rig.samples.count
        // The first packet is there in the first cycle.
        #expect(received == 15 * 8_000)
    }

    @Test("While the bot is silent the engine hears everything as it comes")
    func unhindered() throws {
        let line = try Line(LegConfiguration(hidesEcho: true))
        try line.run(seconds: 2, caller: Self.caller)
        let plain = try Line(LegConfiguration())
        try plain.run(seconds: 2, caller: Self.caller)
        #expect(line.rig.engineAudio == plain.rig.engineAudio)
    }
}
