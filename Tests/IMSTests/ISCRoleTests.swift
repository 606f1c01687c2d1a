import SIP
import Testing
import Timing

@testable import IMS

@Suite("ISC: terminating UA and redirect server (TS 24.229 §5.7.2)")
struct ISCTerminatingTests {
    @Test("A redirection is a 3xx on the S-CSCF's leg, with Contact by preference")
    func redirect() throws {
        let incoming = try ISCMessage.read(ISCMessage.invite())
        let one = incoming.redirection(to: ["sip:x@other.example"], toTag: "t")
        #expect(one.status == .movedTemporarily)
        #expect(one.headers.all(.contact) == ["<sip:x@other.example>"])
        #expect(one.headers.first(.callID) == "call-1")
        #expect(try one.headers.address(.to).tag == "t")
        let two = incoming.redirection(to: ["sip:x@other.example", "tel:+1555"], toTag: "t")
        #expect(two.headers.all(.contact) == ["<sip:x@other.example>;q=1.0", "<tel:+1555>;q=0.9"])
    }

    @Test("The S-CSCF passes a 3xx on to the caller")
    func redirectThroughServingCSCF() throws {
        var bench = ServingCSCFBench(bob: [ServingCSCFBench.criterion(0, "sip:as.ims.example")])
        let sent = try #require(bench.receive(ServingCSCFBench.request(route: nil)).sent.first)
        let response = try ISCMessage.read(sent.request).redirection(to: ["sip:x@other.example"], toTag: "t")
        var out: [ServingCSCF.Output] = []
        bench.model.receive(response, on: sent.branch, at: bench.now, into: &out)
        #expect(out.statuses == [302])
    }
}

@Suite("ISC: originating UA (TS 24.229 §5.7.3)")
struct ISCOriginatingTests {
    private static let builder = OriginatingRequest(
        servedUser: "sip:alice@ims.example", target: "tel:+15550100", servingCSCF: SIPURI(host: "s-cscf.ims.example"),
        chargingID: "new-icid", network: "ims.example")

    @Test("Route to the S-CSCF with orig, asserted identity, served user, an icid of its own")
    func request() throws {
        let request = try Self.builder.request()
        #expect(request.method == .invite)
        #expect(request.requestURI == "tel:+15550100")
        let route = try request.headers.address(.route).uri
        #expect(route.isLooseRouter)
        #expect(route.parameters.contains("orig"))
        #expect(request.headers.first(.pAssertedIdentity) == "<sip:alice@ims.example>")
        #expect(request.headers.first(.pServedUser) == "<sip:alice@ims.example>;sescase=orig;regstate=reg")
        #expect(
            request.headers.first(.pChargingVector) == "icid-value=\"new-icid\";orig-ioi=\"Type 3ims.example\"")
        #expect(try request.headers.address(.from).uriText == "sip:alice@ims.example")
        #expect(!request.headers.contains(.callID), "the endpoint makes the dialog's identifiers")
    }

    @Test("Privacy hides the user in From and not from the network (RFC 3323 §4.1, RFC 3325 §7)")
    func privacy() throws {
        var builder = Self.builder
        builder.privacy = ["id"]
        let request = try builder.request()
        #expect(request.headers.first(.from) == "\"Anonymous\" <sip:anonymous@anonymous.invalid>")
        #expect(request.headers.first(.privacy) == "id")
        #expect(request.headers.contains(.pAssertedIdentity))
    }

    @Test("An unregistered user is stated as such")
    func unregistered() throws {
        var builder = Self.builder
        builder.isRegistered = false
        #expect(
            try builder.request().headers.first(.pServedUser) == "<sip:alice@ims.example>;sescase=orig;regstate=unreg")
    }

    @Test("A served user that is no URI is refused")
    func noURI() {
        var builder = Self.builder
        builder.servedUser = "alice"
        #expect(throws: SIPParseError.self) { try builder.request() }
    }
}

@Suite("ISC: routeing B2BUA (TS 24.229 §5.7.5, TS 23.218 §9.1.1.4)")
struct ISCRouteingB2BUATests {
    private static func forwarded(_ request: SIPRequest, to target: String? = nil) throws -> SIPRequest {
        let incoming = try ISCMessage.read(request)
        return try RouteingB2BUA.request(for: incoming, requestURI: target, routes: incoming.remainingRoutes)
    }

