import Codecs
import Media
import SDP
import Testing

@testable import MediaTransport

@Suite("Two legs hear one another", .serialized)
struct BridgeTests {
    @Test("What one side says is heard by the other, each in its codec", .timeLimit(.minutes(1)))
    func bothWays() async throws {
        let rig = try await PlaneRig(ports: 22_760...22_799)
        try await rig.connect(.pcma)
        let (target, farTarget) = (MediaSessionID("target"), MediaSessionID("far target"))
        _ = await rig.near.open(target)
        let farEvents = await rig.far.open(farTarget)
        let nearAddress = try await rig.near.allocateLeg(target)
        let farAddress = try await rig.far.allocateLeg(farTarget)
        try await rig.near.setRemote(target, to: PlaneRig.audio(farAddress, .pcmu))
        try await rig.far.setRemote(farTarget, to: PlaneRig.audio(nearAddress, .pcmu))

        try await rig.near.bridge(rig.session, with: target)
        try await rig.far.play(tone: .ringback, for: .seconds(30), on: rig.session, as: nil)
        for await notice in farEvents where notice.event == .firstSoundReceived { break }
        await rig.far.stopPlayback(rig.session)
        try await rig.far.play(tone: .ringback, for: .seconds(30), on: farTarget, as: nil)
        for await notice in rig.farEvents where notice.event == .firstSoundReceived { break }

        // The one that stays is as any leg without an engine.
        await rig.near.release(target)
        #expect(await rig.near.status().sessions == 1)
        await rig.near.shutdown()
        await rig.far.shutdown()
        #expect(await rig.near.status().leasedPairs == 0)
    }

    @Test(
        "A side that wants to hear nothing is sent nothing, and one whose bridge has ended hears nothing",
        .timeLimit(.minutes(1)),
        arguments: [true, false])
    func silent(_ isHeld: Bool) async throws {
        let rig = try await PlaneRig(ports: 22_820...22_859)
        try await rig.connect(.pcma)
        let (target, farTarget) = (MediaSessionID("target"), MediaSessionID("far target"))
        _ = await rig.near.open(target)
        let heardByTarget = await rig.far.open(farTarget)
        let nearAddress = try await rig.near.allocateLeg(target)
        var audio = PlaneRig.audio(try await rig.far.allocateLeg(farTarget), .pcmu)
        audio.direction = isHeld ? .receiveOnly : .sendReceive
        try await rig.near.setRemote(target, to: audio)
        try await rig.far.setRemote(farTarget, to: PlaneRig.audio(nearAddress, .pcmu))
        try await rig.near.bridge(rig.session, with: target)
        if !isHeld { await rig.near.unbridge(target) }
        try await rig.far.play(tone: .ringback, for: .seconds(30), on: rig.session, as: nil)
        for await notice in rig.nearEvents where notice.event == .firstSoundReceived { break }
        let heard = await rig.near.counters().legs.packetsReceived
        while await rig.near.counters().legs.packetsReceived < heard + 20 {
            try await Task.sleep(for: .milliseconds(10))
        }
        let report = await rig.near.release(target)
        if isHeld { #expect(report?.packetsSent == 0) }
        await rig.far.release(farTarget)
        for await notice in heardByTarget { #expect(notice.event != .firstSoundReceived) }
        await rig.near.shutdown()
        await rig.far.shutdown()
    }

    @Test("A session without a leg, or none, has nothing to hear")
    func unknown() async throws {
        let rig = try await PlaneRig(ports: 22_800...22_819)
        let bare = MediaSessionID("bare")
        _ = await rig.near.open(bare)
        await #expect(throws: MediaPlaneError.unknownSession) { try await rig.near.bridge(rig.session, with: bare) }
        await #expect(throws: MediaPlaneError.unknownSession) {
            try await rig.near.bridge(rig.session, with: rig.session)
        }
        await #expect(throws: MediaPlaneError.unknownSession) {
            try await rig.near.bridge(rig.session, with: MediaSessionID("nobody"))
        }
        await rig.near.shutdown()
        await rig.far.shutdown()
    }
}
