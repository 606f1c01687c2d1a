import SDP
import Testing

/// Ours: wideband first.
private let everything: LocalAudio = {
    var audio = local
    audio.codecs = ["AMR-WB", "opus", "G722", "PCMA", "PCMU", "AMR", "L16", "G729"]
        .flatMap(PayloadFormat.formats(named:))
    return audio
}()

@Suite("Codecs of an answer")
struct CodecAnswerTests {
    /// What a phone in an IMS offers.
    static let volte = """
        m=audio 49120 RTP/AVP 107 106 105 104 101 102
        a=rtpmap:107 EVS/16000/1
        a=fmtp:107 br=5.9-24.4; bw=nb-swb
        a=rtpmap:106 AMR-WB/16000/1
        a=fmtp:106 octet-align=1; mode-set=0,1,2; mode-change-capability=2; max-red=0
        a=rtpmap:105 AMR-WB/16000/1
        a=fmtp:105 mode-set=0,1,2; mode-change-capability=2; max-red=0
        a=rtpmap:104 AMR/8000/1
        a=fmtp:104 mode-change-capability=2; max-red=0
        a=rtpmap:101 telephone-event/16000
        a=fmtp:101 0-15
        a=rtpmap:102 telephone-event/8000
        a=fmtp:102 0-15
        a=ptime:20
        a=maxptime:240
        """

    @Test("A phone's offer: AMR-WB in the form that stands first, its events at 16 000, what has to come back")
    func volte() throws {
        let (answer, audio) = try OfferAnswer.answer(to: try offer(Self.volte), from: everything)
        #expect(audio.codec.payloadType == 106)
        #expect(audio.codec.formatParameter("octet-align") == "1")
        #expect(audio.codec.formatParameter("mode-set") == "0,1,2")
        #expect(audio.telephoneEvent?.payloadType == 101)
        #expect(audio.telephoneEvent?.clockRate == 16_000)
        #expect(audio.packetTime == 20)
        #expect(answer.media[0].mLine == "audio 20000 RTP/AVP 106 101")
        let fmtp = answer.media[0].lines.attribute("fmtp")
        #expect(fmtp == "106 octet-align=1; mode-set=0,1,2; mode-change-capability=2; max-red=0")
        #expect(answer.media[0].lines.attribute("rtpmap") == "106 AMR-WB/16000")
    }

    @Test(
        "Our order decides, not the peer's",
        arguments: [
            ("PCMU", "0"), ("PCMA", "8"), ("G722", "9"), ("opus", "111"), ("AMR", "104"), ("AMR-WB", "105"),
            ("L16", "112"),
            ("G729", "18"),
        ])
    func order(_ name: String, _ format: String) throws {
        var ours = everything
        ours.codecs = PayloadFormat.formats(named: name) + ours.codecs
        let session = try offer(
            """
            m=audio 4000 RTP/AVP 0 8 9 18 104 105 111 112
            a=rtpmap:104 AMR/8000
            a=rtpmap:105 AMR-WB/16000
            a=rtpmap:111 opus/48000/2
            a=rtpmap:112 L16/16000
            """)
        let (answer, audio) = try OfferAnswer.answer(to: session, from: ours)
        #expect(audio.codec.encodingName == name)
        #expect(answer.media[0].formats == [format])
    }

    @Test("Opus: the answer says what we want, the leg does what the peer wants (RFC 7587 §7)")
    func opus() throws {
        let session = try offer(
            """
            m=audio 4000 RTP/AVP 96 97
            a=rtpmap:96 opus/48000/2
            a=fmtp:96 maxplaybackrate=16000; stereo=1; usedtx=1; maxaveragebitrate=20000
            a=rtpmap:97 telephone-event/48000
            a=ptime:30
            """)
        let (answer, audio) = try OfferAnswer.answer(to: session, from: everything)
        #expect(answer.media[0].lines.attribute("fmtp") == "96 maxplaybackrate=24000; useinbandfec=1")
        #expect(answer.media[0].lines.attribute("rtpmap") == "96 opus/48000/2")
        #expect(audio.codec.formatParameter("maxaveragebitrate") == "20000")
        #expect(audio.telephoneEvent?.clockRate == 48_000)
        // Opus has no packets of 30 ms.
        #expect(audio.packetTime == 20)
        #expect(answer.media[0].packetTime == 20)
    }

