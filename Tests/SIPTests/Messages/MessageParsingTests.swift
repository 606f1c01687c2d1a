import SIP
import Testing

@Suite("Messages (RFC 3261 §7)")
struct MessageParsingTests {
    static let register = """
        REGISTER sip:registrar.example.com SIP/2.0
        v: SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bKnashds7 ,
         SIP/2.0/TCP 192.0.2.5
        Max-Forwards : 70
        t:  "Bob, \\"the\\" builder"  <sip:bob@example.com>
        f: Bob <sip:bob@example.com>;tag=456248
        i: 843817637684230@998sdasdh09
        CSeq: 0001826 REGISTER
        m: <sip:bob@192.0.2.4>, sip:bob@192.0.2.5;q=0.1
        X-Unknown: kept  exactly\tas it is \u{20}
        x-unknown: twice
        l: 4

        body
        """

    @Test("Octets come back exactly as they went in")
    func roundTrip() throws {
        let bytes = wire(Self.register)
        #expect(try SIPMessage(parsing: bytes).serialized() == bytes)
    }

    @Test("Compact forms equal long ones, names compare without case, folds read as one space")
    func fields() throws {
        let headers = try request(Self.register).headers
        #expect(headers.first(.callID) == "843817637684230@998sdasdh09")
        #expect(headers.all("X-UNKNOWN") == ["kept  exactly\tas it is", "twice"])
        #expect(
            headers.splitValues(.via) == ["SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bKnashds7", "SIP/2.0/TCP 192.0.2.5"])
        #expect(try headers.topVia().branch == "z9hG4bKnashds7")
        #expect(headers.first(.via)?.contains("\r") == false)
        #expect(try headers.address(.to).displayName == "Bob, \"the\" builder")
        #expect(try headers.addresses(.contact).map(\.uri.host) == ["192.0.2.4", "192.0.2.5"])
        #expect(try headers.addresses(.contact).last?.parameters["q"] == "0.1")
        #expect(try headers.cSeq() == CSeq(number: 1_826, method: .register))
    }

    @Test("A fold inside a display name does not reach the reader as a line end")
    func foldedName() throws {
        let headers = try request(Peer.invite(extra: "P-Asserted-Identity: \"A\n B\" <sip:a@b>")).headers
        #expect(try headers.address(.pAssertedIdentity).displayName == "A B")
    }

    @Test("Without Content-Length a datagram's body goes to its end, and the length is written")
    func noContentLength() throws {
        let message = try SIPMessage(parsing: wire("OPTIONS sip:a@b SIP/2.0\nTo: sip:a@b\n\nrest"))
        #expect(message.body == Array("rest".utf8))
        #expect(String(decoding: message.serialized(), as: UTF8.self).contains("\r\nContent-Length: 4\r\n\r\nrest"))
    }

    @Test("Octets behind the body of a datagram are noise (§18.3)")
    func noise() throws {
        #expect(try SIPMessage(parsing: wire("OPTIONS sip:a@b SIP/2.0\nl: 2\n\nbodynoise")).body == Array("bo".utf8))
    }

    @Test("Status lines: phrase absent, empty, or any UTF-8")
    func statusLines() throws {
        for (line, phrase) in [
            ("SIP/2.0 200", ""), ("SIP/2.0 200 ", ""), ("SIP/2.0 200 = 2**3 * 25 ° ü", "= 2**3 * 25 ° ü"),
        ] {
            let response = try SIPMessage(parsing: wire(line + "\nl: 0\n\n")).asResponse
            #expect(response?.status == .ok)
            #expect(response?.reasonPhrase == phrase)
        }
    }

    @Test(
        "A Request-URI is ASCII (RFC 3986 §2): any other octet is refused with 400",
        arguments: [0x7F, 0x80, 0xC3, 0xFF])
    func requestURIOctets(octet: UInt8) throws {
        let message = Array("OPTIONS sip:a".utf8) + [octet] + wire("@b SIP/2.0\nl: 0\n\n")
        let error = #expect(throws: SIPParseError.self) { try SIPMessage(parsing: message) }
        #expect(error?.fault == .illegalCharacter)
        #expect(error?.offset == 13)
        #expect(error?.responseStatus == .badRequest)
    }

    @Test("A reason phrase that is no UTF-8 keeps its ASCII and grows by no octet, so that its line stays in the limit")
    func reasonPhraseOctets() throws {
        let phrase = Array("No".utf8) + [UInt8](repeating: 0xFF, count: 4_000)
        let message = try SIPMessage(parsing: Array("SIP/2.0 404 ".utf8) + phrase + wire("\nl: 0\n\n"))
        #expect(message.asResponse?.reasonPhrase == "No" + String(repeating: "?", count: 4_000))
        #expect(try SIPMessage(parsing: message.serialized()) == message)
    }

    @Test(
        "What cannot be framed is refused with the status to answer",
        arguments: [
            ("INVITE sip:a@b SIP/3.0\nl: 0\n\n", 505), ("INVITE sip:a@b\nl: 0\n\n", 400),
            ("INVITE  sip:a@b SIP/2.0\nl: 0\n\n", 400), ("INVITE sip:a@b SIP/2.0 \nl: 0\n\n", 400),
            ("INVITE sip:a@b SIP/2.0\nl: 5\n\nbody", 400), ("INVITE sip:a@b SIP/2.0\nl: -1\n\n", 400),
            ("INVITE sip:a@b SIP/2.0\nl: 4294967296\n\n", 400), ("INVITE sip:a@b SIP/2.0\nl: 0, 0\n\n", 400),
            ("INVITE sip:a@b SIP/2.0\nl: 0\nContent-Length: 0\n\n", 400), ("INVITE sip:a@b SIP/2.0\nl: 0x0\n\n", 400),
            ("INVITE sip:a@b SIP/2.0\nno colon\n\n", 400), ("INVITE sip:a@b SIP/2.0\n: no name\n\n", 400),
            ("INVITE sip:a@b SIP/2.0\nTo: \u{0}\n\n", 400), ("INVITE sip:a@b SIP/2.0\nTo: a\rb\n\n", 400),
            ("INVITE sip:a@b SIP/2.0\nl: 0\n", 400), ("SIP/2.0 99 Low\nl: 0\n\n", 400),
            ("SIP/2.0 700 High\nl: 0\n\n", 400), ("SIP/2.0 4294967301 Wide\nl: 0\n\n", 400), ("", 400), ("\n\n", 400),
        ]
    )
    func refused(text: String, status: Int) {
        let error = #expect(throws: SIPParseError.self) { try SIPMessage(parsing: wire(text)) }
        #expect(error?.responseStatus.rawValue == status)
    }

    @Test("Every limit holds at its value and refuses one more")
    func limits() throws {
        func message(_ fields: String) -> [UInt8] { wire("OPTIONS sip:a@b SIP/2.0\n" + fields + "\n") }
        func refuses(_ bytes: [UInt8]) -> Bool {
            do throws(SIPParseError) {
                _ = try SIPMessage(parsing: bytes)
                return false
            } catch {
                if case .tooLong = error.fault { return error.responseStatus == .messageTooLarge }
                return false
            }
        }
        let field = { (count: Int) in String(repeating: "x: y\n", count: count) }
        _ = try SIPMessage(parsing: message(field(256)))
        #expect(refuses(message(field(257))))
        let via = { (count: Int) in
            "Via: " + Array(repeating: "SIP/2.0/UDP a", count: count).joined(separator: ",") + "\n"
        }
        _ = try SIPMessage(parsing: message(via(64)))
        #expect(refuses(message(via(65))))
        _ = try SIPMessage(parsing: message("x: " + String(repeating: "y", count: 8_000) + "\n"))
        #expect(refuses(message("x: " + String(repeating: "y", count: 9_000) + "\n")))
        #expect(refuses(message(String(repeating: "x: " + String(repeating: "y", count: 8_000) + "\n", count: 5))))
        #expect(refuses(wire("OPTIONS sip:" + String(repeating: "a", count: 5_000) + " SIP/2.0\n\n")))
        #expect(refuses(message("l: 66000\n\n") + [UInt8](repeating: 0, count: 66_000)))
    }

    @Test("A quoted pair may hold a control character, nothing else may (§25.1)")
    func quotedControl() throws {
        _ = try SIPMessage(parsing: wire("OPTIONS sip:a@b SIP/2.0\nTo: \"\\\u{7}\" <sip:a@b>\n\n"))
        #expect(throws: SIPParseError.self) {
            try SIPMessage(parsing: wire("OPTIONS sip:a@b SIP/2.0\nTo: \"\u{7}\" <sip:a@b>\n\n"))
        }
    }
}

