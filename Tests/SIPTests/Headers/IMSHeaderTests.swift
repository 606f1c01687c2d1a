import SIP
import Testing

/// The header section of a message that holds these fields.
private func headers(_ fields: String) throws -> SIPHeaders {
    try request("INVITE sip:a@b SIP/2.0\n\(fields)\n\n").headers
}

@Suite("Headers of identity, charging and capabilities")
struct IMSHeaderTests {
    @Test("P-Served-User (RFC 5502 §6, RFC 8498)")
    func servedUser() throws {
        let user = try #require(try headers("P-Served-User: <sip:u@x>;sescase=ORIG;regstate=unreg").pServedUser())
        #expect(user.sessionCase == .originating)
        #expect(user.registrationState == .unregistered)
        #expect(!user.isDiversion)
        #expect(try headers("P-Served-User: <sip:u@x>;orig-cdiv").pServedUser()?.isDiversion == true)
        #expect(throws: SIPParseError.self) { try headers("P-Served-User: <sip:u@x>;sescase=up").pServedUser() }
    }

    @Test("History-Info with Reason and Privacy in the URI (RFC 7044 §5)")
    func history() throws {
        let entries = try headers(
            "History-Info: <sip:a@b?Reason=SIP%3Bcause%3D486&Privacy=history>;index=1, <sip:c@d>;index=1.2;mp=1"
        ).historyInfo()
        #expect(entries.map(\.index) == [[1], [1, 2]])
        #expect(try entries.first?.reasons().map(\.cause) == [486])
        #expect(try entries.first?.privacy()?.contains("history") == true)
        #expect(entries.last?.derivation == .mapped("1"))
        for bad in ["<sip:a@b>", "<sip:a@b>;index=1..2", "<sip:a@b>;index=x", "<sip:a@b>;index=99999999999"] {
            #expect(throws: SIPParseError.self) { try headers("History-Info: \(bad)").historyInfo() }
        }
    }

    @Test("Charging and access (RFC 7315 §5)")
    func charging() throws {
        let section = try headers(
            """
            P-Charging-Vector: icid-value="a;b, c";icid-generated-at=192.0.2.1;orig-ioi="Type 3home"
            P-Charging-Function-Addresses: ccf=192.0.2.1; ccf="[2001:db8::1]"; ecf=192.0.2.3
            P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp="23415";network-provided
            P-Visited-Network-ID: "other, net", token
            """
        )
        let vector = try #require(try section.pChargingVector())
        #expect(vector.chargingID == "a;b, c")
        #expect(vector.originatingNetwork == "Type 3home")
        #expect(try PChargingVector(parsing: vector.description, field: .pChargingVector) == vector)
        let functions = try #require(try section.pChargingFunctionAddresses())
        #expect(functions.collectionFunctions == ["192.0.2.1", "[2001:db8::1]"])
        #expect(functions.eventFunctions == ["192.0.2.3"])
        #expect(try section.pAccessNetworkInfo().first?.cellID == "23415")
        #expect(try section.pAccessNetworkInfo().first?.isNetworkProvided == true)
        #expect(try section.pVisitedNetworkIDs().map(\.network) == ["other, net", "token"])
        #expect(throws: SIPParseError.self) { try headers("P-Charging-Vector: orig-ioi=x").pChargingVector() }
    }

    @Test("Caller preferences, priority and early media (RFC 3841, 4412, 5009, 6086, 4488)")
    func preferences() throws {
        let section = try headers(
            """
            a: *;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel";methods="INVITE,BYE";require;explicit
            j: *;automata
            d: no-fork, queue
            Resource-Priority: wps.0, esnet.1
            P-Early-Media: supported, sendrecv
            Refer-Sub: false
            Info-Package: foo;x=1
            Recv-Info: foo, bar
            c: multipart/mixed;boundary="a b"
            Accept: application/sdp;level=1, text/*
            P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.mmtel
            """
        )
        let preference = try #require(try section.acceptContacts().first)
        #expect(preference.isRequired && preference.isExplicit)
        #expect(preference.feature("methods") == ["INVITE", "BYE"])
        #expect(preference.feature("video") == nil)
        #expect(try section.rejectContacts().first?.feature("automata") == [])
        #expect(try section.requestDispositions().map(\.token) == ["no-fork", "queue"])
        #expect(try section.resourcePriorities().map(\.description) == ["wps.0", "esnet.1"])
        #expect(try section.pEarlyMedia().map(\.token) == ["supported", "sendrecv"])
        #expect(try !section.referSubscribes())
        #expect(try section.infoPackage()?.parameters["x"] == "1")
        #expect(try section.receivedInfoPackages().count == 2)
        #expect(try section.contentType()?.boundary == "a b")
        #expect(try section.acceptedTypes().map(\.subtype) == ["sdp", "*"])
        #expect(try section.pAssertedServices().first?.urn == "urn:urn-7:3gpp-service.ims.icsi.mmtel")
        #expect(throws: SIPParseError.self) { try headers("Resource-Priority: wps").resourcePriorities() }
        #expect(throws: SIPParseError.self) { try headers("Accept-Contact: +x").acceptContacts() }
    }

