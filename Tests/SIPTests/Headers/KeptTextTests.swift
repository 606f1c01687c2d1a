import Testing

@testable import SIP

@Suite("Texts that are read where they stand in the message")
struct KeptTextTests {
    static func headers(_ fields: String) throws -> SIPHeaders {
        let text = "OPTIONS sip:bob@example.com SIP/2.0\r\n" + fields + "Content-Length: 0\r\n\r\n"
        return try SIPMessage(parsing: Array(text.utf8)).headers
    }

    static func request(_ line: String) throws -> SIPRequest {
        guard case .request(let request) = try SIPMessage(parsing: Array((line + "\r\nContent-Length: 0\r\n\r\n").utf8))
        else { throw SIPParseError(.missing, field: nil) }
        return request
    }

    @Test("Branch, Call-ID, tags, hosts and Contact say what their strings say")
    func equality() throws {
        let headers = try Self.headers(
            """
            Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch="z9hG4bK1"\r
            From: "A" <sip:a@example.com>;x=1;tag=a-long-tag-that-needs-memory\r
            To: sip:b@example.com;tag="t"\r
            Contact: <sip:a@[2001:db8::1]:5061;ob>;tag=x, <sip:b@example.com>\r
            Call-ID: m4nQx7Zt2Kc9RvB1@2001:db8:41:9::a3f\r

            """)
        let via = try headers.topVia()
        #expect(via.branchText?.string == "z9hG4bK1")
        #expect(via.branchText?.string == via.branch)
        #expect(via.branchText?.copy == Array("z9hG4bK1".utf8))
        #expect(via.sentByPort == 5_060)
        #expect(try headers.callIDText().string == headers.callID())
        #expect(try headers.tagText(of: .from)?.string == "a-long-tag-that-needs-memory")
        #expect(try headers.tagText(of: .to)?.string == "t")
        #expect(try headers.uriText(of: .contact) == "sip:a@[2001:db8::1]:5061;ob")
        #expect(try headers.address(.contact).uri.hostText.string == "2001:db8::1")
        #expect(try headers.address(.contact).uri.hostText.equalsIgnoringCase("2001:DB8::1"))
        #expect(SIPURI(host: "").hostText.count == 0)
    }

    @Test("What is folded, and what stands in a field without a number, is read all the same")
    func folded() throws {
        let headers = try Self.headers(
            """
            Via: SIP/2.0/UDP\r
             192.0.2.1;branch=z9hG4bK1\r
            From: "A"\r
             <sip:a@example.com>;\r
             tag=a1\r
            Contact: "B"\r
             <sip:b@example.com>\r
            X-Address: <sip:x@example.com>;tag=x\r
            CSeq: 7\r
             OPTIONS\r
            Max-Forwards: 7\r
             0\r
            Call-ID: a\r
             b\r

            """)
        #expect(try headers.topVia().branchText?.string == "z9hG4bK1")
        #expect(try headers.tagText(of: .from)?.string == "a1")
        #expect(try headers.uriText(of: .contact) == "sip:b@example.com")
        #expect(try headers.tagText(of: "X-Address")?.string == "x")
        #expect(try headers.uriText(of: "X-Address") == "sip:x@example.com")
        #expect(try headers.callIDText().string == "a b")
        #expect(try headers.cSeq() == CSeq(number: 7, method: .options))
        let error = #expect(throws: SIPParseError.self) { try headers.maxForwards() }
        #expect(error == SIPParseError(.illegalCharacter, field: .maxForwards, offset: 2, excerpt: "7 0"))
    }

    @Test("What is missing or malformed is refused as a whole")
    func refused() throws {
        let headers = try Self.headers(
            "From: <sip:a@example.com>;tag=a;;\r\nContact: <sip:a@exa mple>\r\nCall-ID: \r\nRoute: ,\r\nTo: sip:b@h;tag\r\n"
        )
        #expect(throws: SIPParseError(.missing, field: .callID)) { try headers.callIDText() }
        #expect(throws: SIPParseError(.missing, field: .via)) { try headers.topVia() }
        #expect(throws: SIPParseError(.missing, field: .route)) { try headers.uriText(of: .route) }
        #expect(throws: SIPParseError(.missing, field: "X")) { try headers.tagText(of: "X") }
        #expect(throws: SIPParseError(.missing, field: .cSeq)) { try headers.cSeq() }
        #expect(try headers.maxForwards() == nil)
        #expect(try headers.tagText(of: .to) == nil)
        let tag = #expect(throws: SIPParseError.self) { try headers.tagText(of: .from) }
        let address = #expect(throws: SIPParseError.self) { try headers.address(.from) }
        #expect(tag == address)
        #expect(tag?.offset == 26)
        #expect(throws: SIPParseError.self) { try headers.uriText(of: .contact) }
    }

    @Test("Parameters that were set since are read in place of those that were parsed")
    func edited() throws {
        var via = try Via(parsing: "SIP/2.0/UDP h:5070;branch=z9hG4bK1")
        via.parameters["branch"] = "z9hG4bK2"
        via.sentBy.port = nil
        #expect(via.branchText?.string == "z9hG4bK2")
        #expect(via.sentByPort == nil)
        via.parameters["branch"] = nil
        #expect(via.branchText == nil)
        var interval = try SessionExpires(parsing: "90;refresher=uac", field: .sessionExpires)
        interval.parameters["refresher"] = "UAS"
        #expect(interval.refresher == .uas)
        interval.refresher = nil
        #expect(interval.refresher == nil)
        var user = try PServedUser(parsing: "<sip:a@h>;sescase=orig;regstate=reg", field: .pServedUser)
        user.address.parameters["sescase"] = "term"
        user.address.parameters["regstate"] = nil
        #expect(user.sessionCase == .terminating)
        #expect(user.registrationState == nil)
        #expect(PServedUser(address: user.address) == user)
    }

