import Media
import RTP
import SDP
import SRTP
import Testing

/// The far side of a leg whose packets are protected.
private struct Peer {
    let suite: CryptoSuite
    let sender: SRTPSender
    let receiver: SRTPReceiver

    /// - Parameter keys: As the leg has them: its own is `local`.
    init(_ keys: AgreedKeys) throws {
        suite = keys.local.suite
        sender = try SRTPSender(Self.master(keys.remote))
        receiver = try SRTPReceiver(Self.master(keys.local))
    }

    private static func master(_ key: MediaKey) throws -> SRTPMasterKey {
        let suites: [CryptoSuite: SRTPSuite] = [
            .aeadAES128GCM: .aeadAES128GCM, .aeadAES256GCM: .aeadAES256GCM,
            .aesCM128HMACSHA1Tag80: .aesCM128HMACSHA1Tag80, .aesCM128HMACSHA1Tag32: .aesCM128HMACSHA1Tag32,
        ]
        let suite = try #require(suites[key.suite])
        return try #require(SRTPMasterKey(suite, keyAndSalt: key.keyAndSalt))
    }

    static func packet(_ number: UInt16) -> [UInt8] {
        var bytes: [UInt8] = []
        RTPHeader(
            payloadType: 8, marker: false, sequenceNumber: number, timestamp: UInt32(number) * 160, ssrc: 77
        ).append(to: &bytes)
        return bytes + LegRig.marked(frames: 1)
    }

    func speech(_ number: UInt16) throws -> [UInt8] {
        var bytes = Self.packet(number)
        try sender.protectRTP(&bytes)
        return bytes
    }

    func report() throws -> [UInt8] {
        var bytes: [UInt8] = []
        RTCPCompound.append(ReceiverReport(ssrc: 77), to: &bytes)
        try sender.protectRTCP(&bytes)
        return bytes
    }

    func opened(rtp datagram: [UInt8]) throws -> [UInt8] {
        var bytes = datagram
        var span = bytes.mutableSpan
        let count = try receiver.unprotectRTP(&span)
        return Array(bytes.prefix(count))
    }

    func packets(inProtected datagram: [UInt8]) throws -> [RTCPPacket] {
        let bytes = try opened(rtcp: datagram)
        return try RTCPCompound.parse(bytes.span)
    }

    func opened(rtcp datagram: [UInt8]) throws -> [UInt8] {
        var bytes = datagram
        var span = bytes.mutableSpan
        let count = try receiver.unprotectRTCP(&span)
        return Array(bytes.prefix(count))
    }
}

private func keys(_ suite: CryptoSuite = .aeadAES128GCM, local: UInt8 = 1, remote: UInt8 = 2) throws -> AgreedKeys {
    AgreedKeys(
        local: try #require(MediaKey(suite, keyAndSalt: [UInt8](repeating: local, count: suite.keyAndSaltLength))),
        remote: try #require(MediaKey(suite, keyAndSalt: [UInt8](repeating: remote, count: suite.keyAndSaltLength)))
    )
}

private func audio(
    _ protection: MediaProtection?,
    direction: MediaDirection = .sendReceive,
    sharesPort: Bool = false
) -> NegotiatedAudio {
    var audio = LegRig.audio(direction: direction)
    audio.protection = protection
    audio.sharesPort = sharesPort
    if sharesPort { audio.remoteRTCPPort = audio.remotePort }
    return audio
}

@Suite("A leg whose packets are protected")
struct LegProtectionTests {
    @Test("Audio and reports go both ways", arguments: CryptoSuite.allCases)
    func bothWays(suite: CryptoSuite) throws {
        let agreed = try keys(suite)
        let rig = try LegRig()
        let peer = try Peer(agreed)
        try rig.setRemote(audio(.keys(agreed)))
        rig.speak(LegRig.marked(frames: 20), turn: "a")
        for number in UInt16(1)...400 {
            rig.receive(datagram: try peer.speech(number))
            rig.tick()
        }
        rig.receive(rtcp: try peer.report(), at: rig.now)
        rig.close()
        let counters = rig.leg.counters
        #expect(counters.packetsReceived == 400)
        #expect(counters.reportsReceived == 1)
        #expect(counters.droppedUnauthentic == 0)
        let speech = rig.sent.filter { $0.socket == .rtp }.map(\.bytes)
        #expect(speech.count == Int(counters.packetsSent))
        let opened = try speech.map { try peer.opened(rtp: $0) }
        #expect(opened.prefix(20).map { $0[12] } == (0..<20).map { 0x10 + UInt8($0) })
        #expect(zip(speech, opened).prefix(20).allSatisfy { $0.dropFirst(12) != $1.dropFirst(12) })
        #expect(counters.octetsSent == UInt64(160 * speech.count))
        let reports = try rig.rtcp.map { try peer.packets(inProtected: $0) }
        #expect(reports.count == Int(counters.reportsSent))
        #expect(reports.count >= 2)
    }