    @Test("A dialog of its own: no Call-ID, CSeq, tag, Via, Contact or Record-Route of the other side")
    func newDialog() throws {
        let request = try Self.forwarded(ISCMessage.invite())
        for name in [HeaderName.callID, .cSeq, .via, .contact, .recordRoute] {
            #expect(!request.headers.contains(name))
        }
        #expect(try request.headers.address(.from).tag == nil)
        #expect(try request.headers.address(.from).displayName == "Alice")
    }

    @Test("Identities, Privacy, charging, history, feature tags and unknown fields pass octet for octet")
    func carriedFields() throws {
        let original = ISCMessage.invite()
        let request = try Self.forwarded(original)
        for name in [
            HeaderName.pAssertedIdentity, .pServedUser, .pChargingVector, .privacy, .historyInfo, .acceptContact,
            "X-Unknown", .to, .contentType,
        ] {
            #expect(request.headers.all(name) == original.headers.all(name))
        }
        #expect(request.body == original.body)
        #expect(request.requestURI == original.requestURI)
    }

    @Test("The original dialog identifier passes octet for octet")
    func originalDialogIdentifier() throws {
        let request = try Self.forwarded(
            ISCMessage.invite(routes: ["<sip:as.ims.example;lr>, \(ISCMessage.originalDialog)"]))
        #expect(request.headers.all(.route) == [ISCMessage.originalDialog])
    }

    @Test("Max-Forwards counts down; 0 is refused; 70 is assumed")
    func maxForwards() throws {
        #expect(try Self.forwarded(ISCMessage.invite()).headers.first(.maxForwards) == "59")
        #expect(try Self.forwarded(ISCMessage.invite([(.maxForwards, nil)])).headers.first(.maxForwards) == "69")
        #expect(throws: RouteingB2BUA.Refusal.tooManyHops) {
            try Self.forwarded(ISCMessage.invite([(.maxForwards, "0")]))
        }
    }

    @Test("What it cannot carry is refused when required, and not offered")
    func options() throws {
        let required = ISCMessage.invite([(.require, "gruu")])
        #expect(throws: RouteingB2BUA.Refusal.unsupportedExtensions(["gruu"])) { try Self.forwarded(required) }
        let request = try Self.forwarded(ISCMessage.invite([(.supported, "timer, gruu")]))
        #expect(request.headers.first(.supported) == "timer")
    }

    @Test("What VoLTE terminals need of each other passes: 100rel, precondition, timer")
    func carriedOptions() throws {
        let request = try Self.forwarded(
            ISCMessage.invite([(.supported, "100rel, timer"), (.require, "precondition")]))
        #expect(request.headers.first(.supported) == "100rel, timer")
        #expect(request.headers.first(.require) == "precondition")
        var response = SIPHeaders()
        response.append(.require, "100rel, precondition")
        response.append(.rSeq, "7")
        let content = RouteingB2BUA.content(from: response, body: [])
        #expect(content.headers.first(.require) == "precondition")
        #expect(!content.headers.contains(.rSeq))
        #expect(content.sessionTimer == .carried)
    }

    @Test("What it sends takes the S-CSCF on to the next criterion")
    func resumesTheChain() throws {
        var bench = ServingCSCFBench(alice: [
            ServingCSCFBench.criterion(0, "sip:as.ims.example"), ServingCSCFBench.criterion(1, "sip:next.example"),
        ])
        let sent = try #require(bench.receive(ServingCSCFBench.request()).sent.first)
        var request = try Self.forwarded(sent.request)
        request.headers.append(.callID, "another")
        request.headers.append(.cSeq, "1 INVITE")
        let out = bench.receive(request)
        #expect(out.sent.first?.server == "sip:next.example")
        #expect(out.sent.first?.request.headers.first(.callID) == "another")
    }
}

