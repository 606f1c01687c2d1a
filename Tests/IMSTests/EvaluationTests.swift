import SIP
import Testing

@testable import IMS

/// Builds requests and profiles for one test at a time.
private enum Given {
    static func request(
        _ method: SIPMethod = .invite, _ uri: String = "sip:bob@ims.example", headers: [(HeaderName, String)] = [],
        body: String = ""
    ) -> SIPRequest {
        var fields = SIPHeaders()
        for (name, value) in headers { fields.append(name, value) }
        return SIPRequest(method: method, requestURI: uri, headers: fields, body: Array(body.utf8))
    }

    static func profile(
        cnf: Bool = true, _ triggers: [ServicePointTrigger], part: InitialFilterCriteria.ProfilePart? = nil,
        dialect: Dialect = .standard
    ) -> CompiledProfile {
        var profile = ServiceProfile()
        profile.initialFilterCriteria = [
            InitialFilterCriteria(
                priority: 0,
                triggerPoint: TriggerPoint(isConjunctiveNormalForm: cnf, servicePointTriggers: triggers),
                applicationServer: .init(serverName: "sip:as.ims.example"), profilePart: part)
        ]
        return CompiledProfile(profile, dialect: dialect)
    }

    /// Whether a single test holds, both ways of evaluating agreeing.
    static func holds(
        _ test: ServicePointTrigger.Test, negated: Bool = false, _ request: SIPRequest,
        _ context: EvaluationContext = EvaluationContext(sessionCase: .originating), dialect: Dialect = .standard
    ) -> Bool {
        let profile = profile([ServicePointTrigger(isNegated: negated, test: test)], dialect: dialect)
        let matched = !profile.matches(request, in: context).isEmpty
        let evaluation = profile.evaluate(request, in: context)
        #expect(evaluation.criteria.map(\.matched) == [matched])
        #expect(evaluation.criteria.first?.groups.first?.holds == matched)
        return matched
    }
}

@Suite("Service point triggers (TS 29.228 Annex B.2.3 and F)")
struct ServicePointTriggerTests {
    @Test("Method compares whole and with case")
    func method() {
        #expect(Given.holds(.method("INVITE", registrationTypes: []), Given.request()))
        #expect(!Given.holds(.method("INV", registrationTypes: []), Given.request()))
        #expect(!Given.holds(.method("invite", registrationTypes: []), Given.request()))
        #expect(Given.holds(.method("MESSAGE", registrationTypes: []), negated: true, Given.request()))
    }

    @Test("RegistrationType narrows REGISTER and nothing else")
    func registrationType() {
        let test = ServicePointTrigger.Test.method("REGISTER", registrationTypes: [.initial, .deRegistration])
        let register = Given.request(.register)
        for (type, expected) in [(RegistrationType.initial, true), (.reRegistration, false), (.deRegistration, true)] {
            let context = EvaluationContext(sessionCase: .originating, registrationType: type)
            #expect(Given.holds(test, register, context) == expected)
            #expect(Given.holds(test, negated: true, register, context) == !expected)
        }
        #expect(!Given.holds(test, register, EvaluationContext(sessionCase: .originating)))
        #expect(Given.holds(.method("INVITE", registrationTypes: [.initial]), Given.request()))
    }

    @Test("SessionCase", arguments: SessionCase.allCases, SessionCase.allCases)
    func sessionCase(_ wanted: SessionCase, _ given: SessionCase) {
        let context = EvaluationContext(sessionCase: given)
        #expect(Given.holds(.sessionCase(wanted), Given.request(), context) == (wanted == given))
    }

