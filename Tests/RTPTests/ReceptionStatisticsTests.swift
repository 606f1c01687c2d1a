import RTP
import Testing
import Timing

@Suite("Reception statistics (RFC 3550 A.1, A.3, A.8)")
struct ReceptionStatisticsTests {
    static func header(_ sequence: UInt16, timestamp: UInt32 = 0) -> RTPHeader {
        RTPHeader(payloadType: 8, marker: false, sequenceNumber: sequence, timestamp: timestamp, ssrc: 1)
    }

    @Test("Loss counts expected less received, across the wrap of the sequence number")
    func lossAcrossWrap() {
        var statistics = ReceptionStatistics(clockRate: 8_000)
        for sequence: UInt16 in [65_533, 65_534, 65_535, 1, 2, 4] {
            statistics.count(Self.header(sequence), arrival: .zero)
        }
        #expect(statistics.extendedHighestSequence == 0x1_0004)
        #expect(statistics.received == 6)
        #expect(statistics.cumulativeLost == 2)
        check(statistics.takeFractionLost(), 64)
        check(statistics.takeFractionLost(), 0)
    }

    @Test("Doubled packets make the loss negative, reordered ones change nothing")
    func duplicates() {
        var statistics = ReceptionStatistics(clockRate: 8_000)
        for sequence: UInt16 in [10, 12, 11, 12, 12] { statistics.count(Self.header(sequence), arrival: .zero) }
        #expect(statistics.cumulativeLost == -2)
        #expect(statistics.extendedHighestSequence == 12)
    }

    @Test("A source that starts anew is believed at its second packet")
    func restart() {
        var statistics = ReceptionStatistics(clockRate: 8_000)
        statistics.count(Self.header(100), arrival: .zero)
        check(statistics.count(Self.header(40_000), arrival: .zero), false)
        check(statistics.count(Self.header(40_001), arrival: .zero), true)
        #expect(statistics.extendedHighestSequence == 40_001)
        #expect(statistics.cumulativeLost == 0)
    }

    @Test("Even arrival has no jitter; transit that swings by 10 ms settles at 10 ms")
    func jitter() {
        var even = ReceptionStatistics(clockRate: 8_000)
        var swinging = ReceptionStatistics(clockRate: 8_000)
        for index in 0..<500 {
            let header = Self.header(UInt16(index), timestamp: UInt32(index) * 160 &+ 0xFFFF_F000)
            let due = Int64(index) * 20_000_000
            even.count(header, arrival: MonotonicTime(nanoseconds: due))
            let swing: Int64 = index % 2 == 0 ? 0 : 10_000_000
            swinging.count(header, arrival: MonotonicTime(nanoseconds: due + swing))
        }
        #expect(even.jitterMilliseconds == 0)
        #expect(abs(swinging.jitterMilliseconds - 10) < 0.2)
        #expect((78...80).contains(swinging.jitterTicks))
    }
}
