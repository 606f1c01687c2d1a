import SIP
import Testing

@Suite("URIs (RFC 3261 §19.1, RFC 3966, RFC 5118)")
struct SIPURITests {
    @Test(
        "Parts, and the same text back",
        arguments: [
            ("sip:alice@example.com", "alice", "example.com", nil),
            ("sips:example.com:5061", nil, "example.com", 5_061),
            ("sip:alice:secret@192.0.2.1:5062;lr?Subject=x", "alice", "192.0.2.1", 5_062),
            ("sip:[2001:db8::10:5070]", nil, "2001:db8::10:5070", nil),
            ("sip:u@[2001:db8::10]:5070;transport=tcp", "u", "2001:db8::10", 5_070),
            ("sip:[::ffff:192.0.2.1]", nil, "::ffff:192.0.2.1", nil),
            ("tel:+15551234;phone-context=x", "+15551234", "", nil),
            ("sip:sips%3Auser%40example.com@example.net", "sips%3Auser%40example.com", "example.net", nil),
            ("sip:user;par=u%40example.net@example.com", "user;par=u%40example.net", "example.com", nil),
            ("sip:a@b?Replaces=x@y%3Bto-tag", "a", "b", nil), ("isbn:2983792873", nil, "", nil),
            (
                "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com",
                "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*", "example.com", nil
            ),
        ] as [(String, String?, String, UInt16?)]
    )
    func parts(text: String, user: String?, host: String, port: UInt16?) throws {
        let uri = try SIPURI(parsing: text)
        #expect(uri.user == user)
        #expect(uri.host == host)
        #expect(uri.port == port)
        #expect(uri.description == text)
        #expect(try SIPURI(parsing: uri.description) == uri)
    }

    @Test(
        "Refused",
        arguments: [
            "", "sip", "sip:", ":a@b", "sip:@b", "sip:a@", "sip:a@b:", "sip:a@b:65536", "sip:a@b:x", "sip:2001:db8::10",
            "sip:[2001:db8::10", "sip:[]", "sip:a b@c", "sip:a@b;", "sip:a@b;;x", "sip:a%4@b", "sip:a%@b", "sip:a%zz@b",
            "sip:a@b>", "<sip:a@b>", "sip:a@good;x=y@evil", "sip:a@good@evil", "tel:", "tel:;x", "tel:+1 2",
            "sip:a@b\r\nc",
            "sip:h" + String(repeating: ";a", count: 65),
        ]
    )
    func refused(_ text: String) {
        #expect(throws: SIPParseError.self) { try SIPURI(parsing: text) }
    }

    @Test("Escapes are resolved once, and only to UTF-8")
    func escapes() throws {
        #expect(try SIPURI(parsing: "sip:%61%2541@b").unescapedUser == "a%41")
        #expect(try SIPURI(parsing: "sip:null-%00-null@b").unescapedUser == "null-\u{0}-null")
        #expect(try SIPURI(parsing: "sip:%FF@b").unescapedUser == nil)
        #expect(try SIPURI(parsing: "sip:%61@B").namesSameResource(as: SIPURI(parsing: "sip:a@b")))
        #expect(try !SIPURI(parsing: "sip:a@b:5060").namesSameResource(as: SIPURI(parsing: "sip:a@b")))
    }

    @Test("A user part of our own cannot end the URI it stands in")
    func writing() throws {
        let uri = SIPURI(user: "a>;tag=x\r\n <", host: "b")
        let address = try NameAddress(parsing: NameAddress(uri: uri).description)
        #expect(address.parameters.isEmpty)
        #expect(address.uri.host == "b")
    }

    @Test("Next hops")
    func hops() throws {
        for (text, transport, host, port) in [
            ("sip:a@b", TransportKind.udp, "b", UInt16(5_060)), ("sips:a@b", .tls, "b", 5_061),
            ("sip:a@b;transport=TCP;maddr=c", .tcp, "c", 5_060), ("sip:a@[2001:db8::1]", .udp, "2001:db8::1", 5_060),
            ("sip:a@b;maddr=[2001:db8::1]", .udp, "2001:db8::1", 5_060),
        ] {
            let hop = try #require(Hop(try SIPURI(parsing: text)))
            #expect(hop.transport == transport && hop.host == host && hop.port == port)
            // Nothing is asked about an address (RFC 3263 §4.1).
            #expect(hop.isTransportStated && hop.isPortStated || !host.hasPrefix("2001"))
        }
        for text in [
            "sip:a@b;maddr=", "sip:a@b;maddr=[]", "tel:+1", "sip:a@b;transport=sctp", "sips:a@b;transport=udp",
            "isbn:1",
        ] {
            #expect(Hop(try SIPURI(parsing: text)) == nil)
        }
    }
}