@Suite("The writer of header fields")
struct HeaderWritingTests {
    @Test(
        "No value, name, method, URI or phrase can begin another line",
        arguments: ["\r\nEvil: 1", "\nEvil: 1", "\rEvil: 1", "\u{0}"])
    func injection(_ poison: String) throws {
        var request = SIPRequest(method: SIPMethod(rawValue: "INFO" + poison), requestURI: "sip:a@b" + poison)
        request.headers.append(.subject, "x" + poison)
        request.headers.prepend(.via, "SIP/2.0/UDP a" + poison)
        request.headers.set(.from, "<sip:a@b>" + poison)
        request.headers.append(HeaderName("X-Name" + poison), "y")
        request.headers.append(HeaderName(""), "z")
        let count = request.headers.count
        let parsed = try SIPMessage(parsing: request.serialized())
        #expect(parsed.headers.count == count + 1)  // and Content-Length
        #expect(!parsed.headers.contains("Evil"))
        var response = SIPResponse(status: .ok, reasonPhrase: "Fine" + poison)
        response.headers.append(.to, "<sip:a@b>;tag=1" + poison)
        #expect(try !SIPMessage(parsing: response.serialized()).headers.contains("Evil"))
    }

    @Test("set replaces all fields of a name in the place of the first")
    func set() {
        var headers = SIPHeaders()
        for (name, value) in [("A", "1"), ("B", "2"), ("a", "3"), ("C", "4")] {
            headers.append(HeaderName(name), value)
        }
        headers.set("A", "5")
        #expect(headers.fields.map(\.value) == ["5", "2", "4"])
        headers.set("D", "6")
        headers.removeAll("b")
        headers.insertBeforeFirst("C", "0")
        #expect(headers.fields.map(\.value) == ["5", "0", "4", "6"])
        #expect(headers.all("C") == ["0", "4"])
    }

