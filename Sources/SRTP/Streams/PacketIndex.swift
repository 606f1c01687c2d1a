/// Packet indices of RTP: the sequence number with a rollover counter of 32 bits before it (RFC 3711 §3.3.1).
enum PacketIndex {
    static let highest: UInt64 = 1 << 48 - 1
    /// Of RTCP, which sends its index with each packet.
    static let highestRTCP: UInt64 = 1 << 31 - 1

    /// The index that a packet most likely has.
    ///
    /// - Parameter newest: The highest index so far; `nil` before the first packet, whose rollover counter is zero.
    /// - Returns: `nil` if it would lie before the first packet, or above ``highest``.
    static func guess(_ sequenceNumber: UInt16, after newest: UInt64?) -> UInt64? {
        guard let newest else { return UInt64(sequenceNumber) }
        let low = UInt64(sequenceNumber)
        let last = newest & 0xFFFF
        let rollovers = newest >> 16
        if last < 0x8000 {
            guard low > last + 0x8000 else { return rollovers << 16 | low }
            return rollovers == 0 ? nil : (rollovers - 1) << 16 | low
        }
        guard last - 0x8000 > low else { return rollovers << 16 | low }
        return rollovers == UInt64(UInt32.max) ? nil : (rollovers + 1) << 16 | low
    }
}