@Suite("ISC: retargeting (RFC 7044 §5)")
struct ISCHistoryInfoTests {
    @Test("Without history: an entry for the target so far, and one below it for the new one")
    func first() {
        var headers = SIPHeaders()
        HistoryInfo.retarget(&headers, from: "sip:bob@ims.example", to: "sip:carol@ims.example", cause: 302)
        #expect(
            headers.all(.historyInfo) == [
                "<sip:bob@ims.example>;index=1", "<sip:carol@ims.example;cause=302>;index=1.1;mp=1",
            ])
    }

    @Test("The last entry is the target so far: one is added")
    func continued() {
        var headers = SIPHeaders()
        headers.append(.historyInfo, "<sip:bob@ims.example>;index=1, <sip:carol@ims.example>;index=1.1;mp=1")
        HistoryInfo.retarget(&headers, from: "sip:carol@ims.example", to: "sip:dave@ims.example")
        #expect(headers.splitValues(.historyInfo).last == "<sip:dave@ims.example>;index=1.1.1;mp=1.1")
        #expect(headers.splitValues(.historyInfo).count == 3)
    }

    @Test("The last entry is another target: both are added below it")
    func gap() {
        var headers = SIPHeaders()
        headers.append(.historyInfo, "<sip:bob@ims.example>;index=1")
        HistoryInfo.retarget(&headers, from: "sip:x@ims.example", to: "sip:x@ue.example", isMapped: false)
        #expect(
            headers.splitValues(.historyInfo).dropFirst() == [
                "<sip:x@ims.example>;index=1.1", "<sip:x@ue.example>;index=1.1.1;rc=1.1",
            ])
    }
}

@Suite("ISC: third-party registration (TS 24.229 §5.7.1.1)")
struct ISCThirdPartyRegistrationTests {
    private static func register(_ changes: [(HeaderName, String)] = [], body: String = "") -> SIPRequest {
        var headers = SIPHeaders()
        headers.append(.to, "<sip:Alice@IMS.example:5060;user=phone>")
        headers.append(.contact, "<sip:s-cscf.ims.example>")
        headers.append(.expires, "600")
        for (name, value) in changes { headers.set(name, value) }
        return SIPRequest(method: .register, requestURI: "sip:as.example", headers: headers, body: Array(body.utf8))
    }

    @Test("Identity in one spelling, expiry, and the S-CSCF that registers")
    func fields() throws {
        let registration = try ThirdPartyRegistration(Self.register())
        #expect(registration.identity == "sip:Alice@ims.example")
        #expect(registration.expires == 600)
        #expect(registration.servingCSCF == "sip:s-cscf.ims.example")
        #expect(registration.serviceInfo == nil)
    }

    @Test(
        "Expires within bounds, whatever is stated",
        arguments: [
            ("0", 0), ("-5", 0), ("99999999999999999999", 3_600), ("4294967295", 604_800), ("soon", 3_600),
        ])
    func expires(_ stated: String, _ expected: Int) throws {
        let registration = try ThirdPartyRegistration(Self.register([(.expires, stated)]))
        #expect(registration.expires == expected)
        // The 200 repeats what was stated (TS 24.229 §5.7.1.1).
        #expect(registration.statedExpires == max(0, Int(stated) ?? 3_600))
    }

    @Test("Service information alone and inside multipart, also where other parts are broken")
    func serviceInfo() throws {
        let document =
            "<?xml version=\"1.0\"?><ims-3gpp version=\"1\"><service-info> a&amp;b </service-info></ims-3gpp>"
        let alone = Self.register([(.contentType, "application/3gpp-ims+xml")], body: document)
        #expect(try ThirdPartyRegistration(alone).serviceInfo == "a&b")
        let multipart =
            "--b\r\nContent-Type: message/sip\r\n\r\nnonsense\r\n"
            + "--b\r\nContent-Type: application/3gpp-ims+xml\r\n\r\n\(document)\r\n--b--\r\n"
        let several = Self.register([(.contentType, "multipart/mixed;boundary=b")], body: multipart)
        #expect(try ThirdPartyRegistration(several).serviceInfo == "a&b")
        #expect(RegistrationBody(reading: several) == RegistrationBody(serviceInfo: "a&b"))
    }

    @Test("A boundary that a part contains gives way to another one")
    func boundary() throws {
        let body = RegistrationBody(serviceInfo: "--b", request: Self.register(), response: nil)
        let content = try #require(body.content(boundary: "b"))
        let request = SIPRequest(
            method: .register, requestURI: "sip:as.example",
            headers: {
                var headers = SIPHeaders()
                headers.append(.contentType, content.type)
                return headers
            }(), body: content.body)
        #expect(RegistrationBody(reading: request).serviceInfo == "--b")
        #expect(RegistrationBody(reading: request).request?.method == .register)
    }
}
