import Testing

@testable import SRTP

@Suite("SRTP between a sender and a receiver")
struct SRTPSessionTests {
    @Test("What is protected comes out as it was, and is longer by what the suite says", arguments: SRTPSuite.allCases)
    func roundTrip(suite: SRTPSuite) throws {
        let sender = try SRTPSender(suite.key())
        let receiver = try SRTPReceiver(suite.key())
        for number in UInt16(0)..<50 {
            let packet = rtpPacket(number)
            let protected = try sender.protected(rtp: packet)
            #expect(protected.count == packet.count + suite.rtpTagLength)
            #expect(protected.prefix(12) == packet.prefix(12))
            #expect(protected[12..<172] != packet[12..<172])
            #expect(try receiver.unprotected(rtp: protected) == packet)
        }
        let report = rtcpPacket() + [0x81, 202, 0, 1, 1, 2, 3, 4]
        let protected = try sender.protected(rtcp: report)
        #expect(protected.count == report.count + suite.rtcpTagLength + 4)
        #expect(protected[8..<16] != report[8..<16])
        #expect(try receiver.unprotected(rtcp: protected) == report)
    }

    @Test("Packets are protected in place behind others", arguments: SRTPSuite.allCases)
    func inPlace(suite: SRTPSuite) throws {
        let sender = try SRTPSender(suite.key())
        let receiver = try SRTPReceiver(suite.key())
        var bytes = [UInt8](repeating: 0xEE, count: 7)
        bytes += rtpPacket(9)
        try sender.protectRTP(&bytes, from: 7)
        let end = bytes.count
        bytes += rtcpPacket()
        try sender.protectRTCP(&bytes, from: end)
        #expect(bytes.prefix(7).allSatisfy { $0 == 0xEE })
        #expect(try receiver.unprotected(rtp: Array(bytes[7..<end])) == rtpPacket(9))
        #expect(try receiver.unprotected(rtcp: Array(bytes[end...])) == rtcpPacket())
    }

    @Test("Contributing sources and a header extension stay in the clear", arguments: SRTPSuite.allCases)
    func header(suite: SRTPSuite) throws {
        var packet = rtpPacket(1, payload: 40)
        packet[0] = 0x92
        packet.replaceSubrange(12..<28, with: [1, 1, 1, 1, 2, 2, 2, 2, 0xBE, 0xDE, 0, 1, 9, 9, 9, 9])
        let protected = try SRTPSender(suite.key()).protected(rtp: packet)
        #expect(protected.prefix(28) == packet.prefix(28))
        #expect(protected[28..<52] != packet[28..<52])
        #expect(try SRTPReceiver(suite.key()).unprotected(rtp: protected) == packet)
    }

