import RTP
import Testing

@Suite("RTP packets (RFC 3550 §5.1)")
struct RTPPacketTests {
    static let header = RTPHeader(
        payloadType: 8, marker: true, sequenceNumber: 0xFFFE, timestamp: 0xDEAD_BEEF, ssrc: 0x0102_0304
    )

    @Test("The fixed header is twelve octets in network order")
    func layout() throws {
        var bytes: [UInt8] = []
        Self.header.append(to: &bytes)
        #expect(bytes == [0x80, 0x88, 0xFF, 0xFE, 0xDE, 0xAD, 0xBE, 0xEF, 1, 2, 3, 4])
        bytes += [9, 9]
        let packet = try RTPPacket(parsing: bytes.span)
        #expect(packet.header == Self.header)
        #expect(packet.payload == 12..<14)
    }

    @Test("Contributing sources, extension and padding are not payload")
    func optionalParts() throws {
        var bytes: [UInt8] = []
        Self.header.append(to: &bytes)
        bytes[0] = 0x80 | 0x20 | 0x10 | 2
        bytes += [0, 0, 0, 1, 0, 0, 0, 2]  // two CSRCs
        bytes += [0xBE, 0xDE, 0, 1, 1, 2, 3, 4]  // extension of one word
        bytes += [42, 43]
        bytes += [0, 0, 3]
        #expect(try RTPPacket(parsing: bytes.span).payload == 28..<30)
    }

    @Test(
        "Datagrams that contradict themselves are refused",
        arguments: [
            ([0x80, 8, 0, 1], RTPParseError.truncated),
            ([0x40, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], .version),
            ([0x8F, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], .truncated),
            ([0x90, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xBE, 0xDE], .truncated),
            ([0x90, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xBE, 0xDE, 0xFF, 0xFF], .truncated),
            ([0xA0, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], .padding),
            ([0xA0, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2], .padding),
        ] as [([UInt8], RTPParseError)])
    func refused(_ bytes: [UInt8], _ error: RTPParseError) {
        #expect(throws: error) { _ = try RTPPacket(parsing: bytes.span) }
    }

    @Test("No datagram of random bytes traps")
    func randomBytes() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if !bytes.isEmpty { bytes[0] = bytes[0] & 0x3F | 0x80 }
            if let packet = try? RTPPacket(parsing: bytes.span) { #expect(packet.payload.upperBound <= bytes.count) }
            if bytes.count > 1 { bytes[1] = UInt8.random(in: 200...204, using: &random) }
            _ = try? RTCPCompound.parse(bytes.span)
        }
    }
}
