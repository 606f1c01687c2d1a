import SDP
import Testing

@Suite("Session description grammar (RFC 8866 §5)")
struct ParsingTests {
    static let example = """
        v=0
        o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1
        s=Call to John Smith
        i=SDP Offer #1
        u=http://www.jdoe.example.com/home.html
        e=Jane Doe <jane@jdoe.example.com>
        p=+1 617 555-6011
        c=IN IP4 198.51.100.1
        b=AS:64
        t=0 0
        a=tool:x
        q=a type nobody knows
        m=audio 49170 RTP/AVP 0 97
        i=speech
        b=TIAS:64000
        a=rtpmap:97 AMR-WB/16000
        a=fmtp:97 octet-align=1; mode-set=0,1,2
        a=ptime:20
        a=sendrecv
        m=video 51372/2 RTP/AVP 99
        c=IN IP6 2001:db8::2
        a=rtpmap:99 h263-1998/90000
        """

    @Test("Every part is read")
    func parts() throws {
        let session = try description(Self.example)
        #expect(session.origin.username == "jdoe")
        #expect(session.origin.sessionID == 3_724_394_400)
        #expect(session.origin.sessionVersion == 3_724_394_405)
        #expect(session.sessionName == "Call to John Smith")
        #expect(session.connection?.address == "198.51.100.1")
        #expect(session.lines.attribute("tool") == "x")
        #expect(session.lines.first("q")?.text == "a type nobody knows")
        #expect(session.media.map(\.kind) == ["audio", "video"])
        #expect(session.media[0].port == 49_170)
        #expect(session.media[0].packetTime == 20)
        #expect(session.media[1].portCount == 2)
        #expect(session.connection(of: session.media[0])?.address == "198.51.100.1")
        #expect(session.connection(of: session.media[1])?.address == "2001:db8::2")
    }

    @Test("What is not touched leaves byte for byte", arguments: ["\r\n", "\n"])
    func passThrough(lineEnd: String) throws {
        let text = Self.example.replacing("\n", with: lineEnd)
        #expect(try SessionDescription(parsing: Array(text.utf8)).serialized() == Array(text.utf8))
        let span = Array((text + lineEnd).utf8)
        #expect(try SessionDescription(parsing: span.span).serialized() == span)
    }

    @Test("A change leaves every other line in place")
    func changeInPlace() throws {
        var session = try description(Self.example)
        session.origin.sessionVersion += 1
        session.media[0].setDirection(.inactive)
        let expected =
            Self.example
            .replacing("3724394405", with: "3724394406")
            .replacing("a=sendrecv", with: "a=inactive")
        #expect(session.serialized() == body(expected))
    }

    @Test("A connection is put where the grammar wants it")
    func insertConnection() throws {
        var session = try description("v=0\no=- 1 1 IN IP4 h\ns=-\nt=0 0\na=x")
        session.connection = ConnectionData(address: "2001:db8::1")
        #expect(session.serialized() == body("v=0\no=- 1 1 IN IP4 h\ns=-\nc=IN IP6 2001:db8::1\nt=0 0\na=x"))
    }

    @Test("rtpmap, fmtp and the payload types of RFC 3551")
    func payloadFormats() throws {
        let media = try description(Self.example).media[0]
        #expect(
            media.payloadFormats == [
                .pcmu,
                PayloadFormat(
                    payloadType: 97,
                    encodingName: "AMR-WB",
                    clockRate: 16_000,
                    formatParameters: "octet-align=1; mode-set=0,1,2"
                ),
            ]
        )
        #expect(media.payloadFormats[1].formatParameter("Octet-Align") == "1")
        #expect(media.payloadFormats[1].formatParameter("mode-set") == "0,1,2")
        #expect(media.payloadFormats[1].formatParameter("crc") == nil)
    }

    @Test(
        "A payload type that cannot be understood is left out",
        arguments: [
            "a=rtpmap:97 AMR", "a=rtpmap:97 AMR/", "a=rtpmap:97 /8000", "a=rtpmap:97 AMR/0", "a=rtpmap:97",
            "a=rtpmap:97 AMR/99999999999999999999", "a=rtpmap:97 AMR/8000/0", "a=rtpmap:97 AMR/-1",
            "a=rtpmap:297 AMR/8000",
        ]
    )
    func badRtpmap(line: String) throws {
        let session = try offer("m=audio 4000 RTP/AVP 97 8 200 x\n\(line)")
        #expect(session.media[0].payloadFormats == [.pcma])
    }

    @Test(
        "ptime and rtcp",
        arguments: [
            ("a=ptime:30", 30, 4_001), ("a=ptime:20.0", 20, 4_001), ("a=ptime:", nil, 4_001),
            ("a=ptime:99999999999999999999999", nil, 4_001), ("a=rtcp:5005", nil, 5_005),
            ("a=rtcp:5005 IN IP4 192.0.2.9", nil, 5_005), ("a=rtcp:70000", nil, 4_001),
        ] as [(String, Int?, UInt16)]
    )
    func numbers(line: String, packetTime: Int?, rtcpPort: UInt16) throws {
        let media = try offer("m=audio 4000 RTP/AVP 8\n\(line)").media[0]
        #expect(media.packetTime == packetTime)
        #expect(media.rtcpPort == rtcpPort)
    }

    @Test("The highest port has no RTCP port above it")
    func highestPort() throws {
        #expect(try offer("m=audio 65535 RTP/AVP 8").media[0].rtcpPort == 0)
    }

    @Test("A value of ours cannot begin another line")
    func injection() throws {
        var session = try offer("m=audio 4000 RTP/AVP 8")
        session.appendAttribute("note", "x\r\nm=audio 1 RTP/AVP 0")
        session.media[0].kind = "audio\n"
        let again = try SessionDescription(parsing: session.serialized())
        #expect(again.media.count == 1)
        #expect(again.lines.attribute("note") == "x  m=audio 1 RTP/AVP 0")
    }
}
