import CDatagrams
import Logging
import Media
import NIOPosix
import RTP
import SDP
import Testing

@testable import MediaTransport

/// Short forms of `sidetone bench ports` and `sidetone bench strays`.
@Suite("A media plane under load", .serialized)
struct PlaneLoadTests {
    @Test("Sessions opened and closed at speed, some ports taken: nothing is left", .timeLimit(.minutes(2)))
    func ports() async throws {
        let range: ClosedRange<UInt16> = 22_400...22_599
        // Two of a hundred pairs: the RTP port of one, the RTCP port of the other.
        let taken: [UInt16] = [22_410, 22_515]
        let squatters = try taken.map { try CallerSocket(port: $0) }
        let plane = try PlaneRig.plane(range)
        try await Self.openAndClose(100, on: plane)
        let before = PortPoolTests.openDescriptors
        try await Self.openAndClose(1_000, on: plane)
        let (status, counters) = (await plane.status(), await plane.counters())
        // Earlier tests may still have been closing theirs.
        #expect(PortPoolTests.openDescriptors <= before)
        #expect(status.sessions == 0 && status.leasedPairs == 0)
        #expect(status.freePairs + status.quarantinedPairs == 100)
        #expect(counters.ports.leases == 1_100)
        #expect(counters.ports.squatted > 0)
        #expect(counters.ports.exhaustions == 0)
        // Every port but the two can be had by someone else.
        for port in range where !taken.contains(port) { _ = try CallerSocket(port: port) }
        #expect(squatters.count == 2)
    }

    private static func openAndClose(_ count: Int, on plane: InProcessMediaPlane) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for worker in 0..<10 {
                tasks.addTask {
                    for number in stride(from: worker, to: count, by: 10) {
                        let session = MediaSessionID("session-\(number)")
                        _ = await plane.open(session)
                        _ = try await plane.allocateLeg(session)
                        try await plane.setRemote(session, to: PlaneRig.audio(callerAddress))
                        #expect(await plane.release(session) != nil)
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    private static let callerAddress = LocalMediaAddress(address: "127.0.0.1", rtpPort: 22_398, rtcpPort: 22_399)

    @Test("Packets of a stranger to every port: none is taken, none comes back", .timeLimit(.minutes(2)))
    func strays() async throws {
        let rig = try await PlaneRig(ports: 22_620...22_659)
        try await rig.connect()
        let stranger = try CallerSocket(port: 22_660)
        let kinds = Self.strays
        // The two legs speak to each other; the far one counts what it hears.
        var counters = await rig.far.counters()
        while counters.legs.droppedWrongSource < 200 {
            for port in UInt16(22_620)...22_659 {
                for packet in kinds { stranger.send(packet, to: port) }
            }
            counters = await rig.far.counters()
        }
        for await notice in rig.farEvents where notice.event == .firstPacketReceived { break }
        let sent = try #require(await rig.near.release(rig.session))
        let heard = try #require(await rig.far.release(rig.session))
        #expect(heard.packetsReceived > 0)
        #expect(heard.packetsReceived <= sent.packetsSent, "no packet of the stranger counts")
        #expect(await rig.far.counters().legs.digitsReceived == 0)
        // An answer would be there by now: it would have come before the leg's last packet.
        while stranger.take() {}
        #expect(stranger.datagrams == 0)
    }

    /// RTP as the peers speak it, a digit, reports, a BYE, STUN, and what is none of these.
    private static let strays: [[UInt8]] = {
        var speech: [UInt8] = []
        RTPHeader(payloadType: 8, marker: true, sequenceNumber: 1, timestamp: 160, ssrc: 7).append(to: &speech)
        var digit: [UInt8] = []
        RTPHeader(payloadType: 101, marker: true, sequenceNumber: 2, timestamp: 320, ssrc: 7).append(to: &digit)
        return [
            speech + Array(repeating: CallerSocket.sound, count: 160),
            digit + [5, 0x8A, 3, 0x20],
            [0x80, 201, 0, 1, 0, 0, 0, 7],
            [0x80, 201, 0, 1, 0, 0, 0, 7, 0x81, 203, 0, 1, 0, 0, 0, 7],
            [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + Array(repeating: 9, count: 12),
            speech,
            [0x80],
            [],
        ]
    }()
}