@Suite("Header values")
struct HeaderValueTests {
    @Test(
        "Addresses (§20.10, §25.1 name-addr)",
        arguments: [
            ("sip:a@b;tag=x", nil, "x"), ("<sip:a@b;tag=uri>;tag=x", nil, "x"),
            ("Caller<sip:a@b>;tag=x", "Caller", "x"),
            ("\"q \\\" > , <\" <sip:a@b>;tag=x", "q \" > , <", "x"),
            ("token1~` t+_ t* <sip:a@b> ; tag = x", "token1~` t+_ t*", "x"),
            ("\"\" <sip:a@b>", nil, nil), ("<sip:a@b>;TAG=x;q=\"a;b\"", nil, "x"),
        ] as [(String, String?, String?)]
    )
    func addresses(text: String, name: String?, tag: String?) throws {
        let address = try NameAddress(parsing: text)
        #expect(address.displayName == name)
        #expect(address.tag == tag)
        #expect(address.uri.host == "b")
        let again = try NameAddress(parsing: address.description)
        #expect(again.displayName == name)
        #expect(again.parameters == address.parameters)
    }

    @Test(
        "Addresses refused",
        arguments: [
            "", "*", "\"a <sip:a@b>", "\"a\" sip:a@b", "Bell, A <sip:a@b>", "a.b@c <sip:a@b>", "<sip:a@b", "<sip:a@b>x",
            "<sip:a@b>;", "< sip:a@b >", "\"a\\",
        ]
    )
    func badAddresses(_ text: String) {
        #expect(throws: SIPParseError.self) { try NameAddress(parsing: text) }
    }

    @Test("A quote that a combining mark hides is escaped all the same")
    func combiningMark() throws {
        let name = "x\"\u{301} <sip:evil@evil>, \"\u{301}"
        let text = NameAddress(displayName: name, uri: SIPURI(user: "a", host: "b")).description
        #expect(try NameAddress(parsing: text).displayName == name)
        #expect(try NameAddress(parsing: text).uri.host == "b")
    }

    @Test("Via (§20.42)")
    func via() throws {
        let spaced = try Via(
            parsing: "SIP  / 2.0  /UDP\t192.0.2.2 : 5061 ;branch = z9hG4bKx ; rport;received=[2001:db8::9:255]")
        #expect(spaced.sentBy == HostPort(host: "192.0.2.2", port: 5_061))
        #expect(spaced.branch == "z9hG4bKx")
        #expect(spaced.parameters.contains("RPORT") && spaced.parameters["rport"] == nil)
        #expect(spaced.parameters["received"] == "[2001:db8::9:255]")
        let bare = try Via(parsing: "sip/2.0/unknown [2001:db8::9:1]:6050;received=2001:db8::9:255;branch=z9hG4bKas3==")
        #expect(bare.transport == "UNKNOWN")
        #expect(bare.sentBy == HostPort(host: "2001:db8::9:1", port: 6_050))
        #expect(bare.parameters["received"] == "2001:db8::9:255")
        #expect(bare.branch == "z9hG4bKas3==")
        #expect(try Via(parsing: bare.description) == bare)
        for text in [
            "", "SIP/2.0/UDP", "SIP/2.0/UDP a;;", "SIP/3.0/UDP a", "SIP/2.0/UDPa", "SIP/2.0/UDP a:99999",
            "SIP/2.0/UDP [::1",
        ] {
            #expect(throws: SIPParseError.self) { try Via(parsing: text) }
        }
    }

    @Test("CSeq is below 2³¹ (§8.1.1.5), Max-Forwards below 256 (§20.22)")
    func numbers() throws {
        #expect(try CSeq(parsing: "2147483647  INVITE").number == 2_147_483_647)
        for text in [
            "", "1", "1INVITE", "-1 INVITE", "2147483648 INVITE", "36893488147419103232 INVITE", "1 INVITE x", "1 ",
        ] {
            #expect(throws: SIPParseError.self) { try CSeq(parsing: text) }
        }
        #expect(try request(Peer.invite().replacing("70", with: "0068")).headers.maxForwards() == 68)
        for text in ["256", "-1", "x", "18446744073709551616", "7 0"] {
            #expect(throws: SIPParseError.self) {
                try request(Peer.invite().replacing("Forwards: 70", with: "Forwards: " + text)).headers.maxForwards()
            }
        }
    }

    @Test("Top-level commas (§7.3.1)")
    func commas() throws {
        let headers = try request(
            Peer.invite(extra: "Route: <sip:a,b@c> , , \"x,\\\",\" <sip:d>,\nSupported: 100rel,TIMER")
        ).headers
        #expect(headers.splitValues(.route) == ["<sip:a,b@c>", "\"x,\\\",\" <sip:d>"])
        #expect(headers.lists("timer", in: .supported))
        #expect(!headers.lists("time", in: .supported))
    }

    @Test("A quoted parameter reads without its quotes, whatever stands behind them")
    func quotedParameter() throws {
        #expect(try NameAddress(parsing: "<sip:a@b>;x=\"\u{301}y\"").parameters["x"] == "\u{301}y")
        #expect(try NameAddress(parsing: "<sip:a@b>;x=\"\"").parameters["x"] == "")
    }
}