    @Test("User-to-User, Session-ID, Identity (RFC 7433, 7989, 8224)")
    func identifiers() throws {
        let id = "ab30317f1a784dc48ff824d0d3715d86"
        let section = try headers(
            """
            User-to-User: 56a390f3d2b7310023a2;encoding=hex;purpose=foo
            Session-ID: \(id);remote=\(SessionID.null)
            Identity: eyJ.eyI.sig_-1;info=<https://cert.example/a.crt>;alg=ES256;ppt="shaken"
            """
        )
        #expect(try section.userToUser().first?.purpose == "foo")
        #expect(try section.sessionID() == SessionID(local: id))
        let identity = try #require(try section.identities().first)
        #expect(identity.info == "https://cert.example/a.crt")
        #expect(identity.passportType == "shaken")
        #expect(throws: SIPParseError.self) { try headers("Session-ID: abc").sessionID() }
        #expect(throws: SIPParseError.self) { try headers("Session-ID: \(id.uppercased())").sessionID() }
        #expect(throws: SIPParseError.self) { try headers("Identity: a.b;info=<x:y>").identities() }
    }
}

@Suite("Multipart bodies (RFC 2046 §5.1)")
struct MultipartTests {
    private func parse(_ text: String, _ type: String = "multipart/mixed;boundary=b") throws -> Multipart {
        try Multipart(parsing: wire(text), contentType: MediaType(parsing: type, field: .contentType))
    }

    @Test("Parts with their headers; a preamble and an epilogue do not count")
    func parts() throws {
        let body = try parse(
            "preamble\n--b\nContent-Type: application/sdp\nContent-ID: <x>\n\nv=0\n\n--b  \n\nplain\n--bc\n--b--\nend"
        )
        #expect(body.parts.map { String(decoding: $0.body, as: UTF8.self) } == ["v=0\r\n", "plain\r\n--bc"])
        #expect(body.first("Application", "SDP")?.headers.first("Content-ID") == "<x>")
        #expect(body.parts.last?.contentType == MediaType("text", "plain"))
    }

    @Test("A header field of a part may go on in the next line, as that of a message (RFC 822 §3.1.1)")
    func folded() throws {
        let body = try parse(
            "--b\nContent-Type: application/x;\n charset=utf-8;\n\t v=1\nContent-Description: two\n words\n\na\n--b\n\nv=0\n--b--"
        )
        #expect(body.parts.first?.contentType?.parameters["charset"] == "utf-8")
        #expect(body.parts.first?.contentType?.parameters["v"] == "1")
        #expect(body.parts.first?.headers.first("Content-Description") == "two words")
        #expect(body.parts.first?.headers.count == 2)
        #expect(body.parts.count == 2)
        #expect(throws: MultipartError.malformedHeader) { try parse("--b\n folded onto nothing\n\nx\n--b--") }
        let fields = (1...16).map { "X-\($0): y\n" }
        #expect(try parse("--b\n\(fields.joined())\nx\n--b--").parts.first?.headers.count == 16)
        #expect(throws: MultipartError.malformedHeader) { try parse("--b\nX: y\n\(fields.joined())\nx\n--b--") }
    }

    @Test("Nested three deep, not four")
    func nested() throws {
        func level(_ depth: Int, of count: Int) -> String {
            if depth == count { return "Content-Type: application/sdp\n\nv=0" }
            return
                "Content-Type: multipart/mixed;boundary=n\(depth)\n\n--n\(depth)\n\(level(depth + 1, of: count))\n--n\(depth)--"
        }
        #expect(try parse("--b\n\(level(1, of: 3))\n--b--").first("application", "sdp") != nil)
        #expect(throws: MultipartError.tooDeep(limit: 3)) { try parse("--b\n\(level(1, of: 4))\n--b--") }
    }

    @Test("Refused")
    func refused() throws {
        #expect(throws: MultipartError.missingBoundary) { try parse("--b\n\n--b--", "multipart/mixed") }
        #expect(throws: MultipartError.missingBoundary) { try parse("--b\n\n--b--", "text/plain;boundary=b") }
        #expect(throws: MultipartError.noParts) { try parse("nothing") }
        #expect(throws: MultipartError.noParts) { try parse("--b--") }
        #expect(throws: MultipartError.truncated) { try parse("--b\n\nx") }
        #expect(throws: MultipartError.malformedHeader) { try parse("--b\nno colon\n\nx\n--b--") }
        let part = "--b\n\nx\n"
        #expect(try parse(String(repeating: part, count: 16) + "--b--").parts.count == 16)
        #expect(throws: MultipartError.tooManyParts(limit: 16)) {
            try parse(String(repeating: part, count: 17) + "--b--")
        }
    }
}
