import Codecs
import Media
import SDP
import Testing
import VoiceEngine

@Suite("Barge-in")
struct BargeInTests {
    @Test(
        "The milliseconds reported are those that left as RTP",
        arguments: [
            (AudioFormat.pcma, 20), (.pcmu, 20), (.pcm16(rate: 8_000), 20), (.pcm16(rate: 16_000), 30),
            (.pcm16(rate: 24_000), 20), (.pcm16(rate: 24_000), 60),
        ], [0, 1, 7, 33])
    func exact(_ setting: (AudioFormat, Int), ticks: Int) throws {
        let rig = try LegRig(engine: setting.0)
        try rig.setRemote(LegRig.audio(packetTime: setting.1))
        rig.speak(Array(repeating: 0x33, count: setting.0.bytesPerMillisecond * 2_000), turn: "a")
        rig.tick(ticks)
        let sent = rig.rtp.reduce(0) { $0 + $1.payload.count } / 8
        let cuts = rig.leg.interrupt()
        #expect(cuts.count == 1)
        #expect(cuts.first?.turn == EngineTurnID("a"))
        #expect(cuts.first?.playedMilliseconds == sent)
        #expect(rig.leg.isPlaybackIdle)
    }

    @Test("The next frame is silence, and what still comes of the turn is discarded")
    func lateAudio() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.speak(LegRig.marked(frames: 100), turn: "a")
        rig.tick(10)
        _ = rig.leg.interrupt()
        rig.speak(LegRig.marked(frames: 100), turn: "a")
        rig.tick(5)
        #expect(rig.rtp.suffix(5).allSatisfy { $0.payload == LegSendTests.silence })
        #expect(rig.leg.counters.engineOctetsLate == 16_000)
        rig.speak(LegRig.marked(frames: 2, first: 0x2A), turn: "b")
        rig.tick(2)
        #expect(rig.rtp.suffix(2).flatMap(\.payload) == LegRig.marked(frames: 2, first: 0x2A))
    }

    @Test("Turns that wait are cut at zero; one that was heard in full is not cut")
    func severalTurns() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.speak(LegRig.marked(frames: 3), turn: "a")
        rig.leg.endTurn(EngineTurnID("a"))
        rig.tick(3)
        #expect(rig.leg.interrupt().isEmpty)
        rig.speak(LegRig.marked(frames: 10), turn: "b")
        rig.speak(LegRig.marked(frames: 10), turn: "c")
        rig.tick(4)
        let cuts = rig.leg.interrupt()
        #expect(cuts.map(\.turn.rawValue) == ["b", "c"])
        #expect(cuts.map(\.playedMilliseconds) == [80, 0])
    }

    @Test("A turn that is still being spoken is cut though its queue is empty")
    func openTurn() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.speak(LegRig.marked(frames: 2), turn: "a")
        rig.tick(6)
        #expect(rig.leg.interrupt().map(\.playedMilliseconds) == [40])
    }

    @Test("After the engine has gone, what it said is played to the end")
    func engineGone() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.speak(LegRig.marked(frames: 5), turn: "a")
        rig.leg.detachEngine()
        rig.tick(6)
        #expect(rig.rtp.prefix(5).flatMap(\.payload) == LegRig.marked(frames: 5))
        #expect(rig.leg.isPlaybackIdle)
    }
}