    @Test(
        "Packet times that the codec can fill",
        arguments: [
            ("PCMA/8000", 30, 30), ("AMR/8000", 10, 20), ("AMR/8000", 50, 40), ("AMR-WB/16000", 240, 60),
            ("opus/48000/2", 10, 10), ("opus/48000/2", 50, 40), ("G722/8000", 200, 60),
        ])
    func packetTime(_ map: String, _ wanted: Int, _ given: Int) throws {
        let session = try offer("m=audio 4000 RTP/AVP 96\na=rtpmap:96 \(map)\na=ptime:\(wanted)")
        let (answer, audio) = try OfferAnswer.answer(to: session, from: everything)
        #expect(audio.packetTime == given)
        #expect(answer.media[0].packetTime == given)
    }

    @Test("Changes of the mode are bound as the peer binds them")
    func modeChanges() throws {
        let session = try offer(
            """
            m=audio 4000 RTP/AVP 96
            a=rtpmap:96 AMR/8000
            a=fmtp:96 mode-set=0,2,4,7;mode-change-period=2;mode-change-neighbor=1;crc=0;octet-align=0
            """)
        let (answer, _) = try OfferAnswer.answer(to: session, from: everything)
        let fmtp = answer.media[0].lines.attribute("fmtp")
        #expect(fmtp == "96 mode-set=0,2,4,7; mode-change-period=2; mode-change-neighbor=1")
    }

    @Test(
        "A form of AMR that is not supported is passed over",
        arguments: ["crc=1", "octet-align=1;crc=1", "robust-sorting=1", "interleaving=30", "mode-set=9", "mode-set=x"])
    func passedOver(_ parameters: String) throws {
        let unsupported = "a=rtpmap:96 AMR-WB/16000\na=fmtp:96 \(parameters)"
        let both = try offer("m=audio 4000 RTP/AVP 96 97\n\(unsupported)\na=rtpmap:97 AMR-WB/16000")
        #expect(try OfferAnswer.answer(to: both, from: everything).audio.codec.payloadType == 97)
        let other = try offer("m=audio 4000 RTP/AVP 96 8\n\(unsupported)")
        #expect(try OfferAnswer.answer(to: other, from: everything).audio.codec == .pcma)
    }

    @Test(
        "If nothing else is there, the answer says why",
        arguments: [
            ("EVS/16000\na=fmtp:96 br=24.4", FormatRefusal.enhancedVoiceServices),
            ("AMR-WB/16000\na=fmtp:96 crc=1", .adaptiveMultiRateOption),
            ("AMR/8000\na=fmtp:96 mode-set=8", .modeSet),
        ])
    func refused(_ format: String, _ refusal: FormatRefusal) throws {
        let session = try offer("m=audio 4000 RTP/AVP 96 101\na=rtpmap:96 \(format)\n\(AnswerTests.event)")
        let error = #expect(throws: SDPNegotiationError.self) { try OfferAnswer.answer(to: session, from: everything) }
        #expect(error == .formatRefused(refusal))
        #expect(error?.sipStatus == 488)
        #expect(error?.warningCode == 305)
        #expect(error?.description.isEmpty == false)
    }

    @Test("EVS passes through a call that is only routed")
    func relayed() throws {
        let session = try offer(Self.volte)
        #expect(session.relayed(as: session.origin).serialized() == session.serialized())
    }