    @Test(
        "RequestURI is matched on hostport or telephone-subscriber",
        arguments: [
            ("sip:bob@ims.example", "^ims\\.example$", true), ("sip:bob@IMS.example", "^ims\\.example$", true),
            ("sip:bob@ims.example:5070;user=phone", "^ims\\.example:5070$", true),
            ("sip:bob@ims.example", "bob", false),
            ("sip:bob@ims.example?subject=x", "^ims\\.example$", true), ("sip:ims.example", "^ims\\.example$", true),
            ("sips:bob@[2001:db8::1]:5061;lr", "^\\[2001:db8::1\\]:5061$", true),
            ("sip:bob@ims.example", "^sip:", false), ("sip:b;x=1@ims.example", "^ims\\.example$", true),
            ("tel:+4930123;phone-context=x", "^\\+49", true), ("tel:+4930123", "^tel:", false),
            ("tel:112;phone-context=ims.example", "^112;phone-context=", true),
            ("urn:service:sos", "^service:sos", true),
        ])
    func requestURI(_ uri: String, _ pattern: String, _ expected: Bool) {
        #expect(Given.holds(.requestURI(pattern: pattern), Given.request(.invite, uri)) == expected)
    }

    @Test("SIPHeader without Content tests presence, negated absence")
    func presence() {
        let with = Given.request(headers: [(.pAssertedService, "urn:x")])
        let test = ServicePointTrigger.Test.sipHeader(name: "p-asserted-service", content: nil)
        #expect(Given.holds(test, with))
        #expect(!Given.holds(test, Given.request()))
        #expect(!Given.holds(test, negated: true, with))
        #expect(Given.holds(test, negated: true, Given.request()))
    }

    @Test("SIPHeader names one header, in long or compact form, and looks at each instance")
    func instances() throws {
        let history = Given.request(headers: [("History-Info", "<sip:x@y>")])
        #expect(!Given.holds(.sipHeader(name: "To", content: nil), history))
        let bytes = Array(
            """
            INVITE sip:bob@ims.example SIP/2.0\r
            Via: SIP/2.0/UDP a.example;branch=z9hG4bK1\r
            f: <sip:alice@ims.example>;tag=1\r
            To: <sip:bob@ims.example>\r
            i: 1\r
            CSeq: 1 INVITE\r
            s: first\r
              and second\r
            X-Own: one\r
            X-Own: two\r
            \r

            """.utf8)
        guard case .request(let request) = try SIPMessage(parsing: bytes) else {
            Issue.record("not a request")
            return
        }
        #expect(Given.holds(.sipHeader(name: "From", content: "^<sip:alice@"), request))
        #expect(Given.holds(.sipHeader(name: "f", content: "alice"), request))
        #expect(Given.holds(.sipHeader(name: "Subject", content: "^first and second$"), request))
        #expect(Given.holds(.sipHeader(name: "X-Own", content: "^two$"), request))
        #expect(!Given.holds(.sipHeader(name: "X-Own", content: "^three$"), request))
        #expect(!Given.holds(.sipHeader(name: "X-Own", content: "^TWO$"), request))
        #expect(Given.holds(.sipHeader(name: "X-.*", content: "^two$"), request))
        #expect(!Given.holds(.sipHeader(name: "X-", content: nil), request))
    }

    private static let sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nm=audio 4000 RTP/AVP 8\r\na=sendrecv\r\n"

    @Test("SessionDescription is matched line by line, also inside multipart bodies")
    func sessionDescription() {
        let plain = Given.request(headers: [(.contentType, "Application/SDP; charset=utf-8")], body: Self.sdp)
        let multipart = Given.request(
            headers: [(.contentType, "multipart/mixed; boundary=\"b1\"")],
            body: """
                preamble\r
                --b1\r
                Content-Type: multipart/alternative;boundary=inner\r
                \r
                --inner\r
                Content-Disposition: session\r
                Content-Type: application/sdp\r
                \r
                \(Self.sdp)\r
                --inner--\r
                --b1\r
                Content-Type: text/plain\r
                \r
                m=video 1 RTP/AVP 0\r
                --b1--\r

                """)
        for request in [plain, multipart] {
            #expect(Given.holds(.sessionDescription(line: "m", content: "^audio .*8$"), request))
            #expect(Given.holds(.sessionDescription(line: "a", content: nil), request))
            #expect(!Given.holds(.sessionDescription(line: "b", content: nil), request))
            #expect(!Given.holds(.sessionDescription(line: "m", content: "sendrecv"), request))
            #expect(!Given.holds(.sessionDescription(line: "m", content: "video"), request))
            #expect(Given.holds(.sessionDescription(line: "m", content: "video"), negated: true, request))
        }
        let other = Given.request(headers: [(.contentType, "text/plain")], body: Self.sdp)
        #expect(!Given.holds(.sessionDescription(line: "m", content: nil), other))
        #expect(!Given.holds(.sessionDescription(line: "m", content: nil), Given.request()))
    }

