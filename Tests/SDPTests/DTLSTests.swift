import SDP
import Testing

@Suite("Certificates in session descriptions (RFC 5763)")
struct DTLSNegotiationTests {
    private static let fingerprint = "sha-256 " + (0..<32).map { _ in "aB" }.joined(separator: ":")
    private static let octets = [UInt8](repeating: 0xAB, count: 32)

    @Test(
        "Whoever may choose becomes the client, unless the dialog has roles already",
        arguments: [
            ("a=setup:actpass", nil, .active), ("a=setup:actpass", .passive, .passive),
            ("a=setup:actpass", .active, .active), ("a=setup:active", nil, .passive),
            ("a=setup:passive", nil, .active), ("a=setup:passive", .passive, .active), ("", nil, .passive),
        ] as [(String, DTLSRole?, DTLSRole)]
    )
    func role(line: String, role: DTLSRole?, expected: DTLSRole) throws {
        for profile in ["UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"] {
            let session = try offer(
                "m=audio 4000 \(profile) 8\na=fingerprint:\(Self.fingerprint)" + (line.isEmpty ? "" : "\n\(line)"))
            var audio = protecting()
            audio.protection.role = role
            let (answer, negotiated) = try OfferAnswer.answer(to: session, from: audio)
            let peer = try #require(CertificateFingerprint(octets: Self.octets))
            #expect(negotiated.protection == .dtls(DTLSAgreement(role: expected, fingerprints: [peer])))
            #expect(answer.media[0].mLine == "audio 20000 \(profile) 8")
            #expect(answer.media[0].lines.attribute("setup") == expected.rawValue)
            #expect(answer.media[0].lines.attribute("fingerprint") == audio.protection.fingerprint?.value)
        }
    }

    @Test("Fingerprint and role of the session count where the stream has none")
    func sessionLevel() throws {
        let session = try offer(
            "m=audio 4000 UDP/TLS/RTP/SAVP 8",
            session: "a=fingerprint:SHA-256 \(Self.fingerprint.dropFirst(8))\na=setup:passive"
        )
        let (_, audio) = try OfferAnswer.answer(to: session, from: protecting())
        let peer = try #require(CertificateFingerprint(octets: Self.octets))
        #expect(audio.protection == .dtls(DTLSAgreement(role: .active, fingerprints: [peer])))
    }

    @Test(
        "What cannot be answered: 488",
        arguments: [
            ("a=setup:active", .missingFingerprint),
            ("a=fingerprint:sha-1 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33", .missingFingerprint),
            ("a=fingerprint:sha-256 AB:CD", .missingFingerprint),
            ("a=fingerprint:\(fingerprint)0\na=setup:active", .missingFingerprint),
            ("a=fingerprint:\(fingerprint)\na=setup:holdconn", .dtlsRole),
            ("a=fingerprint:\(fingerprint)\na=setup:both", .dtlsRole),
        ] as [(String, SDPNegotiationError)]
    )
    func refused(lines: String, expected: SDPNegotiationError) throws {
        let session = try offer("m=audio 4000 UDP/TLS/RTP/SAVPF 8\n\(lines)")
        #expect(throws: expected) { try OfferAnswer.answer(to: session, from: protecting()) }
        #expect(expected.sipStatus == 488)
    }

    @Test("Without a certificate, or where only keys in descriptions are wanted, there is no DTLS")
    func notOurs() throws {
        let session = try offer("m=audio 4000 UDP/TLS/RTP/SAVP 8\na=fingerprint:\(Self.fingerprint)\na=setup:actpass")
        var without = protecting()
        without.protection.fingerprint = nil
        for audio in [without, protecting(.accept, by: [.descriptions]), protecting(.off)] {
            #expect(throws: SDPNegotiationError.unsupportedTransport("UDP/TLS/RTP/SAVP")) {
                try OfferAnswer.answer(to: session, from: audio)
            }
        }
    }

    @Test("An offer leaves the role to the answer, which has to take one")
    func offered() throws {
        let ours = protecting(.require, by: [.dtls])
        let first = OfferAnswer.offer(ours)
        #expect(first.media[0].transportProtocol == "UDP/TLS/RTP/SAVP")
        #expect(first.media[0].lines.attribute("setup") == "actpass")
        var peer = protecting(.accept)
        peer.address = "192.0.2.7"
        let (answer, _) = try OfferAnswer.answer(to: first, from: peer)
        let fingerprint = try #require(peer.protection.fingerprint)
        #expect(
            try OfferAnswer.accept(answer, to: first, local: ours).protection
                == .dtls(DTLSAgreement(role: .passive, fingerprints: [fingerprint])))
        for line in ["a=setup:actpass", "a=setup:holdconn"] {
            let bad = try offer("m=audio 1 UDP/TLS/RTP/SAVP 8\na=fingerprint:\(Self.fingerprint)\n\(line)")
            #expect(throws: SDPNegotiationError.dtlsRole) { try OfferAnswer.accept(bad, to: first, local: ours) }
        }
    }
}