    @Test("Forged, unprotected and repeated packets are dropped and counted, and end nothing")
    func forged() throws {
        let agreed = try keys()
        let rig = try LegRig()
        let peer = try Peer(agreed)
        let stranger = try Peer(try keys(remote: 9))
        try rig.setRemote(audio(.keys(agreed)))
        let first = try peer.speech(1)
        rig.receive(datagram: first)
        for number in UInt16(2)...1_001 {
            rig.receive(datagram: try stranger.speech(number))
            rig.receive(datagram: Peer.packet(number))
            rig.receive(datagram: first)
        }
        rig.receive(rtcp: try stranger.report(), at: rig.now)
        rig.receive(rtcp: [0x80, 201, 0, 1, 0, 0, 0, 77], at: rig.now)
        #expect(rig.leg.counters.droppedUnauthentic == 2_001)
        #expect(rig.leg.counters.droppedReplayed == 1_000)
        #expect(rig.leg.counters.droppedMalformed == 1)
        #expect(rig.leg.counters.packetsReceived == 1)
        #expect(rig.leg.counters.reportsReceived == 0)
        // Whatever numbers they had, the peer's next packet follows its first.
        rig.receive(datagram: try peer.speech(2))
        #expect(rig.leg.counters.packetsReceived == 2)
        #expect(rig.events.filter { $0 == .firstPacketReceived }.count == 1)
    }

    @Test("A port is learnt from authentic packets only")
    func latch() throws {
        let agreed = try keys()
        let rig = try LegRig(LegConfiguration(sourceMode: .latch))
        let peer = try Peer(agreed)
        try rig.setRemote(audio(.keys(agreed)))
        let attacker = LegRig.remote.with(port: 40_000)
        for number in UInt16(1)...10 { rig.receive(datagram: Peer.packet(number), from: attacker) }
        let moved = LegRig.remote.with(port: 41_000)
        rig.receive(datagram: try peer.speech(1), from: moved)
        rig.receive(datagram: try peer.speech(2), from: moved)
        #expect(rig.leg.counters.droppedUnauthentic == 10)
        #expect(rig.leg.counters.packetsReceived == 1)
        rig.speak(LegRig.marked(frames: 1), turn: "a")
        rig.tick(2)
        #expect(rig.leg.counters.packetsSent > 0)
    }

    @Test("Numbers are followed while the call is on hold")
    func hold() throws {
        let agreed = try keys()
        let rig = try LegRig()
        let peer = try Peer(agreed)
        try rig.setRemote(audio(.keys(agreed)))
        rig.receive(datagram: try peer.speech(60_000))
        try rig.setRemote(audio(.keys(agreed), direction: .sendOnly))
        for step in 1...12 { rig.receive(datagram: try peer.speech(UInt16(truncatingIfNeeded: 60_000 + step * 1_000))) }
        try rig.setRemote(audio(.keys(agreed)))
        rig.receive(datagram: try peer.speech(UInt16(truncatingIfNeeded: 73_000)))
        #expect(rig.leg.counters.droppedOnHold == 12)
        #expect(rig.leg.counters.packetsReceived == 2)
        #expect(rig.leg.counters.droppedUnauthentic == 0)
    }

    @Test("A key that stays keeps its counters, one that changes begins anew; each direction by itself")
    func rekeying() throws {
        let first = try keys()
        let rig = try LegRig()
        let peer = try Peer(first)
        try rig.setRemote(audio(.keys(first)))
        let old = try peer.speech(1)
        rig.receive(datagram: old)
        // Past the wrap of our sequence numbers, so that a counter that began anew would show.
        rig.speak(LegRig.marked(frames: 10), turn: "a")
        rig.tick(10)
        // The peer's key is another, ours is not: our packets are still those of one key stream.
        let second = try keys(remote: 3)
        let changed = try Peer(second)
        try rig.setRemote(audio(.keys(second)))
        rig.receive(datagram: try peer.speech(2))
        rig.receive(datagram: try changed.speech(3))
        #expect(rig.leg.counters.droppedUnauthentic == 1)
        #expect(rig.leg.counters.packetsReceived == 2)
        rig.speak(LegRig.marked(frames: 3), turn: "b")
        rig.tick(3)
        let sent = rig.sent.filter { $0.socket == .rtp }.map(\.bytes)
        #expect(try sent.map { try peer.opened(rtp: $0) }.count == sent.count)
        // Both as they were: what came before is not taken again.
        try rig.setRemote(audio(.keys(second), direction: .inactive))
        try rig.setRemote(audio(.keys(second)))
        let again = rig.leg.counters.droppedReplayed
        rig.receive(datagram: try Peer(second).speech(3))
        #expect(rig.leg.counters.droppedReplayed == again + 1)
    }

