import Codecs
import Testing

@Suite("Packet loss concealment")
struct PacketLossConcealmentTests {
    @Test("The first 10 ms keep a voice's level, after 90 ms there is silence")
    func fades() {
        var concealment = PacketLossConcealment(sampleRate: 8_000)
        var heard = Signals.tone(150, rate: 8_000, milliseconds: 200)
        concealment.received(&heard, from: 0)
        var gap: [Int16] = []
        concealment.conceal(800, into: &gap)
        #expect(gap.count == 800)
        let level = LevelMeter.level(of: heard.span)
        #expect(abs(LevelMeter.level(of: gap.span.extracting(0..<80)) - level) < 2)
        #expect(LevelMeter.level(of: gap.span.extracting(160..<320)) < level)
        #expect(gap[720...].allSatisfy { $0 == 0 })
    }

    @Test("The repetition goes on in phase: no step at either seam")
    func continuous() {
        var concealment = PacketLossConcealment(sampleRate: 8_000)
        let whole = Signals.tone(200, rate: 8_000, milliseconds: 300)
        var output = Array(whole[0..<1_600])
        concealment.received(&output, from: 0)
        concealment.conceal(160, into: &output)
        output += whole[1_760...]
        concealment.received(&output, from: 1_760)
        let largest = zip(whole, whole.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
        let step = zip(output, output.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
        #expect(step <= largest * 2)
    }

    @Test("Without a past there is silence")
    func fromNothing() {
        var concealment = PacketLossConcealment(sampleRate: 8_000)
        var gap: [Int16] = []
        concealment.conceal(160, into: &gap)
        #expect(gap == Array(repeating: 0, count: 160))
    }
}
