import SDP
import Testing

/// Key and salt of 30 octets, `ABCD...`, in Base64.
private let key30 = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"
private let key28 = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYg=="
private let key44 = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXI="

/// Keys of ours, of each suite one; the first octet tells them apart.
let ourKeys = CryptoSuite.allCases.enumerated().compactMap { index, suite in
    MediaKey(suite, keyAndSalt: [UInt8(index)] + [UInt8](repeating: 0xA5, count: suite.keyAndSaltLength - 1))
}

/// ``local`` with a way to encrypt.
func protecting(
    _ policy: ProtectionPolicy = .accept,
    by agreements: [KeyAgreement] = KeyAgreement.allCases,
    keys: [MediaKey] = ourKeys
) -> LocalAudio {
    var audio = local
    let fingerprint = CertificateFingerprint(octets: (0..<32).map { UInt8($0) })
    audio.protection = LocalProtection(policy: policy, agreements: agreements, keys: keys, fingerprint: fingerprint)
    return audio
}

@Suite("Keys in session descriptions (RFC 4568)")
struct CryptoAnswerTests {
    @Test(
        "The first line that we can take is answered with its tag and a key of ours",
        arguments: [
            (
                "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)", CryptoSuite.aesCM128HMACSHA1Tag80, "1",
                UInt64?.none
            ),
            ("a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:\(key30)|2^20", .aesCM128HMACSHA1Tag32, "7", 1 << 20),
            ("a=crypto:2 AEAD_AES_128_GCM inline:\(key28)|281474976710656", .aeadAES128GCM, "2", 1 << 48),
            ("a=crypto:3 AEAD_AES_256_GCM inline:\(key44)", .aeadAES256GCM, "3", nil),
            // Padding may be missing, a window may be proposed, a hyphen says that it may be passed over.
            (
                "a=crypto:999999999 aead_aes_128_gcm INLINE:\(key28.dropLast(2)) wsh=128 -x=1", .aeadAES128GCM,
                "999999999", nil
            ),
            (
                """
                a=crypto:1 F8_128_HMAC_SHA1_80 inline:\(key30)
                a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|2^31|1:4
                a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:\(key30) UNENCRYPTED_SRTCP
                a=crypto:4 AES_CM_128_HMAC_SHA1_32 inline:\(key30)
                a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:\(key30)
                """, .aesCM128HMACSHA1Tag32, "4", nil
            ),
        ]
    )
    func taken(lines: String, suite: CryptoSuite, tag: String, lifetime: UInt64?) throws {
        for profile in ["RTP/SAVP", "RTP/SAVPF"] {
            let session = try offer("m=audio 4000 \(profile) 8\n\(lines)")
            let (answer, audio) = try OfferAnswer.answer(to: session, from: protecting())
            guard case .keys(let keys) = audio.protection else {
                Issue.record("no keys: \(audio)")
                return
            }
            #expect(keys.remote.suite == suite)
            #expect(
                keys.remote.keyAndSalt
                    == Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqr".utf8.prefix(suite.keyAndSaltLength)))
            #expect(keys.remoteLifetime == lifetime)
            #expect(keys.local == ourKeys.first { $0.suite == suite })
            #expect(answer.media[0].mLine == "audio 20000 \(profile) 8")
            let answered = answer.media[0].lines.attributes("crypto")
            #expect(answered == [CryptoAttribute(tag: UInt32(tag) ?? 0, key: keys.local).value])
        }
    }

