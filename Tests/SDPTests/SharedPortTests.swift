import SDP
import Testing

@Suite("RTCP on the port of RTP (RFC 5761)")
struct SharedPortTests {
    @Test(
        "An answer shares the port if the offer does and we do",
        arguments: [
            ("a=rtcp-mux", true, true), ("a=rtcp-mux\na=rtcp:4009", true, true), ("a=rtcp:4009", true, false),
            ("a=rtcp-mux", false, false), ("a=rtcp-muxing", true, false),
        ]
    )
    func answered(line: String, isSupported: Bool, expected: Bool) throws {
        var audio = local
        audio.supportsSharedPort = isSupported
        let (answer, negotiated) = try OfferAnswer.answer(to: try offer("m=audio 4000 RTP/AVP 8\n\(line)"), from: audio)
        #expect(negotiated.sharesPort == expected)
        #expect(answer.media[0].lines.hasAttribute("rtcp-mux") == expected)
        #expect(negotiated.remoteRTCPPort == (expected ? 4_000 : line.contains("4009") ? 4_009 : 4_001))
    }

    @Test("Not with payload types that look like RTCP")
    func payloadTypes() throws {
        for (type, isShared) in [(63, true), (64, false), (95, false), (96, true)] {
            let session = try offer("m=audio 4000 RTP/AVP \(type)\na=rtpmap:\(type) PCMA/8000\na=rtcp-mux")
            #expect(try OfferAnswer.answer(to: session, from: local).audio.sharesPort == isShared)
        }
    }

    @Test("An offer of ours is shared if the answer says so")
    func offered() throws {
        let first = OfferAnswer.offer(local)
        #expect(first.media[0].lines.hasAttribute("rtcp-mux"))
        let shared = try offer("m=audio 4000 RTP/AVP 8\na=rtcp-mux")
        let apart = try offer("m=audio 4000 RTP/AVP 8")
        #expect(try OfferAnswer.accept(shared, to: first, local: local).sharesPort)
        #expect(try !OfferAnswer.accept(apart, to: first, local: local).sharesPort)
        var plain = local
        plain.supportsSharedPort = false
        let second = OfferAnswer.offer(plain)
        #expect(!second.media[0].lines.hasAttribute("rtcp-mux"))
        #expect(try !OfferAnswer.accept(shared, to: second, local: plain).sharesPort)
    }
}
