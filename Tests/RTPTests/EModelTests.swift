import RTP
import Testing

@Suite("Call quality (ITU-T G.107, RFC 3611 §4.7)")
struct EModelTests {
    static let g711 = CodecImpairment(encodingName: "PCMU")

    @Test(
        "R of G.711 with concealment by loss, and its scores by annex B",
        arguments: [(0.0, 93.2, 4.41), (0.01, 89.56, 4.33), (0.05, 77.42, 3.92), (0.2, 51.07, 2.63)])
    func loss(_ share: Double, rating: Double, score: Double) {
        let model = EModel(codec: Self.g711, lossShare: share, burstRatio: 1, delay: 0)
        #expect(abs(model.listeningRating - rating) < 0.02, "\(model.listeningRating)")
        #expect(abs(model.listeningScore - score) < 0.01, "\(model.listeningScore)")
        #expect(model.conversationalRating == model.listeningRating)
    }

    @Test("Delay up to 100 ms costs nothing; Idd is 0.16, 8.9 and 30.6 at 150, 250 and 500 ms")
    func delay() {
        for (delay, impairment) in [(100.0, 0.0), (150, 0.164), (250, 8.917), (500, 30.636)] {
            let model = EModel(codec: Self.g711, lossShare: 0, burstRatio: 1, delay: delay)
            #expect(abs(93.2 - model.conversationalRating - impairment) < 0.001, "\(model)")
            #expect(model.listeningRating == 93.2)
        }
    }

    @Test("The same loss in bursts, or with a codec that is less robust, is worse")
    func bursts() {
        let alone = EModel(codec: Self.g711, lossShare: 0.05, burstRatio: 1, delay: 0)
        let bursts = EModel(codec: Self.g711, lossShare: 0.05, burstRatio: 3, delay: 0)
        let amr = EModel(codec: CodecImpairment(encodingName: "amr"), lossShare: 0.05, burstRatio: 1, delay: 0)
        #expect(bursts.listeningRating < alone.listeningRating)
        #expect(amr.listeningRating < alone.listeningRating - 5)
    }

    @Test("Nonsense gives a score in range", arguments: [-1.0, 0, 2, .infinity])
    func extremes(_ value: Double) {
        let model = EModel(codec: Self.g711, lossShare: value, burstRatio: value, delay: value)
        #expect((1...4.5).contains(model.listeningScore))
        #expect((1...4.5).contains(model.conversationalScore))
    }

    @Test("Lost packets less than sixteen apart are a burst, one alone belongs to the gap")
    func classification() {
        var statistics = BurstStatistics()
        // Twenty played, one lost, twenty played; two lost, three played, one lost; twenty played.
        for lost in Array(repeating: 0, count: 20) + [1] + Array(repeating: 0, count: 19) + [2, 0, 0, 1]
            + Array(repeating: 0, count: 19)
        {
            statistics.count(lostBefore: lost)
        }
        let all = statistics.closed
        #expect(all.bursts == 1 && all.burstPackets == 6 && all.burstLost == 3)
        #expect(all.gapLost == 1 && all.gapPackets == 61)
        #expect(statistics.runs == 3)
        #expect(abs(statistics.lossShare - 4.0 / 67) < 1e-9)
    }

    @Test("The burst ratio is 1 for losses one by one and grows with the length of runs")
    func ratio() {
        var (alone, runs) = (BurstStatistics(), BurstStatistics())
        for index in 0..<1_000 {
            alone.count(lostBefore: index % 20 == 19 ? 1 : 0)
            runs.count(lostBefore: index % 80 == 79 ? 4 : 0)
        }
        #expect(alone.burstRatio == 1)
        #expect(abs(runs.burstRatio - 3.8) < 0.05)
        #expect(BurstStatistics().burstRatio == 1 && BurstStatistics().lossShare == 0)
    }

    @Test("A report block reads back as it was written; other blocks are passed over")
    func extendedReport() throws {
        var metrics = VoIPMetrics(ssrc: 7)
        metrics.lossRate = 1
        metrics.burstDuration = 0x1234
        metrics.roundTripDelay = 500
        metrics.rating = 88
        metrics.conversationalScore = 41
        metrics.absoluteMaximumDelay = 0xFEDC
        var bytes: [UInt8] = []
        RTCPCompound.append(ReceiverReport(ssrc: 1), to: &bytes)
        let report = ExtendedReport(ssrc: 1, voiceMetrics: [metrics])
        RTCPCompound.append(report, to: &bytes)
        #expect(bytes.count == 8 + 8 + 36)
        #expect(try RTCPCompound.parse(bytes.span).last == .extendedReport(report))
        // A receiver reference time block, then one that claims more than is there.
        var other: [UInt8] = [0x80, 201, 0, 1, 0, 0, 0, 1, 0x80, 207, 0, 4, 0, 0, 0, 1, 4, 0, 0, 2]
        other += Array(repeating: 0, count: 8)
        #expect(try RTCPCompound.parse(other.span).last == .extendedReport(ExtendedReport(ssrc: 1, voiceMetrics: [])))
        other[19] = 3
        #expect(throws: RTCPParseError.truncated) { _ = try RTCPCompound.parse(other.span) }
    }
}
