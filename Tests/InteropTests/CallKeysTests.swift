import Media
import SDP
import Testing

@testable import ApplicationServer

@Suite("Keys in the offers and answers of a call (RFC 4568 §7.1)")
struct CallKeysTests {
    private static func audio(_ policy: ProtectionPolicy = .accept, by agreements: [KeyAgreement]? = nil) -> CallAudio {
        CallAudio(
            address: LocalMediaAddress(
                address: "127.0.0.1",
                rtpPort: 20_000,
                rtcpPort: 20_001,
                fingerprint: CertificateFingerprint(octets: (0..<32).map { UInt8($0) })
            ),
            codecs: [.pcma],
            protection: CallProtection(policy: policy, agreements: agreements ?? KeyAgreement.allCases)
        )
    }

    /// What a peer offers or answers.
    private static func peer(_ suite: CryptoSuite?, key octet: UInt8 = 7, tag: UInt32 = 1) throws -> [UInt8] {
        let stream: String
        if let suite {
            let octets = [UInt8](repeating: octet, count: suite.keyAndSaltLength)
            let key = try #require(MediaKey(suite, keyAndSalt: octets))
            stream = "m=audio 4000 RTP/SAVP 8\r\na=crypto:\(CryptoAttribute(tag: tag, key: key).value)\r\n"
        } else {
            stream = "m=audio 4000 RTP/AVP 8\r\n"
        }
        return Array("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\(stream)".utf8)
    }

    private static func keys(_ audio: CallAudio) throws -> AgreedKeys {
        guard case .keys(let keys)? = audio.negotiated?.protection else { throw CallError.media("no keys") }
        return keys
    }

    private static func lines(_ description: [UInt8]) -> [String] {
        String(decoding: description, as: UTF8.self).split(separator: "\r\n").filter { $0.hasPrefix("a=crypto") }
            .map(String.init)
    }

    @Test("Our key stays while its suite does, whatever the peer's is; it never comes back after it has been left")
    func answers() throws {
        var audio = Self.audio()
        try audio.answer(Self.peer(.aeadAES128GCM))
        let first = try Self.keys(audio)
        try audio.answer(Self.peer(.aeadAES128GCM, key: 8))
        #expect(try Self.keys(audio).local == first.local)
        #expect(try Self.keys(audio).remote != first.remote)
        try audio.answer(Self.peer(.aesCM128HMACSHA1Tag80))
        #expect(try Self.keys(audio).local.suite == .aesCM128HMACSHA1Tag80)
        try audio.answer(Self.peer(.aeadAES128GCM))
        let second = try Self.keys(audio)
        #expect(second.local != first.local)
        try audio.answer(Self.peer(nil))
        #expect(audio.negotiated?.protection == nil)
        try audio.answer(Self.peer(.aeadAES128GCM))
        #expect(try Self.keys(audio).local != second.local)
        var other = Self.audio()
        try other.answer(Self.peer(.aeadAES128GCM))
        #expect(try Self.keys(other).local != Self.keys(audio).local)
    }

    @Test("Nothing changes when an offer cannot be taken")
    func refused() throws {
        var audio = Self.audio(.require)
        try audio.answer(Self.peer(.aeadAES256GCM))
        let before = try Self.keys(audio)
        #expect(throws: SDPNegotiationError.unprotectedMedia) { try audio.answer(Self.peer(nil)) }
        #expect(try Self.keys(audio) == before)
    }

    @Test("Own offers of a session that is encrypted hold the key in use, and new ones for the other suites")
    func offers() throws {
        var audio = Self.audio()
        #expect(Self.lines(audio.localDescription()).isEmpty)
        audio = Self.audio()
        try audio.answer(Self.peer(.aesCM128HMACSHA1Tag32))
        let used = try Self.keys(audio).local
        audio.reoffer()
        let first = Self.lines(audio.localDescription())
        #expect(first.count == 4)
        #expect(first.contains { $0.hasSuffix(CryptoAttribute(tag: 4, key: used).value.dropFirst(2)) })
        let second = Self.lines(audio.localDescription())
        #expect(Set(first).intersection(second).count == 1)
        try audio.accept(Self.peer(.aesCM128HMACSHA1Tag32, key: 9, tag: 4))
        #expect(try Self.keys(audio).local == used)
    }

    @Test("A first offer of ours is encrypted if the policy says so, and its answer picks a key")
    func firstOffer() throws {
        for policy in [ProtectionPolicy.offer, .require] {
            var audio = Self.audio(policy)
            let lines = Self.lines(audio.localDescription())
            #expect(lines.count == 4)
            try audio.accept(Self.peer(.aesCM128HMACSHA1Tag80, tag: 3))
            let agreed = try Self.keys(audio)
            #expect(lines[2] == "a=crypto:" + CryptoAttribute(tag: 3, key: agreed.local).value)
        }
    }

    @Test("After its media was elsewhere, and for another party, a call has other keys")
    func elsewhere() throws {
        var audio = Self.audio()
        try audio.answer(Self.peer(.aeadAES128GCM))
        let before = try Self.keys(audio).local
        let used = CryptoAttribute(tag: 1, key: before).value.dropFirst(2)
        var another = audio.forAnotherParty(usesPreconditions: false)
        try another.answer(Self.peer(.aeadAES128GCM))
        #expect(try Self.keys(another).local != before)
        _ = audio.relay(try SessionDescription(parsing: Self.peer(.aesCM128HMACSHA1Tag80)))
        audio.reoffer()
        let lines = Self.lines(audio.localDescription())
        #expect(lines.count == 4)
        #expect(!lines.contains { $0.hasSuffix(used) })
    }

    @Test("A handshake stays over re-INVITEs, with its role, and is done again when the media was elsewhere")
    func handshake() throws {
        func peer(_ setup: String) -> [UInt8] {
            let fingerprint = CertificateFingerprint(octets: [UInt8](repeating: 3, count: 32))?.value ?? ""
            let stream = "m=audio 4000 UDP/TLS/RTP/SAVP 8\r\na=fingerprint:\(fingerprint)\r\na=setup:\(setup)\r\n"
            return Array("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\(stream)".utf8)
        }
        var audio = Self.audio(.require, by: [.dtls])
        _ = audio.localDescription()
        try audio.accept(peer("active"))
        let first = audio.negotiated?.protection
        // The peer leaves the role to us: we stay the server.
        try audio.answer(peer("actpass"))
        #expect(audio.negotiated?.protection == first)
        _ = audio.relay(try SessionDescription(parsing: peer("active")))
        audio.reoffer()
        _ = audio.localDescription()
        try audio.accept(peer("active"))
        #expect(audio.negotiated?.protection != nil)
        #expect(audio.negotiated?.protection != first)
    }
}
