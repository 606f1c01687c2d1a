/// Reads and writes compound RTCP packets.
///
/// Source: RFC 3550 §6.1 and appendix A.2.
public enum RTCPCompound {
    /// Packets in one datagram beyond which it is refused.
    public static let maximumPackets = 16
    private static let blockLength = 24

    /// Whether a datagram on an RTP port is RTCP by its packet type (RFC 5761 §4).
    public static func isRTCP(_ bytes: Span<UInt8>) -> Bool {
        bytes.count >= 2 && bytes[0] >> 6 == 2 && (192...223).contains(bytes[1])
    }

    /// Reads one datagram.
    ///
    /// - Throws: ``RTCPParseError``; nothing of the datagram may be used then.
    public static func parse(_ bytes: Span<UInt8>) throws(RTCPParseError) -> [RTCPPacket] {
        var packets: [RTCPPacket] = []
        var offset = 0
        guard bytes.count >= 8 else { throw .truncated }
        while offset < bytes.count {
            guard bytes.count - offset >= 4 else { throw .truncated }
            guard bytes[offset] >> 6 == 2 else { throw .version }
            let end = offset + 4 + 4 * Int(bytes.bigEndian16(at: offset + 2))
            guard end <= bytes.count else { throw .truncated }
            let type = bytes[offset + 1]
            if packets.isEmpty {
                guard type == RTCPType.senderReport || type == RTCPType.receiverReport else { throw .notCompound }
            }
            guard packets.count < maximumPackets else { throw .tooMany }
            packets.append(try packet(bytes, from: offset, to: end, type: type))
            offset = end
        }
        return packets
    }

    private static func packet(
        _ bytes: Span<UInt8>,
        from start: Int,
        to end: Int,
        type: UInt8
    ) throws(RTCPParseError) -> RTCPPacket {
        let count = Int(bytes[start] & 0x1F)
        switch type {
        case RTCPType.senderReport:
            guard end - start >= 28 + count * blockLength else { throw .truncated }
            return .senderReport(
                SenderReport(
                    ssrc: bytes.bigEndian32(at: start + 4),
                    ntpTimestamp: UInt64(bytes.bigEndian32(at: start + 8)) << 32
                        | UInt64(bytes.bigEndian32(at: start + 12)),
                    rtpTimestamp: bytes.bigEndian32(at: start + 16),
                    packets: bytes.bigEndian32(at: start + 20),
                    octets: bytes.bigEndian32(at: start + 24),
                    reports: (0..<count).map { block(bytes, at: start + 28 + $0 * blockLength) }
                )
            )
        case RTCPType.receiverReport:
            guard end - start >= 8 + count * blockLength else { throw .truncated }
            return .receiverReport(
                ReceiverReport(
                    ssrc: bytes.bigEndian32(at: start + 4),
                    reports: (0..<count).map { block(bytes, at: start + 8 + $0 * blockLength) }
                )
            )
        case RTCPType.sourceDescription:
            return .sourceDescription(try descriptions(bytes, from: start + 4, to: end, count: count))
        case RTCPType.goodbye:
            guard end - start >= 4 + count * 4 else { throw .truncated }
            return .goodbye(sources: (0..<count).map { bytes.bigEndian32(at: start + 4 + $0 * 4) })
        case RTCPType.extendedReport:
            return .extendedReport(try extendedReport(bytes, from: start, to: end))
        default:
            return .other(type: type)
        }
    }

    private static func extendedReport(
        _ bytes: Span<UInt8>,
        from start: Int,
        to end: Int
    ) throws(RTCPParseError) -> ExtendedReport {
        guard end - start >= 8 else { throw .truncated }
        var report = ExtendedReport(ssrc: bytes.bigEndian32(at: start + 4), voiceMetrics: [])
        var offset = start + 8
        while offset < end {
            guard end - offset >= 4 else { throw .truncated }
            let length = 4 + 4 * Int(bytes.bigEndian16(at: offset + 2))
            guard length <= end - offset else { throw .truncated }
            if bytes[offset] == VoIPMetrics.blockType, length == VoIPMetrics.blockLength {
                report.voiceMetrics.append(VoIPMetrics(bytes, at: offset))
            }
            offset += length
        }
        return report
    }

    private static func block(_ bytes: Span<UInt8>, at offset: Int) -> ReportBlock {
        // The loss is a signed number of 24 bits.
        let lost = Int32(bitPattern: bytes.bigEndian32(at: offset + 4) << 8) >> 8
        return ReportBlock(
            ssrc: bytes.bigEndian32(at: offset),
            fractionLost: bytes[offset + 4],
            cumulativeLost: lost,
            extendedHighestSequence: bytes.bigEndian32(at: offset + 8),
            jitter: bytes.bigEndian32(at: offset + 12),
            lastSenderReport: bytes.bigEndian32(at: offset + 16),
            delaySinceLastSenderReport: bytes.bigEndian32(at: offset + 20)
        )
    }

