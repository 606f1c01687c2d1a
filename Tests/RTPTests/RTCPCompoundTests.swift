import RTP
import Testing

@Suite("RTCP compound packets (RFC 3550 §6)")
struct RTCPCompoundTests {
    static let block = ReportBlock(
        ssrc: 7, fractionLost: 64, cumulativeLost: -3, extendedHighestSequence: 0x0001_0005, jitter: 99,
        lastSenderReport: 0xAABB_CCDD, delaySinceLastSenderReport: 65_536
    )

    @Test("What is written reads back the same")
    func roundTrip() throws {
        let report = SenderReport(
            ssrc: 5, ntpTimestamp: 0x0123_4567_89AB_CDEF, rtpTimestamp: 160, packets: 10, octets: 1_600,
            reports: [Self.block]
        )
        let description = SourceDescription(ssrc: 5, canonicalName: "abc")
        var bytes: [UInt8] = []
        RTCPCompound.append(report, to: &bytes)
        RTCPCompound.append(description, to: &bytes)
        RTCPCompound.appendGoodbye(of: 5, to: &bytes)
        #expect(bytes.count % 4 == 0)
        #expect(
            try RTCPCompound.parse(bytes.span) == [
                .senderReport(report), .sourceDescription([description]), .goodbye(sources: [5]),
            ])
    }

    @Test("A receiver report without blocks is eight octets; names of every length keep the alignment")
    func alignment() throws {
        for length in 0...9 {
            var bytes: [UInt8] = []
            RTCPCompound.append(ReceiverReport(ssrc: 1), to: &bytes)
            #expect(bytes.count == 8)
            let name = String(repeating: "x", count: length)
            RTCPCompound.append(SourceDescription(ssrc: 1, canonicalName: name), to: &bytes)
            let packets = try RTCPCompound.parse(bytes.span)
            #expect(packets.last == .sourceDescription([SourceDescription(ssrc: 1, canonicalName: name)]))
        }
    }

    @Test("Loss is clamped to 24 bits")
    func clamps() throws {
        var report = Self.block
        report.cumulativeLost = 0x1000_0000
        var bytes: [UInt8] = []
        RTCPCompound.append(ReceiverReport(ssrc: 1, reports: [report]), to: &bytes)
        report.cumulativeLost = 0x7F_FFFF
        #expect(try RTCPCompound.parse(bytes.span) == [.receiverReport(ReceiverReport(ssrc: 1, reports: [report]))])
    }

    @Test(
        "Four octets, wrong lengths and a first packet that is no report are refused",
        arguments: [
            ([0x80, 201, 0, 0], RTCPParseError.truncated),
            ([0x80, 201, 0, 2, 0, 0, 0, 1], .truncated),
            ([0x81, 201, 0, 1, 0, 0, 0, 1], .truncated),
            ([0x80, 203, 0, 1, 0, 0, 0, 1], .notCompound),
            ([0x00, 201, 0, 1, 0, 0, 0, 1], .version),
            ([0x80, 201, 0, 1, 0, 0, 0, 1, 0x81, 202, 0, 2, 0, 0, 0, 1, 1, 200, 0, 0], .truncated),
        ] as [([UInt8], RTCPParseError)])
    func refused(_ bytes: [UInt8], _ error: RTCPParseError) {
        #expect(throws: error) { _ = try RTCPCompound.parse(bytes.span) }
    }
}
