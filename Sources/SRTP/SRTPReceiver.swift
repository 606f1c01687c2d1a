/// Checks and decrypts the packets that come in under one master key.
///
/// A packet changes something here only once it has proved authentic. Belongs to one thread. Allocates nothing once a
/// source has been heard.
///
/// Source: RFC 3711 §3.3 and §3.4, RFC 7714 §8 and §9.
public final class SRTPReceiver {
    public let key: SRTPMasterKey
    private let rtp: PacketCipher
    private let rtcp: PacketCipher
    private var rtpSources = SourceTable<ReplayWindow>()
    private var rtcpSources = SourceTable<ReplayWindow>()
    /// Packets of RTP and of RTCP that may still be taken under this key.
    private var rtpLeft: UInt64
    private var rtcpLeft: UInt64

    /// - Parameter lifetime: As many packets of RTP, and of RTCP, as the peer said it will protect with this key
    ///   (RFC 4568 §6.1).
    /// - Throws: ``SRTPError/cryptography``.
    public init(_ key: SRTPMasterKey, lifetime: UInt64? = nil) throws(SRTPError) {
        self.key = key
        rtp = try .rtp(key)
        rtcp = try .rtcp(key)
        rtpLeft = min(lifetime ?? .max, PacketIndex.highest)
        rtcpLeft = min(lifetime ?? .max, PacketIndex.highestRTCP)
    }

    /// Decrypts an RTP packet in place.
    ///
    /// - Parameter bytes: One datagram.
    /// - Returns: How many octets, from the first, the RTP packet has.
    /// - Throws: ``SRTPError``: the octets must not be used.
    public func unprotectRTP(_ bytes: inout MutableSpan<UInt8>) throws(SRTPError) -> Int {
        let end = bytes.count - rtp.tagLength
        let layout = try RTPLayout(bytes.span, to: end)
        let place = rtpSources.place(of: layout.ssrc)
        var window = place.map { rtpSources[$0] } ?? ReplayWindow()
        guard let index = PacketIndex.guess(layout.sequenceNumber, after: window.newest),
            window.admits(index)
        else { throw .replayed }
        guard rtpLeft > 0 else { throw .keyExhausted }
        let isAuthentic = bytes.withUnsafeMutableBufferPointer { buffer in
            rtp.openRTP(buffer, header: layout.headerLength, ssrc: layout.ssrc, index: index)
        }
        guard isAuthentic else { throw .unauthentic }
        window.take(index)
        try Self.note(window, layout.ssrc, at: place, in: &rtpSources)
        rtpLeft -= 1
        return end
    }

    /// Decrypts a compound RTCP packet in place.
    ///
    /// - Parameter bytes: One datagram.
    /// - Returns: How many octets, from the first, the RTCP packet has.
    /// - Throws: ``SRTPError``: the octets must not be used.
    public func unprotectRTCP(_ bytes: inout MutableSpan<UInt8>) throws(SRTPError) -> Int {
        let end = bytes.count - rtcp.rtcpTrailerLength
        guard end >= RTCPLayout.headerLength else { throw .truncated }
        guard bytes[0] >> 6 == 2 else { throw .version }
        let ssrc = bytes.span.bigEndian32(at: 4)
        let word = bytes.span.bigEndian32(at: bytes.count - rtcp.wordDistanceFromEnd)
        guard word & PacketCipher.encryptedBit != 0 else { throw .unencrypted }
        let index = UInt64(word & ~PacketCipher.encryptedBit)
        let place = rtcpSources.place(of: ssrc)
        var window = place.map { rtcpSources[$0] } ?? ReplayWindow()
        guard window.admits(index) else { throw .replayed }
        guard rtcpLeft > 0 else { throw .keyExhausted }
        let isAuthentic = bytes.withUnsafeMutableBufferPointer { buffer in
            rtcp.openRTCP(buffer, header: RTCPLayout.headerLength, ssrc: ssrc, word: word)
        }
        guard isAuthentic else { throw .unauthentic }
        window.take(index)
        try Self.note(window, ssrc, at: place, in: &rtcpSources)
        rtcpLeft -= 1
        return end
    }

    private static func note(
        _ window: ReplayWindow,
        _ ssrc: UInt32,
        at place: Int?,
        in sources: inout SourceTable<ReplayWindow>
    ) throws(SRTPError) {
        if let place {
            sources[place] = window
        } else {
            guard !sources.isFull else { throw .tooManySources }
            sources.add(ssrc, window)
        }
    }
}
