/// Protects the packets that go out under one master key.
///
/// Belongs to one thread. Allocates nothing once a source has sent and the buffers have room.
///
/// Source: RFC 3711 §3.3 and §3.4, RFC 7714 §8 and §9.
public final class SRTPSender {
    public let key: SRTPMasterKey
    private let rtp: PacketCipher
    private let rtcp: PacketCipher
    /// The highest packet index of each source.
    private var rtpSources = SourceTable<UInt64>()
    /// The next RTCP index.
    private var rtcpIndex: UInt64 = 0

    /// - Throws: ``SRTPError/cryptography``.
    public init(_ key: SRTPMasterKey) throws(SRTPError) {
        self.key = key
        rtp = try .rtp(key)
        rtcp = try .rtcp(key)
    }

    /// Protects the RTP packet that begins at `start` and ends with the array, which grows by the tag.
    ///
    /// - Throws: ``SRTPError``; the packet is as it was, unless libcrypto failed, and must not be sent.
    public func protectRTP(_ bytes: inout [UInt8], from start: Int = 0) throws(SRTPError) {
        guard start >= 0, start <= bytes.count else { throw .truncated }
        let layout = try RTPLayout(bytes.span, from: start, to: bytes.count)
        let place = rtpSources.place(of: layout.ssrc)
        let newest = place.map { rtpSources[$0] }
        guard let index = PacketIndex.guess(layout.sequenceNumber, after: newest) else { throw .keyExhausted }
        // A key stream that is used twice gives both packets away.
        if let newest, index <= newest { throw .sequenceNumber }
        if let place {
            rtpSources[place] = index
        } else {
            guard !rtpSources.isFull else { throw .tooManySources }
            rtpSources.add(layout.ssrc, index)
        }
        bytes.append(contentsOf: repeatElement(0, count: rtp.tagLength))
        let isSealed = bytes.withUnsafeMutableBufferPointer { buffer in
            rtp.sealRTP(
                .init(rebasing: buffer[start...]), header: layout.headerLength, ssrc: layout.ssrc, index: index)
        }
        guard isSealed else { throw .cryptography }
    }

    /// Protects the compound RTCP packet that begins at `start` and ends with the array, which grows by index and tag.
    ///
    /// - Throws: ``SRTPError``; the packet is as it was, unless libcrypto failed, and must not be sent.
    public func protectRTCP(_ bytes: inout [UInt8], from start: Int = 0) throws(SRTPError) {
        guard start >= 0, bytes.count - start >= RTCPLayout.headerLength else { throw .truncated }
        guard rtcpIndex <= PacketIndex.highestRTCP else { throw .keyExhausted }
        let ssrc = bytes.span.bigEndian32(at: start + 4)
        let word = UInt32(rtcpIndex) | PacketCipher.encryptedBit
        rtcpIndex += 1
        bytes.append(contentsOf: repeatElement(0, count: rtcp.rtcpTrailerLength))
        let isSealed = bytes.withUnsafeMutableBufferPointer { buffer in
            rtcp.sealRTCP(
                .init(rebasing: buffer[start...]), header: RTCPLayout.headerLength, ssrc: ssrc, word: word)
        }
        guard isSealed else { throw .cryptography }
    }
}
