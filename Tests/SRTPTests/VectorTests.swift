import Testing

@testable import SRTP

@Suite("RFC 3711 appendix B")
struct RFC3711VectorTests {
    @Test(
        "B.2: key stream of AES in counter mode",
        arguments: [
            (UInt128(0), "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"),
            (
                0xFEFF,
                "EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE 6A2CC3787889374FBEB4C81B17BA6C44"
            ),
        ]
    )
    func keyStream(counter: UInt128, expected: String) throws {
        let cipher = try CounterCipher(key: octets("2B7E151628AED2A6ABF7158809CF4F3C"))
        let expected = octets(expected)
        var bytes = [UInt8](repeating: 0, count: expected.count)
        let first = UInt128(bigEndian: octets("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000")) + counter
        let isDone = bytes.withUnsafeMutableBufferPointer { cipher.apply(block: first, to: $0) }
        #expect(isDone)
        #expect(bytes == expected)
    }

    @Test(
        "B.3: key derivation",
        arguments: [
            (KeyDerivation.Label.rtpEncryption, "C61E7A93744F39EE10734AFE3FF7A087"),
            (.rtpSalt, "30CBBC08863D8C85D49DB34A9AE1"),
            (
                .rtpAuthentication,
                """
                CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE E049646C43D9327AD175578EF7227098
                6371C10C9A369AC2F94A8C5FBCDDDC25 6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2
                """
            ),
        ]
    )
    func derivation(label: KeyDerivation.Label, expected: String) throws {
        let key = try #require(
            SRTPMasterKey(
                .aesCM128HMACSHA1Tag80,
                keyAndSalt: octets("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6")
            )
        )
        let derivation = try KeyDerivation(key)
        let expected = octets(expected)
        let made = try derivation.key(label, count: expected.count)
        #expect(made == expected)
    }
}

@Suite("Whole packets with AES in counter mode")
struct CounterModePacketTests {
    /// The reference packets of libsrtp's test driver; RFC 3711 has none.
    private static let key = SRTPMasterKey(
        .aesCM128HMACSHA1Tag80,
        keyAndSalt: octets("e1f97a0d3e018be0d64fa32c06de4139 0ec675ad498afeebb6960b3aabe6")
    )
    private static let rtp = octets("800f1234 decafbad cafebabe abababab abababab abababab abababab")
    private static let srtp = octets(
        "800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc 99ea179b 8dbb")
    private static let rtcp = octets("81c8000b cafebabe abababab abababab abababab abababab")
    private static let srtcp = octets(
        "81c8000b cafebabe 7128035b e487b9bd bef89041 f977a5a8 80000001 993e08cd 54d6c123 0798")

    @Test("RTP, out and in")
    func rtpPacket() throws {
        let key = try #require(Self.key)
        #expect(try SRTPSender(key).protected(rtp: Self.rtp) == Self.srtp)
        #expect(try SRTPReceiver(key).unprotected(rtp: Self.srtp) == Self.rtp)
    }

    @Test("RTCP, in; and out with the index of the reference")
    func rtcpPacket() throws {
        let key = try #require(Self.key)
        #expect(try SRTPReceiver(key).unprotected(rtcp: Self.srtcp) == Self.rtcp)
        let sender = try SRTPSender(key)
        _ = try sender.protected(rtcp: Self.rtcp)
        #expect(try sender.protected(rtcp: Self.rtcp) == Self.srtcp)
    }
}

@Suite("RFC 7714 §16 and §17")
struct RFC7714VectorTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let suite: SRTPSuite
        let key: String
        let rtp: String
        let rtcp: String

        var testDescription: String { "\(suite)" }

        func cipher() throws -> PacketCipher {
            try PacketCipher(
                suite, key: octets(key), salt: octets("517569642070726f2071756f"), hashKey: [], tagLength: 16)
        }
    }

    private static let rtp = octets(
        """
        8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472
        6573
        """)
    private static let rtcp = octets(
        """
        81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef
        deadbeef
        """)

    static let vectors = [
        Vector(
            suite: .aeadAES128GCM,
            key: "000102030405060708090a0b0c0d0e0f",
            rtp: """
                8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b
                36de3adf 8833 899d7f27 beb16a91 52cf765e e4390cce
                """,
            rtcp: """
                81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46
                86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4
                """
        ),
        Vector(
            suite: .aeadAES256GCM,
            key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            rtp: """
                8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f
                1ba63799 b87b 7aa3db36 dfffd6b0 f9bb7878 d7a76c13
                """,
            rtcp: """
                81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658
                c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4
                """
        ),
    ]

    @Test("An RTP packet is encrypted and decrypted", arguments: vectors)
    func rtp(vector: Vector) throws {
        let cipher = try vector.cipher()
        var bytes = Self.rtp + [UInt8](repeating: 0, count: 16)
        let isSealed = bytes.withUnsafeMutableBufferPointer {
            cipher.sealRTP($0, header: 12, ssrc: 0x5501_A0B2, index: 0xF17B)
        }
        #expect(isSealed)
        #expect(bytes == octets(vector.rtp))
        let isOpen = bytes.withUnsafeMutableBufferPointer {
            cipher.openRTP($0, header: 12, ssrc: 0x5501_A0B2, index: 0xF17B)
        }
        #expect(isOpen)
        #expect(Array(bytes.dropLast(16)) == Self.rtp)
    }

    @Test("An RTCP packet is encrypted and decrypted", arguments: vectors)
    func rtcp(vector: Vector) throws {
        let cipher = try vector.cipher()
        var bytes = Self.rtcp + [UInt8](repeating: 0, count: 20)
        let isSealed = bytes.withUnsafeMutableBufferPointer {
            cipher.sealRTCP($0, header: 8, ssrc: 0x4D61_7273, word: 0x8000_05D4)
        }
        #expect(isSealed)
        #expect(bytes == octets(vector.rtcp))
        let isOpen = bytes.withUnsafeMutableBufferPointer {
            cipher.openRTCP($0, header: 8, ssrc: 0x4D61_7273, word: 0x8000_05D4)
        }
        #expect(isOpen)
        #expect(Array(bytes.dropLast(20)) == Self.rtcp)
    }
}
