import SIP
import Testing

/// The header section of a message that holds these fields.
private func headers(_ fields: String) throws -> SIPHeaders {
    try request("INVITE sip:a@b SIP/2.0\n\(fields)\n\n").headers
}

@Suite("Header fields of RFC 3261 that belong to no one mechanism (§20)")
struct GeneralHeaderTests {
    @Test("Expires and Min-Expires are seconds in 32 bits (§20.19, §20.23)")
    func expires() throws {
        let section = try headers("Expires: 4294967295\nMin-Expires:  0060 ")
        #expect(try section.expires() == 4_294_967_295)
        #expect(try section.minExpires() == 60)
        #expect(try headers("A: b").expires() == nil)
        for bad in ["", "-1", "+1", "4294967296", "60s", "1 2", "Thu, 01 Dec 1994 16:00:00 GMT"] {
            #expect(throws: SIPParseError.self) { try headers("Expires: \(bad)").expires() }
            #expect(throws: SIPParseError.self) { try headers("Min-Expires: \(bad)").minExpires() }
        }
    }

    @Test(
        "Date is read and written in the form of RFC 1123 (§20.17)",
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sat, 13 Nov 2010 23:29:00 GMT", 1_289_690_940),
            ("Thu, 21 Feb 2002 13:02:03 GMT", 1_014_296_523), ("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000),
            ("Wed, 31 Dec 1969 23:59:59 GMT", -1), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
            ("Sat, 01 Jan 0000 00:00:00 GMT", -62_167_219_200), ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
        ]
    )
    func date(text: String, seconds: Int) throws {
        #expect(try headers("Date: \(text)").date() == DateHeader(secondsSince1970: seconds))
        #expect(DateHeader(secondsSince1970: seconds).description == text)
    }

    @Test("Every day of 200 years is written as one that reads as itself")
    func days() throws {
        for day in -26_000...48_000 {
            let date = DateHeader(secondsSince1970: day * 86_400 + 86_399)
            #expect(try DateHeader(parsing: date.description, field: .date) == date)
        }
    }

    @Test("Years beyond four digits are not written; a leap second is the one behind it")
    func limits() throws {
        #expect(DateHeader(secondsSince1970: .max).description == "Fri, 31 Dec 9999 23:59:59 GMT")
        #expect(DateHeader(secondsSince1970: .min).description == "Sat, 01 Jan 0000 00:00:00 GMT")
        var date = DateHeader(secondsSince1970: 0)
        date.secondsSince1970 = .max
        #expect(date == DateHeader(secondsSince1970: .max))
        let leap = try DateHeader(parsing: "Sat, 31 Dec 2016 23:59:60 GMT", field: .date)
        #expect(leap.description == "Sun, 01 Jan 2017 00:00:00 GMT")
    }

    @Test(
        "Dates refused",
        arguments: [
            "", "Sat", "Sat, 13 Nov 2010", "Sat, 13 Nov 2010 23:29:00", "Sat, 13 Nov 2010 23:29:00 UTC",
            "Sat, 13 Nov 2010 23:29:00 EST", "Sat, 1 Nov 2010 23:29:00 GMT", "Sat, 00 Nov 2010 23:29:00 GMT",
            "Sat, 31 Nov 2010 23:29:00 GMT", "Sat, 29 Feb 2100 23:29:00 GMT", "Sat, 29 Feb 2023 23:29:00 GMT",
            "Sat, 13 Nox 2010 23:29:00 GMT", "Xat, 13 Nov 2010 23:29:00 GMT", "Sat, 13 Nov 10 23:29:00 GMT",
            "Sat, 13 Nov 2010 24:29:00 GMT", "Sat, 13 Nov 2010 23:60:00 GMT", "Sat, 13 Nov 2010 23:29:61 GMT",
            "Sat, 13 Nov 2010 23:29:00 GMTx", "Sat, 13 Nov 20100 23:29:00 GMT", "Saturday, 13-Nov-10 23:29:00 GMT",
            "2010-11-13T23:29:00Z", "Sat, 13 No",
        ]
    )
    func badDate(_ text: String) {
        #expect(throws: SIPParseError.self) { try DateHeader(parsing: text, field: .date) }
    }

    @Test("Timestamp, with the delay of the UAS (§20.38)")
    func timestamp() throws {
        let section = try headers("Timestamp: 54.25 .5")
        let stamp = try #require(try section.timestamp())
        #expect(stamp.time == .milliseconds(54_250))
        #expect(stamp.delay == .milliseconds(500))
        #expect(stamp.description == "54.25 0.5")
        #expect(try TimestampHeader(parsing: stamp.description, field: .timestamp) == stamp)
        #expect(try headers("Timestamp: 54.").timestamp() == TimestampHeader(time: .seconds(54)))
        #expect(try headers("Timestamp: 7").timestamp()?.description == "7")
        #expect(try headers("Timestamp: 0.0001 3").timestamp()?.description == "0.0001 3")
        let long = try TimestampHeader(parsing: "1.1234567890123456789999", field: .timestamp)
        #expect(long.description == "1.123456789012345678")
        #expect(TimestampHeader(time: .seconds(-1), delay: .seconds(-1)).description == "0 0")
        for bad in ["", ".5", "-1", "1 -1", "1 2 3", "1e5", "1.5x", "9007199254740993", "1 x"] {
            #expect(throws: SIPParseError.self) { try headers("Timestamp: \(bad)").timestamp() }
        }
    }