    @Test("One changed bit anywhere, and the packet is refused", arguments: SRTPSuite.allCases)
    func changedBit(suite: SRTPSuite) throws {
        let protected = try SRTPSender(suite.key()).protected(rtp: rtpPacket(1, payload: 20))
        let report = try SRTPSender(suite.key()).protected(rtcp: rtcpPacket() + [1, 2, 3, 4])
        let receiver = try SRTPReceiver(suite.key())
        for bit in 0..<protected.count * 8 {
            var changed = protected
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: SRTPError.self) { try receiver.unprotected(rtp: changed) }
        }
        for bit in 0..<report.count * 8 {
            var changed = report
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: SRTPError.self) { try receiver.unprotected(rtcp: changed) }
        }
        // None of them has changed what the receiver knows.
        #expect(try receiver.unprotected(rtp: protected) == rtpPacket(1, payload: 20))
        #expect(try receiver.unprotected(rtcp: report) == rtcpPacket() + [1, 2, 3, 4])
    }

    @Test("Another key is refused", arguments: SRTPSuite.allCases)
    func otherKey(suite: SRTPSuite) throws {
        let sender = try SRTPSender(suite.key(1))
        let receiver = try SRTPReceiver(suite.key(2))
        let protected = try sender.protected(rtp: rtpPacket(1))
        let report = try sender.protected(rtcp: rtcpPacket())
        #expect(throws: SRTPError.unauthentic) { try receiver.unprotected(rtp: protected) }
        #expect(throws: SRTPError.unauthentic) { try receiver.unprotected(rtcp: report) }
    }

    @Test("Every length of every packet is answered, none of them traps", arguments: SRTPSuite.allCases)
    func lengths(suite: SRTPSuite) throws {
        let protected = try SRTPSender(suite.key()).protected(rtp: rtpPacket(1, payload: 20))
        let report = try SRTPSender(suite.key()).protected(rtcp: rtcpPacket())
        let receiver = try SRTPReceiver(suite.key())
        for count in 0..<protected.count {
            #expect(throws: SRTPError.self) { try receiver.unprotected(rtp: Array(protected.prefix(count))) }
        }
        for count in 0..<report.count {
            #expect(throws: SRTPError.self) { try receiver.unprotected(rtcp: Array(report.prefix(count))) }
        }
        #expect(throws: SRTPError.truncated) { try receiver.unprotected(rtp: []) }
        #expect(throws: SRTPError.truncated) { try receiver.unprotected(rtcp: []) }
    }

    @Test("RTCP that says it is not encrypted is refused, also with a good tag", arguments: SRTPSuite.allCases)
    func encryptedBit(suite: SRTPSuite) throws {
        let cipher = try PacketCipher.rtcp(suite.key())
        var bytes = rtcpPacket() + [UInt8](repeating: 0, count: cipher.rtcpTrailerLength)
        let isSealed = bytes.withUnsafeMutableBufferPointer {
            cipher.sealRTCP($0, header: 8, ssrc: 0x1234_5678, word: 5)
        }
        #expect(isSealed)
        let receiver = try SRTPReceiver(suite.key())
        #expect(throws: SRTPError.unencrypted) { try receiver.unprotected(rtcp: bytes) }
    }

    @Test("A master key of another length is none", arguments: SRTPSuite.allCases)
    func keyLength(suite: SRTPSuite) {
        let count = suite.keyLength + suite.saltLength
        #expect(SRTPMasterKey(suite, keyAndSalt: [UInt8](repeating: 0, count: count)) != nil)
        #expect(SRTPMasterKey(suite, keyAndSalt: [UInt8](repeating: 0, count: count - 1)) == nil)
        #expect(SRTPMasterKey(suite, keyAndSalt: [UInt8](repeating: 0, count: count + 1)) == nil)
    }

    @Test("No description of a key shows it")
    func secrecy() throws {
        let key = try SRTPSuite.aeadAES128GCM.key(0x40)
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] {
            #expect(!text.contains("64") && !text.contains("71") && !text.contains("40"))
        }
    }
}

@Suite("Packet indices and replays (RFC 3711 §3.3)")
struct SRTPIndexTests {
    @Test("Sequence numbers wrap, with losses, reordering and both directions", arguments: SRTPSuite.allCases)
    func rollover(suite: SRTPSuite) throws {
        let sender = try SRTPSender(suite.key())
        let receiver = try SRTPReceiver(suite.key())
        var late: [UInt8] = []
        var number = UInt16(65_000)
        for step in 0..<140_000 where step % 97 == 0 {
            number = UInt16(truncatingIfNeeded: 65_000 + step)
            let protected = try sender.protected(rtp: rtpPacket(number, payload: 4))
            if late.isEmpty {
                late = protected
                continue
            }
            #expect(try receiver.unprotected(rtp: protected) == rtpPacket(number, payload: 4))
            // One that was overtaken, across the wrap as well, still comes in.
            if step % (97 * 2) == 0 { _ = try receiver.unprotected(rtp: late) }
            late = []
        }
    }

    @Test(
        "The index nearest to the newest",
        arguments: [
            (UInt64?.none, UInt16(65_535), UInt64?(65_535)),
            (.some(10), 11, 11),
            (.some(10), 9, 9),
            (.some(10), 0x8000, 0x8000),
            // Before the first packet: there is no such index.
            (.some(10), 0xFFFF, nil),
            (.some(0x1_000A), 0xFFFF, 0xFFFF),
            (.some(0xFFFF), 0, 0x1_0000),
            (.some(0x8000), 0, 0x8000 - 0x8000),
            (.some(0x8001), 0, 0x1_0000),
            (.some(0xFFFF_FFFF_FFFF), 0, nil),
        ])
    func guess(newest: UInt64?, number: UInt16, expected: UInt64?) {
        #expect(PacketIndex.guess(number, after: newest) == expected)
    }