    @Test("Without encryption, as before; and a leg that had it takes no plain packets")
    func change() throws {
        let agreed = try keys()
        let rig = try LegRig()
        try rig.setRemote(audio(nil))
        rig.receive(datagram: Peer.packet(1))
        try rig.setRemote(audio(.keys(agreed)))
        rig.receive(datagram: Peer.packet(2))
        #expect(rig.leg.counters.packetsReceived == 1)
        #expect(rig.leg.counters.droppedUnauthentic == 1)
    }

    @Test("Before the handshake is done nothing goes out and nothing comes in")
    func waiting() throws {
        let fingerprint = try #require(CertificateFingerprint(octets: [UInt8](repeating: 1, count: 32)))
        let agreement = DTLSAgreement(role: .active, fingerprints: [fingerprint])
        let agreed = try keys(.aesCM128HMACSHA1Tag80)
        let peer = try Peer(agreed)
        let rig = try LegRig()
        try rig.setRemote(audio(.dtls(agreement)))
        rig.speak(LegRig.marked(frames: 50), turn: "a")
        rig.receive(datagram: Peer.packet(1))
        rig.tick(400)
        #expect(rig.sent.isEmpty)
        #expect(rig.leg.counters.packetsReceived == 0)
        #expect(rig.leg.counters.droppedUnauthentic == 1)
        try rig.leg.completeHandshake(with: agreed)
        rig.receive(datagram: try peer.speech(1))
        rig.tick(3)
        #expect(rig.leg.counters.packetsReceived == 1)
        let sent = rig.sent.filter { $0.socket == .rtp }.map(\.bytes)
        #expect(sent.count == 3)
        let first = try #require(sent.first)
        #expect(try peer.opened(rtp: first).count == 172)
        // The same agreement again needs no other handshake.
        try rig.setRemote(audio(.dtls(agreement), direction: .sendOnly))
        rig.tick()
        #expect(rig.leg.counters.packetsSent > 3)
    }
}

@Suite("A leg with RTCP on the port of RTP (RFC 5761)")
struct SharedPortLegTests {
    @Test("Reports leave by the RTP socket and are taken there, from the RTP endpoint only")
    func shared() throws {
        let rig = try LegRig()
        try rig.setRemote(audio(nil, sharesPort: true))
        rig.speak(LegRig.marked(frames: 1), turn: "a")
        rig.tick(400)
        rig.close()
        let reports = rig.sent.filter { (192...223).contains($0.bytes[1]) }
        #expect(reports.count >= 2)
        #expect(reports.allSatisfy { $0.socket == .rtp })
        #expect(rig.rtcp.isEmpty)
        var report: [UInt8] = []
        RTCPCompound.append(ReceiverReport(ssrc: 77), to: &report)
        rig.receive(datagram: report)
        rig.receive(datagram: report, from: LegRig.remote.with(port: 30_001))
        rig.receive(rtcp: report, from: LegRig.remote.with(port: 30_001), at: rig.now)
        #expect(rig.leg.counters.reportsReceived == 1)
        #expect(rig.leg.counters.droppedWrongSource == 2)
    }

    @Test("Protected reports share the port as well")
    func protected() throws {
        let agreed = try keys(.aesCM128HMACSHA1Tag32)
        let peer = try Peer(agreed)
        let rig = try LegRig()
        try rig.setRemote(audio(.keys(agreed), sharesPort: true))
        rig.receive(datagram: try peer.report())
        rig.receive(datagram: try peer.speech(1))
        rig.close()
        #expect(rig.leg.counters.reportsReceived == 1)
        #expect(rig.leg.counters.packetsReceived == 1)
        let report = try #require(rig.sent.last)
        #expect(report.socket == .rtp)
        #expect(try peer.packets(inProtected: report.bytes).count == 3)
    }
}