    @Test("Multipart bodies cut anywhere are looked at without harm")
    func truncatedMultipart() {
        let body = "--b\r\nContent-Type: application/sdp\r\n\r\nm=audio\r\n--b--\r\n"
        for length in 0...body.utf8.count {
            let request = Given.request(
                headers: [(.contentType, "multipart/mixed;boundary=b")], body: String(body.prefix(length)))
            _ = Given.holds(.sessionDescription(line: "m", content: "^audio$"), request)
        }
        for type in ["multipart/mixed", "multipart/mixed;boundary=", "multipart/mixed;boundary=\"", ";", ""] {
            let request = Given.request(headers: [(.contentType, type)], body: body)
            #expect(!Given.holds(.sessionDescription(line: "m", content: nil), request))
        }
    }
}

@Suite("Trigger points (TS 29.228 Annex B.2.2 and C)")
struct TriggerPointTests {
    /// The four combinations of two facts: the method is INVITE, the session case is ORIGINATING.
    private static let situations: [(SIPMethod, SessionCase)] = [
        (.invite, .originating), (.invite, .terminatingRegistered), (.message, .originating),
        (.message, .terminatingRegistered),
    ]

    private func table(cnf: Bool, groups: [[Int]], negated: [Bool] = [false, false]) -> [Bool] {
        let triggers = [
            ServicePointTrigger(
                isNegated: negated[0], groups: groups[0], test: .method("INVITE", registrationTypes: [])),
            ServicePointTrigger(isNegated: negated[1], groups: groups[1], test: .sessionCase(.originating)),
        ]
        let profile = Given.profile(cnf: cnf, triggers)
        return Self.situations.map { method, sessionCase in
            let context = EvaluationContext(sessionCase: sessionCase)
            let matched = !profile.matches(Given.request(method), in: context).isEmpty
            #expect(profile.evaluate(Given.request(method), in: context).criteria.first?.matched == matched)
            return matched
        }
    }

    @Test("Conjunctive normal form: AND over groups, OR inside")
    func conjunctive() {
        #expect(table(cnf: true, groups: [[0], [1]]) == [true, false, false, false])
        #expect(table(cnf: true, groups: [[0], [0]]) == [true, true, true, false])
        #expect(table(cnf: true, groups: [[0, 1], [1]]) == [true, true, false, false])
        #expect(table(cnf: true, groups: [[0], [1]], negated: [true, false]) == [false, false, true, false])
        #expect(table(cnf: true, groups: [[0], [0]], negated: [true, true]) == [false, true, true, true])
    }

    @Test("Disjunctive normal form: OR over groups, AND inside")
    func disjunctive() {
        #expect(table(cnf: false, groups: [[0], [1]]) == [true, true, true, false])
        #expect(table(cnf: false, groups: [[0], [0]]) == [true, false, false, false])
        #expect(table(cnf: false, groups: [[0, 1], [1]]) == [true, true, false, false])
        #expect(table(cnf: false, groups: [[5], [2]], negated: [true, true]) == [false, true, true, true])
    }