    @Test("Noise descriptions are taken with codecs that have none of their own, at their clock rate (RFC 3389)")
    func comfortNoise() throws {
        let session = try offer("m=audio 4000 RTP/AVP 8 13 101\n\(AnswerTests.event)")
        let (answer, audio) = try OfferAnswer.answer(to: session, from: everything)
        #expect(answer.media[0].formats == ["8", "13", "101"])
        #expect(audio.comfortNoise == .comfortNoise)

        var without = everything
        without.supportsComfortNoise = false
        #expect(try OfferAnswer.answer(to: session, from: without).audio.comfortNoise == nil)

        let wide = try offer("m=audio 4000 RTP/AVP 96 13 97\na=rtpmap:96 L16/16000\na=rtpmap:97 CN/16000")
        #expect(try OfferAnswer.answer(to: wide, from: everything).audio.comfortNoise?.payloadType == 97)
        let own = try offer("m=audio 4000 RTP/AVP 96 13\na=rtpmap:96 AMR/8000")
        #expect(try OfferAnswer.answer(to: own, from: everything).answer.media[0].formats == ["96"])
    }

    @Test("Who wants no Annex B gets none", arguments: [("", nil), ("annexb=yes", nil), ("annexb=no", "18 annexb=no")])
    func annexB(_ offered: String, _ answered: String?) throws {
        let fmtp = offered.isEmpty ? "" : "\na=fmtp:18 \(offered)"
        let (answer, audio) = try OfferAnswer.answer(to: try offer("m=audio 4000 RTP/AVP 18\(fmtp)"), from: everything)
        #expect(answer.media[0].lines.attribute("fmtp") == answered)
        #expect(audio.codec.formatParameter("annexb") == (offered.isEmpty ? nil : String(offered.dropFirst(7))))
    }
}

@Suite("Codecs of an offer, and of the answer to it")
struct CodecOfferTests {
    @Test("Both forms of AMR are offered, each payload type once, and events at each clock rate")
    func offered() throws {
        let media = OfferAnswer.offer(everything).media[0]
        #expect(Set(media.formats).count == media.formats.count)
        let formats = media.payloadFormats
        let wide = formats.filter { $0.encodingName == "AMR-WB" }
        #expect(wide.map { $0.formatParameter("octet-align") } == [nil, "1"])
        #expect(formats.filter(\.isTelephoneEvent).map(\.clockRate) == [16_000, 48_000, 8_000])
        #expect(PayloadFormat.formats(named: "EVS").isEmpty)
    }

    @Test(
        "An offer of ours and our own answer to it agree", arguments: ["AMR-WB", "opus", "G722", "PCMU", "AMR", "L16"])
    func ownAnswer(_ name: String) throws {
        var peer = local
        peer.address = "192.0.2.9"
        peer.codecs = PayloadFormat.formats(named: name)
        let first = OfferAnswer.offer(everything)
        let (answer, theirs) = try OfferAnswer.answer(to: first, from: peer)
        let ours = try OfferAnswer.accept(answer, to: first, local: everything)
        #expect(ours.codec.encodingName == name)
        #expect(ours.codec.payloadType == theirs.codec.payloadType)
        #expect(ours.telephoneEvent?.clockRate == ours.codec.clockRate)
    }

    @Test("An answer that leaves out the form of the payload means the one that was offered")
    func form() throws {
        let first = OfferAnswer.offer(everything)
        let answer = try offer("m=audio 30000 RTP/AVP 105\na=rtpmap:105 AMR-WB/16000")
        let audio = try OfferAnswer.accept(answer, to: first, local: everything)
        #expect(audio.codec.payloadType == 105)
        #expect(audio.codec.formatParameter("octet-align") == "1")
        let other = try offer("m=audio 30000 RTP/AVP 104\na=rtpmap:104 AMR-WB/16000\na=fmtp:104 mode-set=2")
        #expect(try OfferAnswer.accept(other, to: first, local: everything).codec.formatParameters == "mode-set=2")
    }

    @Test("An answer with a form of AMR that is not supported is refused")
    func refused() throws {
        let answer = try offer("m=audio 30000 RTP/AVP 105\na=rtpmap:105 AMR-WB/16000\na=fmtp:105 crc=1")
        #expect(throws: SDPNegotiationError.formatRefused(.adaptiveMultiRateOption)) {
            try OfferAnswer.accept(answer, to: OfferAnswer.offer(everything), local: everything)
        }
    }
}