    @Test(
        "A line that cannot be taken: 488 with the reason, never an answer without encryption",
        arguments: [
            ("", .missing), ("a=crypto:1", .malformed),
            ("a=crypto:x AES_CM_128_HMAC_SHA1_80 inline:\(key30)", .malformed),
            ("a=crypto:1234567890 AES_CM_128_HMAC_SHA1_80 inline:\(key30)", .malformed),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 \(key30)", .malformed),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key30.dropLast(1))*", .malformed),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 uri:\(key30)", .malformed),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key28)", .keyLength),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:", .keyLength),
            ("a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:\(key44)", .unknownSuite),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|1:4", .masterKeyIdentifier),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|2^20|1:4", .masterKeyIdentifier),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key30);inline:\(key30)", .masterKeyIdentifier),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|2^49", .lifetime),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|2^99999999999999999999", .malformed),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|0", .lifetime),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|", .malformed),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key30) KDR=0", .sessionParameter),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key30) UNENCRYPTED_SRTP", .sessionParameter),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key30) UNAUTHENTICATED_SRTP", .sessionParameter),
            ("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key30) WSH=32", .sessionParameter),
            (
                "a=crypto:1 NULL inline:\(key30)\na=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:\(key30) KDR=1",
                .sessionParameter
            ),
        ] as [(String, CryptoRefusal)]
    )
    func refused(lines: String, reason: CryptoRefusal) throws {
        let session = try offer("m=audio 4000 RTP/SAVP 8" + (lines.isEmpty ? "" : "\n\(lines)"))
        for policy in [ProtectionPolicy.accept, .offer, .require] {
            let error = #expect(throws: SDPNegotiationError.self) {
                try OfferAnswer.answer(to: session, from: protecting(policy))
            }
            #expect(error == .cryptoRefused(reason))
            #expect(error?.sipStatus == 488)
            #expect(error?.warningCode == 306)
        }
    }

    @Test("What a policy makes of plain and of encrypted offers")
    func policies() throws {
        let plain = try offer("m=audio 4000 RTP/AVP 8")
        let encrypted = try offer("m=audio 4000 RTP/SAVP 8\na=crypto:1 AEAD_AES_128_GCM inline:\(key28)")
        for policy in [ProtectionPolicy.off, .accept, .offer] {
            #expect(try OfferAnswer.answer(to: plain, from: protecting(policy)).audio.protection == nil)
        }
        #expect(throws: SDPNegotiationError.unprotectedMedia) {
            try OfferAnswer.answer(to: plain, from: protecting(.require))
        }
        for policy in [ProtectionPolicy.accept, .offer, .require] {
            #expect(try OfferAnswer.answer(to: encrypted, from: protecting(policy)).audio.protection != nil)
        }
        for refusing in [protecting(.off), protecting(.accept, by: [.dtls]), local] {
            #expect(throws: SDPNegotiationError.unsupportedTransport("RTP/SAVP")) {
                try OfferAnswer.answer(to: encrypted, from: refusing)
            }
        }
        // A suite that we have no key for is none that we know.
        let only = protecting(keys: ourKeys.filter { $0.suite == .aesCM128HMACSHA1Tag80 })
        #expect(throws: SDPNegotiationError.cryptoRefused(.unknownSuite)) {
            try OfferAnswer.answer(to: encrypted, from: only)
        }
    }

    @Test("Lines below a plain stream change nothing")
    func plainWithKeys() throws {
        let session = try offer("m=audio 4000 RTP/AVP 8\na=crypto:1 AEAD_AES_128_GCM inline:\(key28)")
        let (answer, audio) = try OfferAnswer.answer(to: session, from: protecting())
        #expect(audio.protection == nil)
        #expect(!answer.media[0].lines.hasAttribute("crypto"))
    }

    @Test("A description with the keys of others goes on as it came")
    func relayed() throws {
        let line = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|2^31|1:4"
        let session = try offer("m=audio 4000 RTP/SAVP 8\n\(line)\na=rtcp-mux")
        let relayed = session.relayed(as: Origin(sessionID: 1, sessionVersion: 1, address: "198.51.100.1"))
        let text = String(decoding: relayed.serialized(), as: UTF8.self)
        #expect(text.contains("m=audio 4000 RTP/SAVP 8\r\n\(line)\r\na=rtcp-mux\r\n"))
    }

    @Test("No description of a key shows it")
    func secrecy() throws {
        let session = try offer("m=audio 4000 RTP/SAVP 8\na=crypto:1 AEAD_AES_128_GCM inline:\(key28)")
        let (_, audio) = try OfferAnswer.answer(to: session, from: protecting())
        var dumped = ""
        dump(audio, to: &dumped)
        for text in ["\(audio)", String(reflecting: audio), dumped] {
            #expect(!text.contains("165") && !text.contains("66, 67") && !text.contains("a5"))
        }
    }
}

