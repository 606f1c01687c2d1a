import Codecs
import Testing

@Suite("Levels in dBov")
struct LevelMeterTests {
    @Test("A square wave of full scale has 0 dBov, a sine −3, silence the floor")
    func references() {
        let square = (0..<160).map { $0 % 2 == 0 ? Int16.max : Int16.min }
        #expect(abs(LevelMeter.level(of: square.span)) < 0.01)
        let sine = Signals.tone(1_000, rate: 8_000, milliseconds: 100, amplitude: 32_767)
        #expect(abs(LevelMeter.level(of: sine.span) + 3.01) < 0.02)
        #expect(LevelMeter.level(of: [0, 0].span) == LevelMeter.floor)
        #expect(LevelMeter.level(of: [Int16]().span) == LevelMeter.floor)
    }

    @Test("Power and level are inverses", arguments: [0.0, -3, -10, -26, -50, -63.5, -90])
    func inverse(_ level: Double) {
        #expect(abs(LevelMeter.level(ofPower: LevelMeter.power(atLevel: level)) - level) < 1e-6)
    }
}
