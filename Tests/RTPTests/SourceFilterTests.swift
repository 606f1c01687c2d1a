import RTP
import Testing

@Suite("Source filter")
struct SourceFilterTests {
    static let peer = IPEndpoint(v4: 0x0A00_0001, port: 4_000)
    static let elsewhere = IPEndpoint(v4: 0x0A00_0001, port: 4_010)
    static let stranger = IPEndpoint(v4: 0x0A00_0002, port: 4_000)

    static func header(_ sequence: UInt16, ssrc: UInt32 = 1) -> RTPHeader {
        RTPHeader(payloadType: 8, marker: false, sequenceNumber: sequence, timestamp: 0, ssrc: ssrc)
    }

    static func filter(_ mode: SourceFilter.Mode) -> SourceFilter {
        var filter = SourceFilter(mode: mode)
        filter.expect(rtp: peer, rtcp: peer.with(port: 4_001), isNew: true)
        return filter
    }

    @Test("Strict: the described endpoint and nothing else")
    func strict() {
        var filter = Self.filter(.strict)
        check(filter.admitRTP(from: Self.peer, header: Self.header(1)), .accepted)
        for sequence: UInt16 in 2...20 {
            check(filter.admitRTP(from: Self.elsewhere, header: Self.header(sequence)), .rejected)
            check(filter.admitRTP(from: Self.stranger, header: Self.header(sequence)), .rejected)
        }
        #expect(filter.admitsRTCP(from: Self.peer.with(port: 4_001)))
        #expect(filter.admitsRTCP(from: Self.peer))
        #expect(!filter.admitsRTCP(from: Self.elsewhere))
    }

    @Test("Nothing is accepted before a description")
    func closed() {
        var filter = SourceFilter()
        check(filter.admitRTP(from: Self.peer, header: Self.header(1)), .rejected)
        #expect(!filter.admitsRTCP(from: Self.peer))
    }

    @Test("Latching: a second packet in sequence from the described address locks its port")
    func latches() {
        var filter = Self.filter(.latch)
        check(filter.admitRTP(from: Self.stranger, header: Self.header(1)), .rejected)
        check(filter.admitRTP(from: Self.stranger, header: Self.header(2)), .rejected)
        check(filter.admitRTP(from: Self.elsewhere, header: Self.header(7)), .rejected)
        check(filter.admitRTP(from: Self.elsewhere, header: Self.header(8)), .latched(Self.elsewhere))
        check(filter.admitRTP(from: Self.elsewhere, header: Self.header(9)), .accepted)
        check(filter.admitRTP(from: Self.peer, header: Self.header(10)), .rejected)
    }

    @Test("Latching: the described port, once heard, stays")
    func prefersDescription() {
        var filter = Self.filter(.latch)
        check(filter.admitRTP(from: Self.peer, header: Self.header(1)), .accepted)
        for sequence: UInt16 in 2...9 {
            check(filter.admitRTP(from: Self.elsewhere, header: Self.header(sequence)), .rejected)
        }
    }

    @Test("Latching: after five packets without a sequence nothing is learned any more")
    func learningEnds() {
        var filter = Self.filter(.latch)
        for number: UInt16 in 1...5 {
            check(filter.admitRTP(from: Self.elsewhere, header: Self.header(number * 10)), .rejected)
        }
        check(filter.admitRTP(from: Self.elsewhere, header: Self.header(51)), .rejected)
        check(filter.admitRTP(from: Self.elsewhere, header: Self.header(52)), .rejected)
        check(filter.admitRTP(from: Self.peer, header: Self.header(53)), .accepted)
    }
}
