import Codecs
import Media
import Testing

@Suite("The barge-in gate tells the caller from the echo")
struct BargeInGateTests {
    /// All of them when figures are asked for, some otherwise.
    static let paths: [EchoPath] = {
        let delays = RecordedSpeech.isWhole ? [20.0, 60, 140, 300] : [20, 300]
        let losses = RecordedSpeech.isWhole ? [6.0, 12, 20, 30] : [6, 20]
        return delays.flatMap { delay in losses.map { EchoPath(delay: delay, loss: $0) } }
            + [EchoPath(delay: 100, loss: 8, isNonlinear: true), EchoPath(delay: 240, loss: 15, isNonlinear: true)]
    }()

    /// The frames in which the gate opens, counted from `first`.
    static func openings(sent: ArraySlice<Int16>, heard: [Int16], from first: Int = 0) -> [Int] {
        let sent = Array(sent)
        var gate = BargeInGate(sampleRate: 8_000)
        var openings: [Int] = []
        for start in stride(from: 0, through: min(sent.count, heard.count) - 160, by: 160) {
            let wasOpen = gate.isOpen
            gate.feed(
                sent: sent.span.extracting(start..<start + 160), heard: heard.span.extracting(start..<start + 160))
            if gate.isOpen, !wasOpen, start / 160 >= first { openings.append(start / 160 - first) }
        }
        return openings
    }

    /// The bot's voice: people where they are recorded.
    private static let voice: [Int16] = {
        let seconds = RecordedSpeech.isWhole ? 600 : 90
        var samples: [Int16] = []
        for prompt in RecordedSpeech.prompts() where samples.count < seconds * 16_000 { samples += prompt }
        if let narrow = try? RecordedSpeech.resampled(samples, to: 8_000), !narrow.isEmpty { return narrow }
        var imitated = ImitatedVoice(seed: 3, pitch: 190)
        return imitated.speak(seconds: seconds, level: -20)
    }()

    static func bot(seconds: Int) -> [Int16] { Array(voice.prefix(seconds * 8_000)) }

    private static func sum(_ echo: ArraySlice<Int16>, _ voice: [Int16], at start: Int) -> [Int16] {
        var heard = Array(echo)
        for (index, sample) in voice.enumerated() where start + index < heard.count {
            heard[start + index] = Int16(clamping: Int(heard[start + index]) + Int(sample))
        }
        return heard
    }

    @Test("The bot's own voice never opens it", arguments: paths)
    func noFalseOpening(_ path: EchoPath) {
        let bot = Self.bot(seconds: RecordedSpeech.isWhole ? 600 : 40)
        let openings = Self.openings(sent: bot[...], heard: path.echo(of: bot))
        RecordedSpeech.tell("\(path): \(openings.count) false openings in \(bot.count / 8_000) s")
        #expect(openings.isEmpty)
    }

    @Test("A caller as loud as the bot is noticed within 200 ms in the midst of its words", arguments: paths)
    func doubleTalk(_ path: EchoPath) {
        let bot = Self.bot(seconds: RecordedSpeech.isWhole ? 600 : 90)
        let echo = path.echo(of: bot)
        var voice = ImitatedVoice(seed: 5, pitch: 110)
        let caller = voice.speak(seconds: 2, level: -20)
        var delays: [Int] = []
        var count = 0
        for start in stride(from: 64_000, to: bot.count - 16_000, by: 56_000) {
            let range = start - 64_000..<start + 4_000
            let heard = Self.sum(echo[range], caller, at: 64_000)
            let openings = Self.openings(sent: bot[range], heard: heard, from: 400)
            if let first = openings.first { delays.append((first + 1) * 20) }
            count += 1
        }
        delays.sort()
        let timely = delays.count { $0 <= 200 }
        RecordedSpeech.tell(
            "\(path): \(timely) of \(count) within 200 ms, median \(delays[delays.count / 2]) ms, "
                + "missed \(count - delays.count)")
        #expect(timely * 100 >= count * (path.loss >= 12 ? 95 : 80))
    }

    @Test("Where nothing comes back, a caller who begins with the bot is noticed, and the gate closes behind him")
    func noEcho() {
        let bot = Self.bot(seconds: 20)
        var voice = ImitatedVoice(seed: 8, pitch: 120)
        let caller = voice.speak(seconds: 2, level: -30)
        let silence = EchoPath(delay: 0, loss: 90).echo(of: bot)
        let heard = Self.sum(silence[...], caller, at: 48_000)
        var gate = BargeInGate(sampleRate: 8_000)
        var open: [Int] = []
        for start in stride(from: 0, through: heard.count - 160, by: 160) {
            gate.feed(
                sent: bot.span.extracting(start..<start + 160), heard: heard.span.extracting(start..<start + 160))
            if gate.isOpen { open.append(start / 160) }
        }
        // He speaks from frame 300 to 400.
        #expect((300...310).contains(open.first ?? 0))
        #expect((open.last ?? 0) < 425)
        #expect(open.count > 80)
        #expect(gate.echoDelay == nil)
    }

    @Test("Without a bot it is a detector of sound above the noise")
    func noBot() {
        var voice = ImitatedVoice(seed: 8, pitch: 120)
        let caller = voice.speak(seconds: 2, level: -30)
        let noise = EchoPath(delay: 0, loss: 90, noise: -45).echo(of: [Int16](repeating: 0, count: 160_000))
        let openings = Self.openings(
            sent: [Int16](repeating: 0, count: 160_000)[...], heard: Self.sum(noise[...], caller, at: 80_000))
        #expect(openings.count == 1)
        #expect((500...510).contains(openings.first ?? 0))
    }

    @Test("The delay is found within three seconds of speech", arguments: [20.0, 140, 300, 600])
    func delay(_ milliseconds: Double) {
        let bot = Self.bot(seconds: 4)
        let echo = EchoPath(delay: milliseconds, loss: 12).echo(of: bot)
        var gate = BargeInGate(sampleRate: 8_000)
        for start in stride(from: 0, through: 31_840, by: 160) {
            gate.feed(
                sent: bot.span.extracting(start..<start + 160), heard: echo.span.extracting(start..<start + 160))
        }
        let found = gate.echoDelay ?? 0
        #expect(abs(Double(found) - milliseconds) <= 20)
    }
}
