import Media
import RTP
import Testing
import Timing

@Suite("RTCP of a leg (RFC 3550 §6)")
struct ReportTests {
    @Test("Reports come at random intervals of 2 to 6.2 s, with SDES, to the RTCP port")
    func schedule() throws {
        let rig = try LegRig()
        try rig.setRemote()
        rig.tick(3_000)
        #expect((9...30).contains(rig.rtcp.count))
        for bytes in rig.rtcp {
            let packets = try RTCPCompound.parse(bytes.span)
            guard case .senderReport(let report) = packets.first else {
                Issue.record("no sender report")
                continue
            }
            #expect(report.ssrc == 0xABCD && report.reports.isEmpty)
            #expect(
                packets.dropFirst() == [
                    .sourceDescription([SourceDescription(ssrc: 0xABCD, canonicalName: "cname")])
                ])
        }
        rig.close()
        let last = try #require(rig.rtcp.last)
        #expect(try RTCPCompound.parse(last.span).last == .goodbye(sources: [0xABCD]))
    }

    @Test("The round trip is what the peer's report block says of ours")
    func roundTrip() throws {
        let rig = try LegRig()
        try rig.setRemote()
        while rig.rtcp.isEmpty { rig.tick() }
        let sentAt = rig.now + .milliseconds(-20)
        let sent = rig.rtcp[0]
        guard case .senderReport(let ours) = try RTCPCompound.parse(sent.span).first else {
            Issue.record("no sender report")
            return
        }
        let block = ReportBlock(
            ssrc: 0xABCD, fractionLost: 0, cumulativeLost: 0, extendedHighestSequence: 0, jitter: 0,
            lastSenderReport: UInt32(truncatingIfNeeded: ours.ntpTimestamp >> 16), delaySinceLastSenderReport: 65_536
        )
        var bytes: [UInt8] = []
        RTCPCompound.append(ReceiverReport(ssrc: 77, reports: [block]), to: &bytes)
        rig.receive(rtcp: bytes, at: sentAt + .milliseconds(1_080))
        let trip = try #require(rig.report.roundTripMilliseconds)
        #expect(abs(trip - 80) < 0.1)
    }

    @Test("RTCP from elsewhere and four-octet RTCP have no effect but a count")
    func refused() throws {
        let rig = try LegRig()
        try rig.setRemote()
        var bytes: [UInt8] = []
        RTCPCompound.append(ReceiverReport(ssrc: 77), to: &bytes)
        rig.receive(rtcp: bytes, from: IPEndpoint(v4: 0x7F00_0001, port: 9), at: rig.now)
        rig.receive(rtcp: [0x80, 201, 0, 0], from: LegRig.remote, at: rig.now)
        #expect(rig.leg.counters.droppedWrongSource == 1)
        #expect(rig.leg.counters.droppedMalformed == 1)
        #expect(rig.leg.counters.reportsReceived == 0)
    }

    @Test("What was lost on the way shows in the report")
    func loss() throws {
        let rig = try LegRig()
        try rig.setRemote()
        for index in 0..<200 {
            if index % 10 == 3 { rig.skipPacket() } else { rig.receive(LegRig.marked(frames: 1)) }
            rig.tick()
        }
        #expect(rig.report.packetsReceived == 180)
        #expect(rig.report.packetsLost == 20)
        #expect(rig.report.jitterMilliseconds == 0)
        #expect(rig.leg.counters.framesConcealed >= 20)
    }

    @Test("Opus is protected once the peer reports loss")
    func lossAtPeer() throws {
        func octets(fractionLost: UInt8) throws -> Int {
            let rig = try LegRig(engine: .pcm16(rate: 16_000))
            try rig.setRemote(LegRig.audio(LegCompressedTests.opus("useinbandfec=1")))
            rig.tick()
            let block = ReportBlock(
                ssrc: 0xABCD, fractionLost: fractionLost, cumulativeLost: 0, extendedHighestSequence: 0, jitter: 0,
                lastSenderReport: 0, delaySinceLastSenderReport: 0
            )
            var bytes: [UInt8] = []
            RTCPCompound.append(ReceiverReport(ssrc: 77, reports: [block]), to: &bytes)
            rig.receive(rtcp: bytes, at: rig.now)
            rig.speak(LegCompressedTests.bytes(LegCompressedTests.voice(rate: 16_000, frames: 100)), turn: "a")
            rig.tick(100)
            return rig.rtp.reduce(0) { $0 + $1.payload.count }
        }
        #expect(try octets(fractionLost: 26) > octets(fractionLost: 0) * 5 / 4)
    }

    @Test("A peer that sends extended reports gets them: loss, bursts and scores (RFC 3611 §4.7)")
    func extendedReports() throws {
        let rig = try LegRig()
        try rig.setRemote()
        for index in 0..<1_000 {
            if index % 50 == 3 || index % 50 == 5 { rig.skipPacket() } else { rig.receive(LegRig.marked(frames: 1)) }
            rig.tick()
        }
        let plain = try #require(rig.rtcp.last)
        #expect(try RTCPCompound.parse(plain.span).count == 2)

        var bytes: [UInt8] = []
        RTCPCompound.append(ReceiverReport(ssrc: 77), to: &bytes)
        var metrics = VoIPMetrics(ssrc: 0xABCD)
        metrics.conversationalScore = 30
        RTCPCompound.append(ExtendedReport(ssrc: 77, voiceMetrics: [metrics]), to: &bytes)
        rig.receive(rtcp: bytes, at: rig.now)
        rig.close()
        let last = try #require(rig.rtcp.last)
        guard case .extendedReport(let report) = try RTCPCompound.parse(last.span).dropFirst(2).first,
            let sent = report.voiceMetrics.first
        else {
            Issue.record("no extended report")
            return
        }
        #expect(report.ssrc == 0xABCD && sent.ssrc == 77)
        // 4 % lost, all of it in bursts of three packets of which two are lost.
        #expect((9...11).contains(sent.lossRate) && sent.discardRate == 0)
        #expect(sent.burstDensity == 170 && sent.burstDuration == 60 && sent.gapDensity == 0)
        #expect((20...80).contains(sent.nominalDelay))
        let score = try #require(rig.report.meanOpinionScore)
        #expect(Int(sent.conversationalScore) == Int((score * 10).rounded()))
        #expect((3.8...4.2).contains(score))
    }
}
