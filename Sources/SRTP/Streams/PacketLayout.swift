/// What has to be known of an RTP packet before it is decrypted.
struct RTPLayout {
    let sequenceNumber: UInt16
    let ssrc: UInt32
    /// Octets of the header with contributing sources and extension, all of which stay in the clear.
    let headerLength: Int

    /// - Parameters:
    ///   - start: Where the packet begins; not behind the last octet.
    ///   - end: Where it ends; not more than there are octets.
    init(_ bytes: Span<UInt8>, from start: Int = 0, to end: Int) throws(SRTPError) {
        guard end - start >= 12 else { throw .truncated }
        guard bytes[start] >> 6 == 2 else { throw .version }
        var content = start + 12 + 4 * Int(bytes[start] & 0x0F)
        if bytes[start] & 0x10 != 0 {
            guard end >= content + 4 else { throw .truncated }
            content += 4 + 4 * Int(bytes.bigEndian16(at: content + 2))
        }
        guard end >= content else { throw .truncated }
        sequenceNumber = bytes.bigEndian16(at: start + 2)
        ssrc = bytes.bigEndian32(at: start + 8)
        headerLength = content - start
    }
}

enum RTCPLayout {
    /// Octets of a compound packet that stay in the clear: the first header and the sender's SSRC (RFC 3711 §3.4).
    static let headerLength = 8
}

extension Span<UInt8> {
    /// The caller has checked that two octets are there.
    func bigEndian16(at offset: Int) -> UInt16 {
        UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
    }

    /// The caller has checked that four octets are there.
    func bigEndian32(at offset: Int) -> UInt32 {
        UInt32(bigEndian16(at: offset)) << 16 | UInt32(bigEndian16(at: offset + 2))
    }
}