@Suite("Offering keys, and reading the answer (RFC 4568 §5.1)")
struct CryptoOfferTests {
    private static let agreed = protecting(.offer, by: [.descriptions])

    @Test("An offer has a line for each key, tags from 1, and an answer picks one", arguments: CryptoSuite.allCases)
    func roundTrip(suite: CryptoSuite) throws {
        let first = OfferAnswer.offer(Self.agreed)
        #expect(first.media[0].transportProtocol == "RTP/SAVP")
        #expect(
            first.media[0].lines.attributes("crypto")
                == ourKeys.enumerated().map { CryptoAttribute(tag: UInt32($0.offset + 1), key: $0.element).value })
        var peer = protecting(keys: [])
        peer.address = "192.0.2.7"
        let theirs = try #require(
            MediaKey(suite, keyAndSalt: [UInt8](repeating: 9, count: suite.keyAndSaltLength)))
        peer.protection.keys = [theirs]
        let (answer, heard) = try OfferAnswer.answer(
            to: try SessionDescription(parsing: first.serialized()), from: peer)
        let ours = try OfferAnswer.accept(answer, to: first, local: Self.agreed)
        let key = try #require(ourKeys.first { $0.suite == suite })
        #expect(ours.protection == .keys(AgreedKeys(local: key, remote: theirs)))
        #expect(heard.protection == .keys(AgreedKeys(local: theirs, remote: key)))
    }

    @Test("The profile of an offer follows the policy and what can be agreed on")
    func profile() {
        let profiles = { (audio: LocalAudio) in OfferAnswer.offer(audio).media[0].transportProtocol }
        #expect(profiles(protecting(.off)) == "RTP/AVP")
        #expect(profiles(protecting(.accept)) == "RTP/AVP")
        #expect(profiles(protecting(.require)) == "RTP/SAVP")
        #expect(profiles(protecting(.offer, by: [.dtls, .descriptions])) == "UDP/TLS/RTP/SAVP")
        #expect(profiles(protecting(.require, by: [], keys: [])) == "RTP/SAVP")
    }

    @Test(
        "An answer that cannot be used",
        arguments: [
            ("m=audio 1 RTP/AVP 8", .unsupportedTransport("RTP/AVP")),
            ("m=audio 1 RTP/SAVP 8", .cryptoRefused(.missing)),
            // Tag 3 is AES_CM_128_HMAC_SHA1_80.
            ("m=audio 1 RTP/SAVP 8\na=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:\(key30)", .cryptoRefused(.notOffered)),
            ("m=audio 1 RTP/SAVP 8\na=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:\(key30)", .cryptoRefused(.notOffered)),
            (
                """
                m=audio 1 RTP/SAVP 8
                a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:\(key30)
                a=crypto:4 AES_CM_128_HMAC_SHA1_32 inline:\(key30)
                """, .cryptoRefused(.notOffered)
            ),
            (
                "m=audio 1 RTP/SAVP 8\na=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:\(key30)|1:1",
                .cryptoRefused(.masterKeyIdentifier)
            ),
        ] as [(String, SDPNegotiationError)]
    )
    func unusable(media: String, expected: SDPNegotiationError) throws {
        let answer = try offer(media)
        #expect(throws: expected) {
            try OfferAnswer.accept(answer, to: OfferAnswer.offer(Self.agreed), local: Self.agreed)
        }
    }
}
