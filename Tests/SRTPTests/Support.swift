@testable import SRTP

/// Octets written as hexadecimal digits; spaces do not count.
func octets(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

extension SRTPSuite {
    /// A master key of this suite that differs from one seed to another.
    func key(_ seed: UInt8 = 1) throws -> SRTPMasterKey {
        let count = keyLength + saltLength
        guard let key = SRTPMasterKey(self, keyAndSalt: (0..<count).map { UInt8($0) &* 7 &+ seed }) else {
            throw SRTPError.cryptography
        }
        return key
    }
}

/// An RTP packet with a payload that its number can be told by.
func rtpPacket(_ sequenceNumber: UInt16, ssrc: UInt32 = 0x1234_5678, payload: Int = 160) -> [UInt8] {
    let number = [UInt8(sequenceNumber >> 8), UInt8(truncatingIfNeeded: sequenceNumber)]
    let source = (0..<4).map { UInt8(truncatingIfNeeded: ssrc >> (24 - 8 * UInt32($0))) }
    return [0x80, 8] + number + [0, 0, 1, 2] + source + (0..<payload).map { UInt8(truncatingIfNeeded: $0) ^ number[1] }
}

/// A receiver report without blocks.
func rtcpPacket(ssrc: UInt32 = 0x1234_5678) -> [UInt8] {
    [0x80, 201, 0, 1] + (0..<4).map { UInt8(truncatingIfNeeded: ssrc >> (24 - 8 * UInt32($0))) }
}

extension SRTPSender {
    func protected(rtp packet: [UInt8]) throws(SRTPError) -> [UInt8] {
        var bytes = packet
        try protectRTP(&bytes)
        return bytes
    }

    func protected(rtcp packet: [UInt8]) throws(SRTPError) -> [UInt8] {
        var bytes = packet
        try protectRTCP(&bytes)
        return bytes
    }
}

extension SRTPReceiver {
    func unprotected(rtp packet: [UInt8]) throws(SRTPError) -> [UInt8] {
        var bytes = packet
        var span = bytes.mutableSpan
        let count = try unprotectRTP(&span)
        return Array(bytes.prefix(count))
    }

    func unprotected(rtcp packet: [UInt8]) throws(SRTPError) -> [UInt8] {
        var bytes = packet
        var span = bytes.mutableSpan
        let count = try unprotectRTCP(&span)
        return Array(bytes.prefix(count))
    }
}
