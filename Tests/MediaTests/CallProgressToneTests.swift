import Testing

@testable import Media

@Suite("Call progress tones (ITU-T E.180)")
struct CallProgressToneTests {
    @Test("Ringback is a second of 425 Hz and four of silence")
    func ringback() {
        let samples = CallProgressTone.ringback.cadence(sampleRate: 8_000)
        #expect(samples.count == 40_000)
        #expect(samples[8_000...].allSatisfy { $0 == 0 })
        let crossings = zip(samples[..<8_000], samples[1..<8_000]).count { $0 < 0 && $1 >= 0 }
        #expect((424...425).contains(crossings))
        let peak = samples.map { abs(Int($0)) }.max() ?? 0
        #expect((2_250...2_300).contains(peak))
    }

    @Test("The edges do not click")
    func edges() {
        let samples = CallProgressTone.ringback.cadence(sampleRate: 8_000)
        #expect(samples.prefix(4).allSatisfy { abs($0) < 200 })
        #expect(samples[7_990..<8_000].allSatisfy { abs($0) < 400 })
    }

    @Test("A tone stops when it is told to")
    func stops() throws {
        let rig = try LegRig()
        try rig.setRemote()
        #expect(rig.leg.play(.ringback, milliseconds: 30_000))
        rig.tick(5)
        #expect(!rig.leg.isPlaybackIdle)
        rig.leg.stopPlayback()
        rig.tick(2)
        #expect(rig.leg.isPlaybackIdle)
    }
}
