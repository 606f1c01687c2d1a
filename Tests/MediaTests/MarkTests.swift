import Codecs
import Media
import Testing
import VoiceEngine

@Suite("Marks in what an engine says")
struct MarkTests {
    private static let turn = EngineTurnID("t")

    private static func settled(_ rig: LegRig) -> [String] {
        rig.leg.takeSettledMarks().map { "\($0.mark.rawValue) \($0.state.rawValue)" }
    }

    @Test("Are reached when all before them has left, in order")
    func order() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.speak(LegRig.marked(frames: 3), turn: "t")
        rig.leg.set(EngineMark("a"), of: Self.turn)
        rig.tick(2)
        rig.speak(LegRig.marked(frames: 2), turn: "t")
        rig.leg.set(EngineMark("b"), of: nil)
        rig.leg.set(EngineMark("c"), of: nil)
        #expect(Self.settled(rig) == [])
        rig.tick()
        #expect(Self.settled(rig) == ["a played"])
        rig.leg.endTurn(Self.turn)
        rig.tick()
        #expect(Self.settled(rig) == [])
        rig.tick()
        #expect(Self.settled(rig) == ["b played", "c played"])
        rig.tick(5)
        #expect(Self.settled(rig) == [], "each once")
    }

    @Test("Are cleared with what they stand behind, and not those that were reached")
    func cleared() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.speak(LegRig.marked(frames: 2), turn: "t")
        rig.leg.set(EngineMark("a"), of: Self.turn)
        rig.speak(LegRig.marked(frames: 5), turn: "t")
        rig.leg.set(EngineMark("b"), of: Self.turn)
        rig.tick(4)
        _ = rig.leg.interrupt()
        #expect(Self.settled(rig) == ["a played", "b cleared"])
        rig.leg.set(EngineMark("late"), of: Self.turn)
        #expect(Self.settled(rig) == ["late cleared"], "the turn is known to be cut")
    }

    @Test("Are settled at once when nothing waits")
    func idle() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.leg.set(EngineMark("a"), of: nil)
        #expect(Self.settled(rig) == ["a played"])
        rig.speak(LegRig.marked(frames: 1), turn: "t")
        rig.tick(1)
        rig.leg.set(EngineMark("b"), of: Self.turn)
        #expect(Self.settled(rig) == ["b played"], "its last octet has left, though the turn has not ended")
    }

    @Test("Cannot be heaped up without bound")
    func bounded() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.speak(LegRig.marked(frames: 10), turn: "t")
        for index in 0..<200 { rig.leg.set(EngineMark("\(index)"), of: Self.turn) }
        let refused = Self.settled(rig)
        #expect(refused.count == 136)
        #expect(refused.allSatisfy { $0.hasSuffix(" cleared") })
        rig.leg.endTurn(Self.turn)
        rig.tick(10)
        #expect(Self.settled(rig).count == 64)
    }

    @Test("Of an engine that is gone are nobody's, and its turns are not those of the next one")
    func nextEngine() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.speak(LegRig.marked(frames: 4, first: 0x10), turn: "t")
        rig.leg.set(EngineMark("old"), of: Self.turn)
        rig.tick(1)
        rig.leg.detachEngine()
        try rig.leg.attachEngine(EngineAudioFormats(both: .pcma))
        rig.speak(LegRig.marked(frames: 2, first: 0x40), turn: "t")
        rig.leg.set(EngineMark("new"), of: Self.turn)
        rig.leg.endTurn(Self.turn)
        rig.tick(6)
        #expect(rig.rtp.prefix(6).map { $0.payload.first } == [0x10, 0x11, 0x12, 0x13, 0x40, 0x41])
        #expect(Self.settled(rig) == ["new played"])
        #expect(rig.events.count { $0 == .turnPlayed(Self.turn) } == 2)
    }

    @Test("Each direction has its own format")
    func formats() throws {
        let rig = try LegRig(engine: nil)
        try rig.leg.attachEngine(EngineAudioFormats(input: .pcm16(rate: 16_000), output: .pcma))
        try rig.setRemote()
        rig.speak(LegRig.marked(frames: 3), turn: "t")
        rig.leg.endTurn(Self.turn)
        for _ in 0..<10 {
            rig.receive([UInt8](repeating: 0xD5, count: 160))
            rig.tick()
        }
        #expect(rig.rtp.prefix(3).map { $0.payload.first } == [0x10, 0x11, 0x12])
        #expect(rig.engineAudio.count % 640 == 0)
        #expect(rig.engineAudio.count > 640 * 4)
    }
}