    @Test("Warning: a list of codes, agents and quoted texts (§20.43)")
    func warnings() throws {
        let section = try headers(
            "Warning: 307 isi.edu:5060 \"Session parameter 'foo' not understood\",\n 399 [2001:db8::1] \"a, \\\"b\\\"\""
        )
        let warnings = try section.warnings()
        #expect(warnings.map(\.code) == [307, 399])
        #expect(warnings.map(\.agent) == ["isi.edu:5060", "[2001:db8::1]"])
        #expect(warnings.last?.text == "a, \"b\"")
        for warning in warnings {
            #expect(try WarningHeader(parsing: warning.description, field: .warning) == warning)
        }
        let own = WarningHeader(agent: "a b\r\nX: y", text: "said \"no\"")
        #expect(own.description == "399 a-b--X:-y \"said \\\"no\\\"\"")
        #expect(try WarningHeader(parsing: own.description, field: .warning) == own)
        #expect(WarningHeader(code: 7, agent: "a", text: "").description == "100 a \"\"")
        for bad in [
            "399", "399 a", "399 a b", "39 a \"b\"", "3999 a \"b\"", "039 a \"b\"", "0399 a \"b\"", "399 \"b\"",
            "399 a \"b",
        ] {
            #expect(throws: SIPParseError.self) { try headers("Warning: \(bad)").warnings() }
        }
    }

    @Test("Alert-Info, Call-Info and Error-Info: URIs in angle brackets (§20.4, §20.9, §20.18)")
    func references() throws {
        let section = try headers(
            """
            Call-Info: <http://www.Example.com/alice/photo.jpg?a,b> ;purpose=icon, <cid:x@y>;purpose=info
            Alert-Info: <urn:alert:service:call-waiting>
            Error-Info: <sip:not-in-service-recording@atlanta.example>
            """)
        let infos = try section.callInfos()
        #expect(infos.map(\.purpose) == ["icon", "info"])
        #expect(infos.first?.description == "<http://www.Example.com/alice/photo.jpg?a,b>;purpose=icon")
        #expect(try section.alertInfos().map(\.description) == ["<urn:alert:service:call-waiting>"])
        #expect(try section.errorInfos().first?.uri.host == "atlanta.example")
        let foreign = try InfoReference(parsing: "<http://a/\u{E9}>;purpose=card", field: .callInfo)
        #expect(foreign.description == "<http://a/%C3%A9>;purpose=card")
        #expect(try InfoReference(parsing: foreign.description, field: .callInfo) == foreign)
        #expect(try foreign != InfoReference(parsing: "<http://a/e>;purpose=card", field: .callInfo))
        for info in infos { #expect(try InfoReference(parsing: info.description, field: .callInfo) == info) }
        for bad in ["http://a", "\"A\" <http://a>", "<http://a", "<http://a>x", "<>", "a <http://a>"] {
            #expect(throws: SIPParseError.self) { try headers("Call-Info: \(bad)").callInfos() }
        }
    }

    @Test("Encodings, languages, priority, return calls and the server's proof")
    func others() throws {
        let section = try headers(
            """
            Accept-Encoding: gzip;q=1.0, identity
            Accept-Language: da, en-gb;q=0.8
            Content-Encoding: gzip
            Content-Language: fr, en
            Priority: emergency
            In-Reply-To: 70710@saturn.bell-tel.example, 17320@saturn
            Reply-To: Bob <sip:bob@biloxi.example>
            Authentication-Info: nextnonce="47364c23432d2e131a5fb210812c", qop=auth, nc=00000001
            """)
        #expect(try section.acceptedEncodings().map(\.token) == ["gzip", "identity"])
        #expect(try section.acceptedLanguages().last?.parameters["q"] == "0.8")
        #expect(try section.contentEncodings().first?.isToken("GZIP") == true)
        #expect(try section.contentLanguages().map(\.token) == ["fr", "en"])
        #expect(try section.priority()?.token == "emergency")
        #expect(section.inReplyTo() == ["70710@saturn.bell-tel.example", "17320@saturn"])
        #expect(try section.replyTo()?.displayName == "Bob")
        #expect(try section.authenticationInfo()?["nextnonce"] == "47364c23432d2e131a5fb210812c")
        #expect(throws: SIPParseError.self) { try headers("Authentication-Info: qop=auth x").authenticationInfo() }
        #expect(try headers("A: b").replyTo() == nil)
    }
}