    private static func descriptions(
        _ bytes: Span<UInt8>,
        from start: Int,
        to end: Int,
        count: Int
    ) throws(RTCPParseError) -> [SourceDescription] {
        var found: [SourceDescription] = []
        var offset = start
        for _ in 0..<count {
            guard end - offset >= 4 else { throw .truncated }
            let ssrc = bytes.bigEndian32(at: offset)
            offset += 4
            while true {
                guard offset < end else { throw .truncated }
                let item = bytes[offset]
                if item == 0 { break }
                guard offset + 1 < end else { throw .truncated }
                let length = Int(bytes[offset + 1])
                guard offset + 2 + length <= end else { throw .truncated }
                if item == 1 {
                    let text = bytes.extracting(offset + 2..<offset + 2 + length)
                    let name = text.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
                    found.append(SourceDescription(ssrc: ssrc, canonicalName: name))
                }
                offset += 2 + length
            }
            // A chunk ends with at least one null octet and fills its last word.
            offset = start + (offset - start) / 4 * 4 + 4
        }
        return found
    }
}

extension RTCPCompound {
    public static func append(_ report: SenderReport, to bytes: inout [UInt8]) {
        let blocks = report.reports.prefix(31)
        appendHeader(RTCPType.senderReport, count: blocks.count, words: 6 + 6 * blocks.count, to: &bytes)
        bytes.appendBigEndian(report.ssrc)
        bytes.appendBigEndian(UInt32(truncatingIfNeeded: report.ntpTimestamp >> 32))
        bytes.appendBigEndian(UInt32(truncatingIfNeeded: report.ntpTimestamp))
        bytes.appendBigEndian(report.rtpTimestamp)
        bytes.appendBigEndian(report.packets)
        bytes.appendBigEndian(report.octets)
        for block in blocks { append(block, to: &bytes) }
    }

    public static func append(_ report: ReceiverReport, to bytes: inout [UInt8]) {
        let blocks = report.reports.prefix(31)
        appendHeader(RTCPType.receiverReport, count: blocks.count, words: 1 + 6 * blocks.count, to: &bytes)
        bytes.appendBigEndian(report.ssrc)
        for block in blocks { append(block, to: &bytes) }
    }

    /// Appends an SDES packet with one source's CNAME, of which at most 255 octets are written.
    public static func append(_ description: SourceDescription, to bytes: inout [UInt8]) {
        let name = description.canonicalName.utf8.prefix(255)
        let itemWords = (2 + name.count) / 4 + 1
        appendHeader(RTCPType.sourceDescription, count: 1, words: 1 + itemWords, to: &bytes)
        bytes.appendBigEndian(description.ssrc)
        bytes.append(1)
        bytes.append(UInt8(name.count))
        bytes.append(contentsOf: name)
        bytes.append(contentsOf: repeatElement(0, count: itemWords * 4 - 2 - name.count))
    }

    /// Appends an extended report with at most 31 blocks.
    public static func append(_ report: ExtendedReport, to bytes: inout [UInt8]) {
        let blocks = report.voiceMetrics.prefix(31)
        appendHeader(
            RTCPType.extendedReport, count: 0, words: 1 + blocks.count * VoIPMetrics.blockLength / 4, to: &bytes
        )
        bytes.appendBigEndian(report.ssrc)
        for block in blocks { block.append(to: &bytes) }
    }

    public static func appendGoodbye(of ssrc: UInt32, to bytes: inout [UInt8]) {
        appendHeader(RTCPType.goodbye, count: 1, words: 1, to: &bytes)
        bytes.appendBigEndian(ssrc)
    }

    private static func append(_ block: ReportBlock, to bytes: inout [UInt8]) {
        let lost = UInt32(bitPattern: min(max(block.cumulativeLost, -0x80_0000), 0x7F_FFFF)) & 0xFF_FFFF
        bytes.appendBigEndian(block.ssrc)
        bytes.appendBigEndian(UInt32(block.fractionLost) << 24 | lost)
        bytes.appendBigEndian(block.extendedHighestSequence)
        bytes.appendBigEndian(block.jitter)
        bytes.appendBigEndian(block.lastSenderReport)
        bytes.appendBigEndian(block.delaySinceLastSenderReport)
    }

    private static func appendHeader(_ type: UInt8, count: Int, words: Int, to bytes: inout [UInt8]) {
        bytes.append(0x80 | UInt8(count))
        bytes.append(type)
        bytes.appendBigEndian(UInt16(words))
    }
}