    @Test("ProfilePartIndicator selects by the registration of the user")
    func profilePart() {
        let all = [ServicePointTrigger(test: .method("INVITE", registrationTypes: []))]
        for (part, sessionCases) in [
            (
                InitialFilterCriteria.ProfilePart.registered,
                [SessionCase.originating, .terminatingRegistered, .originatingCDIV]
            ),
            (.unregistered, [.terminatingUnregistered, .originatingUnregistered]),
        ] {
            let profile = Given.profile(all, part: part)
            for sessionCase in SessionCase.allCases {
                let context = EvaluationContext(sessionCase: sessionCase)
                #expect(profile.matches(Given.request(), in: context).isEmpty != sessionCases.contains(sessionCase))
            }
        }
        let diverted = EvaluationContext(sessionCase: .originatingCDIV, isRegistered: false)
        #expect(!Given.profile(all, part: .unregistered).matches(Given.request(), in: diverted).isEmpty)
    }

    @Test("Criteria are used in order of priority, equal ones in document order, shared sets among them")
    func priorities() throws {
        func criterion(_ priority: Int, _ name: String) -> InitialFilterCriteria {
            InitialFilterCriteria(priority: priority, applicationServer: .init(serverName: name))
        }
        var profile = ServiceProfile()
        profile.initialFilterCriteria = [criterion(9, "sip:d"), criterion(1, "sip:a"), criterion(9, "sip:e")]
        profile.sharedIFCSetIDs = [7, 8]
        let compiled = CompiledProfile(profile, sharedSets: [7: [criterion(3, "sip:b"), criterion(4, "sip:c")]])
        let context = EvaluationContext(sessionCase: .originating)
        let names = ["sip:a", "sip:b", "sip:c", "sip:d", "sip:e"]
        #expect(compiled.matches(Given.request(), in: context).map(\.applicationServer.serverName) == names)
        var visited: [String] = []
        var position = 0
        while let next = compiled.firstMatch(for: Given.request(), in: context, from: position) {
            visited.append(next.criterion.applicationServer.serverName)
            position = next.next
        }
        #expect(visited == names)
    }

    @Test("A criterion with a pattern that is refused is skipped and reported, negated or not")
    func brokenPattern() {
        for negated in [false, true] {
            let profile = Given.profile([
                ServicePointTrigger(isNegated: negated, test: .sipHeader(name: "To", content: "(a"))
            ])
            let context = EvaluationContext(sessionCase: .originating)
            #expect(profile.matches(Given.request(headers: [(.to, "(a")]), in: context).isEmpty)
            #expect(profile.skipped.count == 1)
            #expect(profile.diagnostics.map(\.rule) == [.patternInvalid])
            #expect(profile.evaluate(Given.request(), in: context).criteria.map(\.matched) == [false])
        }
    }
}

@Suite("Dialects of other S-CSCFs")
struct DialectTests {
    @Test("Kamailio: patterns without case over the whole URI, methods by prefix, header names unanchored")
    func kamailio() {
        let request = Given.request(headers: [("History-Info", "<sip:X@y>"), (.subject, "hello")])
        #expect(Given.holds(.requestURI(pattern: "^SIP:bob@"), request, dialect: .kamailio))
        #expect(Given.holds(.method("inv", registrationTypes: []), request, dialect: .kamailio))
        #expect(!Given.holds(.method("INVITED", registrationTypes: []), request, dialect: .kamailio))
        #expect(Given.holds(.sipHeader(name: "To", content: "x@Y"), request, dialect: .kamailio))
        #expect(Given.holds(.sipHeader(name: "Subject", content: "\"^hello$\""), request, dialect: .kamailio))
        #expect(Given.holds(.sipHeader(name: "Subject", content: nil), negated: true, request, dialect: .kamailio))
        let long = String(repeating: "b?", count: 128)
        #expect(!Given.holds(.requestURI(pattern: long), request, dialect: .kamailio))
        #expect(Given.holds(.requestURI(pattern: "(bob"), negated: true, request, dialect: .kamailio))
    }