    @Test("The first of several values is replaced, the others stay")
    func topValue() throws {
        var headers = SIPHeaders()
        headers.append(.route, "<sip:a;lr>, <sip:b,c@d;lr>")
        headers.append(.route, "<sip:e;lr>")
        headers.replaceTopValue(.route, with: nil)
        #expect(headers.splitValues(.route) == ["<sip:b,c@d;lr>", "<sip:e;lr>"])
        headers.replaceTopValue(.route, with: nil)
        headers.replaceTopValue(.route, with: "<sip:f>")
        #expect(headers.splitValues(.route) == ["<sip:f>"])
    }

    @Test("Response fields are copied once and octet for octet, the tag goes behind To (§8.2.6.2)")
    func response() throws {
        let text = Peer.invite().replacing(
            "To: <sip:bob@example.com>", with: "t:  \"B\\\"\"   <sip:bob@example.com>  ;x=y")
        let response = SIPResponse(.ok, to: try request(text + ""), toTag: "new")
        #expect(response.headers.first(.to) == "\"B\\\"\"   <sip:bob@example.com>  ;x=y;tag=new")
        #expect(response.headers.all(.callID) == ["call@192.0.2.9"])
        let tagged = SIPResponse(.ok, to: try request(Peer.invite(toTag: "old")), toTag: "new")
        #expect(try tagged.headers.address(.to).tag == "old")
        #expect(try SIPResponse(.trying, to: request(Peer.invite())).headers.address(.to).tag == nil)
    }
}

@Suite("Answers to octets that are no message")
struct MalformedRequestTests {
    static let error = SIPParseError(.truncated)
    static let good =
        "OPTIONS sip:a@b SIP/9\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\nFrom: sip:a@b;tag=1\nTo: sip:c@d\nCall-ID: x\nCSeq: 1 OPTIONS\n\n"

    @Test("What can be copied is copied; To gets a tag that is the same for the same octets (§8.2.7)")
    func answer() throws {
        let first = try #require(SIPResponse.refusing(malformed: wire(Self.good), because: Self.error))
        #expect(try first.headers.address(.to).tag != nil)
        #expect(first.headers.first(.callID) == "x")
        #expect(SIPResponse.refusing(malformed: wire(Self.good), because: Self.error) == first)
        _ = try SIPMessage(parsing: first.serialized())
    }

    @Test(
        "Nobody to answer",
        arguments: [
            Self.good.replacing("OPTIONS sip", with: "ACK sip"),
            Self.good.replacing("OPTIONS sip", with: "SIP/2.0 sip"),
            Self.good.replacing("1 OPTIONS", with: "1 ACK"), Self.good.replacing("Call-ID: x\n", with: ""),
            Self.good.replacing("SIP/2.0/UDP a", with: "garbage"), "", "\n\n\n", "x",
            Self.good.replacing("From", with: String(repeating: "v: SIP/2.0/UDP a\n", count: 70) + "From"),
        ]
    )
    func silence(_ text: String) {
        #expect(SIPResponse.refusing(malformed: wire(text), because: Self.error) == nil)
    }

    @Test("Folds belong to their field")
    func folded() {
        let text = Self.good.replacing("To: sip:c@d", with: "To: \"x\n y\"\n <sip:c@d>")
        let response = SIPResponse.refusing(malformed: wire(text), because: Self.error)
        #expect(response?.headers.first(.to)?.hasPrefix("\"x y\" <sip:c@d>;tag=") == true)
    }
}
