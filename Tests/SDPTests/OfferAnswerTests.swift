import SDP
import Testing

@Suite("Answering an offer (RFC 3264 §6)")
struct AnswerTests {
    static let event = "a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16"

    @Test("The first codec of ours that was offered is taken, under the payload type of the offer")
    func codecChoice() throws {
        let session = try offer("m=audio 49170 RTP/AVP 18 0 96 101\na=rtpmap:96 pcma/8000\n\(Self.event)")
        let (answer, audio) = try OfferAnswer.answer(to: session, from: local)
        #expect(audio.codec == PayloadFormat(payloadType: 96, encodingName: "pcma", clockRate: 8_000))
        #expect(audio.remoteAddress == "192.0.2.7")
        #expect(audio.remotePort == 49_170)
        #expect(audio.remoteRTCPPort == 49_171)
        #expect(audio.direction == .sendReceive)
        #expect(audio.telephoneEvent?.payloadType == 101)
        let expected = body(
            """
            v=0
            o=- 1000 1 IN IP4 198.51.100.1
            s=-
            c=IN IP4 198.51.100.1
            t=0 0
            m=audio 20000 RTP/AVP 96 101
            a=rtpmap:96 pcma/8000
            a=rtpmap:101 telephone-event/8000
            a=fmtp:101 0-15
            a=ptime:20
            a=sendrecv
            """
        )
        #expect(answer.serialized() == expected)
    }

    @Test("Every m= line is answered; what is no audio, or a second audio, is refused with port 0")
    func otherStreams() throws {
        let session = try offer(
            """
            m=video 51372 RTP/AVP 31
            m=audio 49170 RTP/SAVP 8
            m=audio 0 RTP/AVP 8
            m=audio 49172 RTP/AVP 8
            m=audio 49174 RTP/AVP 8
            m=application 9 UDP/BFCP *
            """
        )
        let (answer, audio) = try OfferAnswer.answer(to: session, from: local)
        #expect(audio.remotePort == 49_172)
        #expect(
            answer.media.map(\.mLine) == [
                "video 0 RTP/AVP 31", "audio 0 RTP/SAVP 8", "audio 0 RTP/AVP 8", "audio 20000 RTP/AVP 8",
                "audio 0 RTP/AVP 8", "application 0 UDP/BFCP *",
            ]
        )
    }

    @Test(
        "What cannot be answered, and the status for it",
        arguments: [
            ("m=audio 4000 RTP/AVP 18", .noCommonCodec, 488), ("m=audio 4000 RTP/AVP 96", .noCommonCodec, 488),
            ("m=audio 4000 RTP/AVP 8\na=rtpmap:8 PCMA/16000", .noCommonCodec, 488),
            ("m=audio 4000 RTP/AVP 101\na=rtpmap:101 telephone-event/8000", .noCommonCodec, 488),
            ("m=audio 4000 RTP/SAVP 8", .unsupportedTransport("RTP/SAVP"), 488),
            ("m=audio 4000 UDP/TLS/RTP/SAVPF 8", .unsupportedTransport("UDP/TLS/RTP/SAVPF"), 488),
            ("m=video 4000 RTP/AVP 31", .noAudio, 488), ("m=audio 0 RTP/AVP 8", .noAudio, 488),
            ("a=nothing", .noAudio, 488),
        ] as [(String, SDPNegotiationError, Int)]
    )
    func refused(media: String, expected: SDPNegotiationError, status: Int) throws {
        let session = try offer(media)
        #expect(throws: expected) { try OfferAnswer.answer(to: session, from: local) }
        #expect(expected.sipStatus == status)
    }

    @Test("A stream without c= anywhere is a bad request")
    func noConnection() throws {
        let session = try description("v=0\no=- 1 1 IN IP4 h\ns=-\nt=0 0\nm=audio 4000 RTP/AVP 8")
        #expect(throws: SDPNegotiationError.missingConnection) { try OfferAnswer.answer(to: session, from: local) }
        #expect(SDPNegotiationError.missingConnection.sipStatus == 400)
    }

    @Test("RTP/AVPF is answered in kind")
    func feedbackProfile() throws {
        let (answer, _) = try OfferAnswer.answer(to: try offer("m=audio 4000 RTP/AVPF 0"), from: local)
        #expect(answer.media[0].mLine == "audio 20000 RTP/AVPF 0")
    }

    @Test(
        "ptime is what the peer asks for, between 10 and 60 ms and not above maxptime",
        arguments: [
            ("", 20), ("a=ptime:30", 30), ("a=ptime:0", 10), ("a=ptime:5", 10), ("a=ptime:25", 20),
            ("a=ptime:200", 60), ("a=ptime:9223372036854775807", 60), ("a=ptime:99999999999999999999", 20),
            ("a=ptime:40\na=maxptime:30", 30), ("a=maxptime:10", 10), ("a=maxptime:120", 20),
        ]
    )
    func packetTime(lines: String, expected: Int) throws {
        let (answer, audio) = try OfferAnswer.answer(to: try offer("m=audio 4000 RTP/AVP 8\n\(lines)"), from: local)
        #expect(audio.packetTime == expected)
        #expect(answer.media[0].packetTime == expected)
    }

    @Test("telephone-event is agreed at the clock rate of the codec only, and only if we support it")
    func telephoneEvent() throws {
        var wide = local
        wide.codecs = [PayloadFormat(payloadType: 97, encodingName: "AMR-WB", clockRate: 16_000), .pcma]
        let events = "a=rtpmap:100 telephone-event/16000\na=rtpmap:101 telephone-event/8000"
        let session = try offer("m=audio 4000 RTP/AVP 8 98 101 100\na=rtpmap:98 AMR-WB/16000\n\(events)")
        #expect(try OfferAnswer.answer(to: session, from: wide).audio.telephoneEvent?.payloadType == 100)
        #expect(try OfferAnswer.answer(to: session, from: local).audio.telephoneEvent?.payloadType == 101)

        let narrowOnly = try offer("m=audio 4000 RTP/AVP 98 101\na=rtpmap:98 AMR-WB/16000\n\(Self.event)")
        #expect(try OfferAnswer.answer(to: narrowOnly, from: wide).audio.telephoneEvent == nil)

        var without = local
        without.supportsTelephoneEvent = false
        let (answer, audio) = try OfferAnswer.answer(to: session, from: without)
        #expect(audio.telephoneEvent == nil)
        #expect(answer.media[0].formats == ["8"])
    }

    @Test("AMR parameters come back as they were offered (RFC 4867 §8.3.1)")
    func amrParameters() throws {
        var amr = local
        amr.codecs = [PayloadFormat(payloadType: 97, encodingName: "AMR", clockRate: 8_000)]
        let session = try offer(
            "m=audio 4000 RTP/AVP 118\na=rtpmap:118 AMR/8000/1\na=fmtp:118 octet-align=1; mode-set=7")
        let (answer, audio) = try OfferAnswer.answer(to: session, from: amr)
        #expect(audio.codec.formatParameters == "octet-align=1; mode-set=7")
        #expect(answer.media[0].lines.attribute("fmtp") == "118 octet-align=1; mode-set=7")
    }

    @Test("IPv6")
    func ipv6() throws {
        var six = local
        six.address = "2001:db8::1"
        let (answer, audio) = try OfferAnswer.answer(
            to: try offer("m=audio 4000 RTP/AVP 8", address: "2001:db8::7"), from: six)
        #expect(audio.remoteAddress == "2001:db8::7")
        #expect(answer.connection?.addressType == "IP6")
        #expect(answer.origin.addressType == "IP6")
    }
}