    @Test("A packet comes in once, and what is older than the window not at all", arguments: SRTPSuite.allCases)
    func replay(suite: SRTPSuite) throws {
        let sender = try SRTPSender(suite.key())
        let receiver = try SRTPReceiver(suite.key())
        let packets = try (UInt16(0)..<300).map { try sender.protected(rtp: rtpPacket($0)) }
        for number in stride(from: 0, to: 300, by: 2) { _ = try receiver.unprotected(rtp: packets[number]) }
        for number in stride(from: 0, to: 300, by: 2) {
            #expect(throws: SRTPError.replayed) { try receiver.unprotected(rtp: packets[number]) }
        }
        // The newest is 298; 171 is the oldest that the window still holds.
        #expect(throws: SRTPError.replayed) { try receiver.unprotected(rtp: packets[169]) }
        #expect(try receiver.unprotected(rtp: packets[171]) == rtpPacket(171))
        #expect(throws: SRTPError.replayed) { try receiver.unprotected(rtp: packets[171]) }
        #expect(try receiver.unprotected(rtp: packets[297]) == rtpPacket(297))
    }

    @Test("RTCP comes in once as well", arguments: SRTPSuite.allCases)
    func replayedReport(suite: SRTPSuite) throws {
        let sender = try SRTPSender(suite.key())
        let receiver = try SRTPReceiver(suite.key())
        let first = try sender.protected(rtcp: rtcpPacket())
        let second = try sender.protected(rtcp: rtcpPacket())
        #expect(first != second)
        #expect(try receiver.unprotected(rtcp: second) == rtcpPacket())
        #expect(try receiver.unprotected(rtcp: first) == rtcpPacket())
        #expect(throws: SRTPError.replayed) { try receiver.unprotected(rtcp: first) }
    }

    @Test("Each source has its own numbers, and there are not too many of them")
    func sources() throws {
        let suite = SRTPSuite.aesCM128HMACSHA1Tag80
        let receiver = try SRTPReceiver(suite.key())
        for ssrc in UInt32(0)..<UInt32(SourceTable<ReplayWindow>.limit) {
            let sender = try SRTPSender(suite.key())
            let packet = rtpPacket(UInt16(ssrc * 900), ssrc: ssrc)
            #expect(try receiver.unprotected(rtp: sender.protected(rtp: packet)) == packet)
            let report = rtcpPacket(ssrc: ssrc)
            #expect(try receiver.unprotected(rtcp: sender.protected(rtcp: report)) == report)
        }
        let sender = try SRTPSender(suite.key())
        let packet = try sender.protected(rtp: rtpPacket(1, ssrc: 1_000))
        let report = try sender.protected(rtcp: rtcpPacket(ssrc: 1_000))
        #expect(throws: SRTPError.tooManySources) { try receiver.unprotected(rtp: packet) }
        #expect(throws: SRTPError.tooManySources) { try receiver.unprotected(rtcp: report) }
    }

    @Test("A key stream is never used twice")
    func sequenceNumberReuse() throws {
        let sender = try SRTPSender(SRTPSuite.aeadAES128GCM.key())
        _ = try sender.protected(rtp: rtpPacket(7))
        #expect(throws: SRTPError.sequenceNumber) { try sender.protected(rtp: rtpPacket(7)) }
        #expect(throws: SRTPError.sequenceNumber) { try sender.protected(rtp: rtpPacket(6)) }
        _ = try sender.protected(rtp: rtpPacket(8))
    }

    @Test("A key is used for as many packets as the peer said")
    func lifetime() throws {
        let suite = SRTPSuite.aesCM128HMACSHA1Tag32
        let sender = try SRTPSender(suite.key())
        let receiver = try SRTPReceiver(suite.key(), lifetime: 3)
        for number in UInt16(1)...3 { _ = try receiver.unprotected(rtp: sender.protected(rtp: rtpPacket(number))) }
        let fourth = try sender.protected(rtp: rtpPacket(4))
        #expect(throws: SRTPError.keyExhausted) { try receiver.unprotected(rtp: fourth) }
        #expect(try receiver.unprotected(rtcp: sender.protected(rtcp: rtcpPacket())) == rtcpPacket())
    }
}
