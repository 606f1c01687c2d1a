/// The fixed header of an RTP packet, without contributing sources and extension.
///
/// Source: RFC 3550 §5.1.
public struct RTPHeader: Sendable, Hashable {
    /// Octets of the fixed header.
    public static let length = 12

    /// 0...127.
    public var payloadType: UInt8
    public var marker: Bool
    public var sequenceNumber: UInt16
    /// In ticks of the payload format's clock.
    public var timestamp: UInt32
    public var ssrc: UInt32

    public init(payloadType: UInt8, marker: Bool, sequenceNumber: UInt16, timestamp: UInt32, ssrc: UInt32) {
        self.payloadType = payloadType
        self.marker = marker
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.ssrc = ssrc
    }

    /// Appends the twelve octets.
    public func append(to bytes: inout [UInt8]) {
        bytes.append(0x80)
        bytes.append((marker ? 0x80 : 0) | payloadType & 0x7F)
        bytes.appendBigEndian(sequenceNumber)
        bytes.appendBigEndian(timestamp)
        bytes.appendBigEndian(ssrc)
    }
}

/// A received RTP packet: its header and where its payload lies.
public struct RTPPacket: Sendable, Hashable {
    public let header: RTPHeader
    /// The payload within the bytes that were parsed, without padding. May be empty.
    public let payload: Range<Int>

    /// Reads one datagram. Contributing sources and a header extension are skipped.
    ///
    /// - Throws: ``RTPParseError``; nothing of the datagram may be used then.
    public init(parsing bytes: Span<UInt8>) throws(RTPParseError) {
        guard bytes.count >= RTPHeader.length else { throw .truncated }
        let first = bytes[0]
        guard first >> 6 == 2 else { throw .version }
        header = RTPHeader(
            payloadType: bytes[1] & 0x7F,
            marker: bytes[1] & 0x80 != 0,
            sequenceNumber: bytes.bigEndian16(at: 2),
            timestamp: bytes.bigEndian32(at: 4),
            ssrc: bytes.bigEndian32(at: 8)
        )
        var start = RTPHeader.length + 4 * Int(first & 0x0F)
        if first & 0x10 != 0 {
            guard bytes.count >= start + 4 else { throw .truncated }
            start += 4 + 4 * Int(bytes.bigEndian16(at: start + 2))
        }
        guard bytes.count >= start else { throw .truncated }
        var end = bytes.count
        if first & 0x20 != 0 {
            let padding = Int(bytes[end - 1])
            guard padding > 0, padding <= end - start else { throw .padding }
            end -= padding
        }
        payload = start..<end
    }
}

/// Why a datagram is no RTP packet.
public enum RTPParseError: Error, Sendable, Hashable {
    /// Shorter than its header says.
    case truncated
    /// Not version 2.
    case version
    /// The padding count is zero or longer than the payload.
    case padding
}