@Suite("Offering, and reading the answer (RFC 3264 §5, §7)")
struct OfferTests {
    @Test("An offer lists the codecs in order, and telephone-event for each clock rate")
    func offered() {
        var wide = local
        wide.codecs.insert(PayloadFormat(payloadType: 101, encodingName: "AMR-WB", clockRate: 16_000), at: 0)
        let media = OfferAnswer.offer(wide).media
        #expect(media.map(\.mLine) == ["audio 20000 RTP/AVP 101 8 0 96 97"])
        #expect(media[0].payloadFormats.map(\.clockRate) == [16_000, 8_000, 8_000, 16_000, 8_000])
        #expect(media[0].lines.direction == .sendReceive)
    }

    @Test("What we offer, we can parse and answer ourselves")
    func roundTrip() throws {
        let first = OfferAnswer.offer(local)
        let parsed = try SessionDescription(parsing: first.serialized())
        #expect(parsed == first)
        var peer = local
        peer.address = "192.0.2.7"
        peer.rtpPort = 30_000
        let (answer, theirs) = try OfferAnswer.answer(to: parsed, from: peer)
        let ours = try OfferAnswer.accept(answer, to: first, local: local)
        #expect(theirs.remotePort == 20_000)
        #expect(ours.remotePort == 30_000)
        #expect(ours.codec == .pcma)
        #expect(ours.telephoneEvent == .telephoneEvent)
    }

    @Test("The first codec of the answer that we offered is used")
    func answeredCodec() throws {
        let first = OfferAnswer.offer(local)
        let answer = try offer("m=audio 30000 RTP/AVP 101 18 0 8\n\(AnswerTests.event)\na=ptime:40")
        let audio = try OfferAnswer.accept(answer, to: first, local: local)
        #expect(audio.codec == .pcmu)
        #expect(audio.packetTime == 40)
    }

    @Test(
        "An answer that cannot be used",
        arguments: [
            ("m=audio 0 RTP/AVP 8", .noAudio), ("m=audio 1 RTP/AVP 18", .noCommonCodec),
            ("m=audio 1 RTP/AVP 8\nm=video 0 RTP/AVP 31", .answerDoesNotMatchOffer),
            ("m=video 1 RTP/AVP 8", .answerDoesNotMatchOffer), ("a=x", .answerDoesNotMatchOffer),
            ("m=audio 1 RTP/SAVP 8", .unsupportedTransport("RTP/SAVP")),
            ("m=audio 1 RTP/AVP 8\nc=IN IP4 127.0.0.1", .unacceptableAddress("127.0.0.1", .loopback)),
        ] as [(String, SDPNegotiationError)]
    )
    func unusable(media: String, expected: SDPNegotiationError) throws {
        let answer = try offer(media)
        #expect(throws: expected) { try OfferAnswer.accept(answer, to: OfferAnswer.offer(local), local: local) }
    }

    @Test("An offer during a session keeps the number and the kinds of its streams (§8)")
    func laterOffer() throws {
        let session = try offer("m=video 51372 RTP/AVP 31\nm=audio 49170 RTP/AVP 8\nm=audio 49172 RTP/AVP 8")
        let (answer, _) = try OfferAnswer.answer(to: session, from: local)
        var next = local
        next.sessionVersion = 2
        let later = OfferAnswer.offer(next, after: answer)
        #expect(
            later.media.map(\.mLine) == ["video 0 RTP/AVP 31", "audio 20000 RTP/AVP 8 0 101", "audio 0 RTP/AVP 8"]
        )
        #expect(later.origin.namesSameSession(as: answer.origin))
        #expect(later.origin.sessionVersion == 2)
    }
}