    @Test("Kamailio: a session description is one text, and multipart bodies are not looked into")
    func kamailioSessionDescription() {
        let request = Given.request(headers: [(.contentType, "application/sdp")], body: "v=0\r\nm=audio 1\r\na=x\r\n")
        #expect(Given.holds(.sessionDescription(line: "m", content: "audio.*A=x"), request, dialect: .kamailio))
        #expect(!Given.holds(.sessionDescription(line: "m", content: "^audio"), request, dialect: .kamailio))
    }

    @Test("Clearwater: hostport with case, the number of a tel URI, Perl's escapes, lines with their CR")
    func clearwater() {
        let tel = Given.request(.invite, "tel:+4930;phone-context=x", headers: [("History-Info", "7")])
        #expect(Given.holds(.requestURI(pattern: "^\\+\\d+$"), tel, dialect: .clearwater))
        #expect(!Given.holds(.requestURI(pattern: "^IMS"), Given.request(), dialect: .clearwater))
        #expect(Given.holds(.sipHeader(name: "To", content: "\\d"), tel, dialect: .clearwater))
        let sdp = Given.request(headers: [(.contentType, "application/sdp")], body: "a=sendrecv\r\n")
        #expect(!Given.holds(.sessionDescription(line: "a", content: "recv$"), sdp, dialect: .clearwater))
        #expect(Given.holds(.sessionDescription(line: "a", content: "^send"), sdp, dialect: .clearwater))
    }
}

@Suite("Served user and service profile")
struct ServedUserTests {
    @Test("P-Served-User first, then P-Asserted-Identity, Request-URI or To")
    func selection() {
        let headers: [(HeaderName, String)] = [
            (.pAssertedIdentity, "\"Alice\" <sip:alice@ims.example>, <tel:+1>"), (.from, "<sip:anonymous@x>;tag=1"),
            (.to, "<sip:carol@ims.example>"),
        ]
        let request = Given.request(headers: headers)
        func user(_ request: SIPRequest, _ sessionCase: SessionCase) -> String? {
            ServedUserSelection.servedUser(of: request, sessionCase: sessionCase)?.uri
        }
        #expect(user(request, .originating) == "sip:alice@ims.example")
        #expect(user(request, .terminatingRegistered) == "sip:bob@ims.example")
        #expect(user(Given.request(.register, headers: headers), .originating) == "sip:carol@ims.example")
        let served = Given.request(
            headers: headers + [(.pServedUser, "<sip:dave@ims.example>;sescase=term;regstate=reg")])
        #expect(user(served, .terminatingRegistered) == "sip:dave@ims.example")
        #expect(user(Given.request(), .originating) == nil)
    }

    @Test("A profile is found by identity, by wildcard, and by telephone number")
    func profiles() {
        func profile(_ identity: String, _ type: PublicIdentity.IdentityType = .publicUserIdentity) -> ServiceProfile {
            var profile = ServiceProfile()
            var publicIdentity = PublicIdentity(identity: identity)
            publicIdentity.type = type
            profile.publicIdentities = [publicIdentity]
            return profile
        }
        let subscription = IMSSubscription(serviceProfiles: [
            profile("sip:chat-!.*!@ims.example", .wildcardedPSI), profile("sip:chat-1@ims.example"),
            profile("tel:+49-30-123"),
        ])
        #expect(subscription.profile(for: "sip:chat-1@IMS.example;x=y")?.index == 1)
        #expect(subscription.profile(for: "sip:chat-2@ims.example")?.index == 0)
        #expect(subscription.profile(for: "sip:+4930123@ims.example;user=phone")?.index == 2)
        #expect(subscription.profile(for: "tel:+4930(123)")?.index == 2)
        #expect(subscription.profile(for: "sip:eve@ims.example") == nil)
    }
}
