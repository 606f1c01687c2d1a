import SIP
import Testing

@testable import IMS

@Suite("ISC: every application server (TS 24.229 §5.7.1)")
struct ISCAllRolesTests {
    @Test("Our Route entry goes, the rest stays octet for octet, in one line or in several")
    func ownRouteRemoved() throws {
        let rest = [ISCMessage.originalDialog, "<sip:egress.example;lr>;P=1"]
        let ours = "<sip:as.ims.example;lr>"
        for routes in [[([ours] + rest).joined(separator: ", ")], [ours] + rest, ["\(ours),\(rest[0])", rest[1]]] {
            let incoming = try ISCMessage.read(ISCMessage.invite(routes: routes))
            #expect(incoming.remainingRoutes == rest)
            #expect(incoming.originalDialogIdentifier == rest[0])
        }
    }

    @Test("A topmost entry of somebody else stays")
    func foreignRouteStays() throws {
        let incoming = try ISCMessage.read(ISCMessage.invite(routes: ["<sip:other.example;lr>"]))
        #expect(incoming.remainingRoutes == ["<sip:other.example;lr>"])
        #expect(try ISCMessage.read(ISCMessage.invite(routes: [])).originalDialogIdentifier == nil)
    }

    @Test(
        "P-Served-User: each session case and registration state (RFC 5502 §6, RFC 8498 §6.2)",
        arguments: [
            ("sescase=orig;regstate=reg", SessionCase.originating),
            ("sescase=orig;regstate=unreg", .originatingUnregistered),
            ("sescase=term;regstate=reg", .terminatingRegistered),
            ("sescase=term;regstate=unreg", .terminatingUnregistered),
            ("orig-cdiv;regstate=reg", .originatingCDIV), ("sescase=orig-cdiv", .originatingCDIV),
        ])
    func servedUser(_ parameters: String, _ expected: SessionCase) throws {
        let request = ISCMessage.invite([(.pServedUser, "<sip:bob@ims.example>;\(parameters)")])
        #expect(
            try ISCMessage.read(request).servedUser
                == ServedUser(identity: "sip:bob@ims.example", sessionCase: expected))
    }

    @Test("P-Served-User as it is written reads back", arguments: SessionCase.allCases)
    func servedUserRoundTrip(_ sessionCase: SessionCase) throws {
        let user = ServedUser(identity: "sip:bob@ims.example", sessionCase: sessionCase)
        let request = ISCMessage.invite([(.pServedUser, user.headerValue())])
        #expect(try ISCMessage.read(request).servedUser == user)
    }

    @Test("Without P-Served-User: the asserted identity of a request with orig, else the Request-URI")
    func servedUserDerived() throws {
        let originating = ISCMessage.invite(
            [(.pServedUser, nil)], routes: ["<sip:as.ims.example;lr;orig>, <sip:odi@s-cscf;lr>"])
        #expect(
            try ISCMessage.read(originating).servedUser
                == ServedUser(identity: "sip:alice@ims.example", sessionCase: .originating))
        #expect(
            try ISCMessage.read(ISCMessage.invite([(.pServedUser, nil)])).servedUser
                == ServedUser(identity: "sip:bob@ims.example", sessionCase: .terminatingRegistered))
    }

    @Test("Every asserted identity is read; what does not parse is no assertion (RFC 3325 §9.1)")
    func assertedIdentities() throws {
        let request = ISCMessage.invite([(.pAssertedIdentity, "<nonsense>, <tel:+15550100>")])
        #expect(try ISCMessage.read(request).assertedIdentities.map(\.uriText) == ["tel:+15550100"])
        #expect(try ISCMessage.read(ISCMessage.invite()).assertedIdentities.count == 2)
    }

    @Test(
        "icid-value is read, quoted or not, whatever stands around it (RFC 7315 §5.6)",
        arguments: [
            "icid-value=\"a=b+c\";orig-ioi=x", "orig-ioi=x; ICID-Value = a=b+c",
            "icid-generated-at=h;icid-value=\"a=b+c\"",
        ])
    func chargingID(_ value: String) throws {
        #expect(try ISCMessage.read(ISCMessage.invite([(.pChargingVector, value)])).chargingID == "a=b+c")
    }

    @Test("Towards the S-CSCF our network is a type 3 identifier, and the icid stays (§5.7.1.3)")
    func originatingNetwork() throws {
        var headers = SIPHeaders()
        headers.append(.pChargingVector, "icid-value=\"i;1\";icid-generated-at=h.example;orig-ioi=a;term-ioi=b;x=1")
        headers.setOriginatingNetwork("ims.example")
        #expect(
            headers.first(.pChargingVector)
                == "icid-value=\"i;1\";icid-generated-at=h.example;orig-ioi=\"Type 3ims.example\";x=1")
        var none = SIPHeaders()
        none.setOriginatingNetwork("ims.example")
        #expect(none.count == 0)
    }

    @Test("A response repeats the vector and names our network as the answering one (§5.7.1.3)")
    func answeringNetwork() throws {
        let vector = try PChargingVector(parsing: "icid-value=1;orig-ioi=\"Type 3x\"", field: .pChargingVector)
        #expect(
            vector.answered(by: "ims.example").description
                == "icid-value=1;orig-ioi=\"Type 3x\";term-ioi=\"Type 3ims.example\"")
    }

    @Test("A vector without icid-value is none", arguments: ["", "orig-ioi=x", "icid-value=", "icid-value=\"", ";;"])
    func brokenVector(_ text: String) {
        #expect(throws: SIPParseError.self) { try PChargingVector(parsing: text, field: .pChargingVector) }
    }

    @Test("Assertions of a sender outside the trust domain are removed (RFC 3325 §5)")
    func untrustedSender() throws {
        let incoming = try ISCMessage.read(
            ISCMessage.invite(routes: ["<sip:as.ims.example;lr;orig>"]), isTrusted: false)
        for name in TrustDomain.assertions { #expect(!incoming.request.headers.contains(name)) }
        #expect(incoming.assertedIdentities.isEmpty)
        #expect(incoming.chargingID == nil)
        #expect(incoming.servedUser == nil)
        #expect(incoming.request.headers.first("X-Unknown") != nil)
    }

    @Test(
        "On the way out assertions are removed; identity and history by what Privacy asks (RFC 3325 §7, RFC 7044 §10.1.2)",
        arguments: [
            (nil, true, true), ("none", true, true), ("id", false, true), ("history", true, false),
            ("id; history", false, false), ("header", false, false), ("user", false, true),
            ("ID;critical", false, true),
        ] as [(String?, Bool, Bool)])
    func leavingTheDomain(_ privacy: String?, _ showsIdentity: Bool, _ showsHistory: Bool) throws {
        var headers = ISCMessage.invite([(.privacy, privacy)]).headers
        TrustDomain.removeOnExit(from: &headers)
        #expect(headers.contains(.pAssertedIdentity) == showsIdentity)
        #expect(headers.contains(.historyInfo) == showsHistory)
        #expect(!headers.contains(.pServedUser))
        #expect(!headers.contains(.pChargingVector))
    }

    @Test(
        "Broken fields are an error or ignored, and never a trap",
        arguments: [
            (HeaderName.pServedUser, "<sip:"), (.pServedUser, ";;;"), (.route, "<<>"), (.pChargingVector, "icid-value"),
            (.pAssertedIdentity, "\""), (.privacy, ";;,"), (.historyInfo, "<"),
        ])
    func broken(_ name: HeaderName, _ value: String) {
        let request = ISCMessage.invite([(name, value)])
        _ = try? ISCMessage.read(request)
        var headers = request.headers
        TrustDomain.removeOnExit(from: &headers)
        HistoryInfo.retarget(&headers, from: "sip:a@b", to: "sip:c@d")
        headers.setOriginatingNetwork("x")
        headers.removeFirstValue(of: name)
    }
}