    @Test("The URI of a request is that of its property, whether it still stands in the request line or not")
    func requestURI() throws {
        for line in ["OPTIONS sip:bob@example.com;lr SIP/2.0", "\r\n\r\nACK sip:bob@example.com;lr SIP/2.0"] {
            var request = try Self.request(line)
            let uri = try request.uri()
            #expect(try uri == SIPURI(parsing: "sip:bob@example.com;lr"))
            #expect(uri.description == "sip:bob@example.com;lr")
            request.headers.append(.subject, "x")
            #expect(try request.uri() == uri)
            request.requestURI = "sip:bob@example.org;lr"
            #expect(try request.uri().host == "example.org")
            request.requestURI = "sip:a-much-longer-name@with-a-longer-host.example.com;transport=tcp;lr"
            #expect(try request.uri().host == "with-a-longer-host.example.com")
            #expect(uri.host == "example.com")
            request.method = "A-METHOD-THAT-IS-LONGER-THAN-ALL-OCTETS-OF-THE-MESSAGE-AND-SO-LEADS-BEHIND-THEM-ALL"
            #expect(try request.uri().user == "a-much-longer-name")
        }
        #expect(try SIPRequest(method: .bye, requestURI: "sip:h").uri().host == "h")
    }

    @Test("A prefix, letters in either case and a hash are those of the octets")
    func comparisons() {
        let text = KeptText("z9hG4bKa")
        #expect(text.hasPrefix("z9hG4bK"))
        #expect(!text.hasPrefix("z9hg4bk"))
        #expect(!KeptText("z9").hasPrefix("z9hG4bK"))
        #expect(text.equalsIgnoringCase(KeptText("Z9HG4BKA")))
        #expect(!text.equalsIgnoringCase(KeptText("Z9HG4BK")))
        var (hasher, other) = (Hasher(), Hasher())
        text.hashExactly(into: &hasher)
        "z9hG4bKa".hashExactly(into: &other)
        #expect(hasher.finalize() == other.finalize())
    }

    @Test("A list holds a token in either case, and no other of its length")
    func lists() throws {
        let headers = try Self.headers("Allow: INVITE, CANCEL, update\r\nSupported: 100rel, Timer, `x\r\n")
        for token in ["invite", "UPDATE", "Cancel"] { #expect(headers.lists(token, in: .allow)) }
        for token in ["NOTIFY", "INVITF", "", "BYE"] { #expect(!headers.lists(token, in: .allow)) }
        #expect(headers.lists("timer", in: .supported))
        #expect(!headers.lists("@x", in: .supported))
    }

    @Test(
        "A value of a list is found beside empty ones and white space of any kind, and not inside quotes and brackets",
        arguments: [
            ("timer", true), ("100rel,timer", true), (",, timer ,", true), ("100rel ,\ttimer\t, x", true),
            ("x,\r\n timer", true), ("\"a,timer\", x", false), ("\"a,b\" , timer", true), ("<a,timer,b>", false),
            ("<a,b>,timer", true), ("\"a\\\",timer\",x", false), ("timer x", false), ("timer;q=1", false),
            ("xtimer, timers", false), ("\"", false), (" , ,", false), ("timer\"", false), ("x, timer\"", false),
            ("precondition, replaces, norefersub, 100rel, timer", true),
            ("precondition, replaces, \"norefersub, timer\", histinfo", false),
            ("precondition, replaces, \"norefersub, 100rel\", timer", true),
        ])
    func values(of list: String, holdsTimer: Bool) throws {
        let headers = try Self.headers("Supported: \(list)\r\n")
        #expect(headers.lists("timer", in: .supported) == holdsTimer)
        #expect(headers.splitValues(.supported).contains("timer") == holdsTimer)
        #expect(!headers.lists("", in: .supported))
    }

    @Test("Requests are merged by Call-ID, CSeq and the tag of From, of which an absent one is empty")
    func mergeKeys() throws {
        func key(_ callID: String, _ tag: String) throws -> MergeKey {
            let fields = "From: <sip:a@h>\(tag)\r\nTo: <sip:b@h>\r\nCall-ID: \(callID)\r\nCSeq: 1 OPTIONS\r\n"
            let headers = try Self.headers(fields)
            let request = SIPRequest(method: .options, requestURI: "sip:b@h", headers: headers)
            return MergeKey(try RequestIdentity(validating: request))
        }
        #expect(try key("1", ";tag=a") == key("1", ";tag=a"))
        #expect(try key("1", ";tag=a") != key("1", ";tag=b"))
        #expect(try key("1", ";tag=a") != key("2", ";tag=a"))
        #expect(try key("1", "") == key("1", ";tag=\"\""))
    }

    @Test("A name with an equals sign or a semicolon in it finds no parameter")
    func names() throws {
        let parameters = try NameAddress(parsing: "<sip:h>;a=b;c;d=\"e;f\"", field: .from).parameters
        for name in ["a=b", "c;d", "", "a="] {
            #expect(!parameters.contains(name))
            #expect(parameters[name] == nil)
        }
        #expect(parameters["A"] == "b")
        #expect(parameters.contains("c"))
        #expect(parameters["d"] == "e;f")
        let uri = try SIPURI(parsing: "sip:h;a=b;c;d[=e")
        #expect(!uri.parameters.contains("a=b"))
        #expect(uri.parameters["d["] == "e")
    }
}
