import SIP
import Testing
import Timing

@testable import IMS

private typealias Bench = ServingCSCFBench

@Suite("S-CSCF: registration and third-party REGISTER (TS 24.229 §5.4.1)")
struct ServingCSCFRegistrationTests {
    private static let register = ServicePointTrigger.Test.method("REGISTER", registrationTypes: [])

    private static func request(_ expires: Int, contact: String = "<sip:alice@ue.example>") -> SIPRequest {
        var headers = SIPHeaders()
        headers.append(.via, "SIP/2.0/UDP p-cscf.ims.example;branch=z9hG4bK1")
        headers.append(.from, "<sip:alice@ims.example>;tag=1")
        headers.append(.to, "<sip:alice@ims.example>")
        headers.append(.callID, "reg-1")
        headers.append(.cSeq, "1 REGISTER")
        headers.append(.path, "<sip:p-cscf.ims.example;lr>")
        headers.append(.contact, contact)
        headers.append(.expires, String(expires))
        headers.append(.pVisitedNetworkID, "\"visited.example\"")
        headers.append(.pChargingVector, "icid-value=\"r1\"")
        return SIPRequest(method: .register, requestURI: "sip:ims.example", headers: headers)
    }

    @Test("The user gets 200 with Service-Route, Path, contacts and associated identities")
    func answer() throws {
        var bench = Bench(registered: [])
        let out = bench.receive(Self.request(600))
        guard case .respond(let response, _)? = out.first else {
            Issue.record("no response")
            return
        }
        #expect(response.status == .ok)
        #expect(response.headers.first(.serviceRoute) == "<sip:orig@s-cscf.ims.example;lr>")
        #expect(response.headers.first(.path) == "<sip:p-cscf.ims.example;lr>")
        #expect(response.headers.first(.contact) == "<sip:alice@ue.example>;expires=600")
        #expect(response.headers.first(.pAssociatedURI) == "<sip:alice@ims.example>")
        #expect(bench.model.isRegistered("sip:alice@ims.example") == true)
        #expect(bench.receive(Bench.request()).statuses == [480], "bob is not registered")
    }

    @Test("A third-party REGISTER: To the identity, From and Contact the S-CSCF, the user's expiry")
    func thirdParty() throws {
        var bench = Bench(
            alice: [Bench.criterion(0, "sip:as.example", .sessionContinued, Self.register)], registered: [])
        let sent = try #require(bench.receive(Self.request(600)).sent.first)
        #expect(sent.request.method == .register)
        #expect(sent.request.requestURI == "sip:as.example")
        let headers = sent.request.headers
        #expect(try headers.address(.to).uriText == "sip:alice@ims.example")
        #expect(try headers.address(.from).uriText == "sip:s-cscf.ims.example")
        #expect(try headers.address(.from).tag != nil)
        #expect(try headers.address(.contact).uriText == "sip:s-cscf.ims.example")
        #expect(headers.first(.expires) == "600")
        #expect(headers.first(.pVisitedNetworkID) == "\"visited.example\"")
        #expect(headers.first(.pChargingVector) == "icid-value=\"r1\";orig-ioi=\"Type 3ims.example\"")
        #expect(sent.request.body.isEmpty)
        let registration = try ThirdPartyRegistration(sent.request)
        #expect(registration.identity == "sip:alice@ims.example")
        #expect(registration.expires == 600)
    }

    @Test("RegistrationType: initial, re-registration, de-registration")
    func types() throws {
        let criteria = RegistrationType.allCases.map { type in
            Bench.criterion(
                type.rawValue, "sip:\(type.rawValue).example", .sessionContinued,
                .method("REGISTER", registrationTypes: [type]))
        }
        var bench = Bench(alice: criteria, registered: [])
        #expect(bench.receive(Self.request(600)).sent.map(\.server) == ["sip:0.example"])
        #expect(bench.receive(Self.request(600)).sent.map(\.server) == ["sip:1.example"])
        let left = bench.receive(Self.request(0)).sent
        #expect(left.map(\.server) == ["sip:2.example"])
        #expect(left.first?.request.headers.first(.expires) == "0")
        #expect(bench.model.isRegistered("sip:alice@ims.example") == false)
        #expect(bench.receive(Self.request(0)).sent.isEmpty, "nobody leaves twice")
    }

    @Test("Contact: * with Expires: 0 removes every contact")
    func star() throws {
        var bench = Bench(registered: [])
        _ = bench.receive(Self.request(600))
        _ = bench.receive(Self.request(600, contact: "<sip:alice@second.example>"))
        #expect(bench.receive(Self.request(600, contact: "*")).statuses == [400])
        #expect(bench.receive(Self.request(0, contact: "*")).statuses == [200])
        #expect(bench.model.isRegistered("sip:alice@ims.example") == false)
    }

    @Test(
        "Body: service information, request, response, alone or as multipart (§5.4.1.7)",
        arguments: [false, true], [false, true])
    func bodies(includesRequest: Bool, includesResponse: Bool) throws {
        for info in [nil, "tenant=7;x=<&>"] {
            let criterion = Bench.criterion(
                0, "sip:as.example", .sessionContinued, Self.register, info: info, includesRequest: includesRequest,
                includesResponse: includesResponse)
            var bench = Bench(alice: [criterion], registered: [])
            let sent = try #require(bench.receive(Self.request(600)).sent.first)
            let count = [info != nil, includesRequest, includesResponse].count { $0 }
            let type = sent.request.headers.first(.contentType)
            switch count {
            case 0: #expect(type == nil)
            case 1: #expect(type == (info == nil ? "message/sip" : "application/3gpp-ims+xml"))
            default: #expect(type?.hasPrefix("multipart/mixed;boundary=") == true)
            }
            // As it comes off the wire.
            guard case .request(let received) = try SIPMessage(parsing: sent.request.serialized()) else {
                Issue.record("no request")
                return
            }
            let body = RegistrationBody(reading: received)
            #expect(body.serviceInfo == info)
            #expect((body.request?.method == .register) == includesRequest)
            #expect((body.response?.status == .ok) == includesResponse)
            #expect(try ThirdPartyRegistration(received).serviceInfo == info)
        }
    }

    @Test("Every criterion that matches is told at once; a failure with SESSION_CONTINUED changes nothing")
    func failureContinued() throws {
        var bench = Bench(
            alice: [
                Bench.criterion(0, "sip:a.example", .sessionContinued, Self.register),
                Bench.criterion(1, "sip:b.example", .sessionContinued, Self.register),
            ], registered: [])
        let sent = bench.receive(Self.request(600)).sent
        #expect(sent.map(\.server) == ["sip:a.example", "sip:b.example"])
        #expect(bench.answer(sent[0], .serviceUnavailable).sent.isEmpty)
        #expect(bench.model.isRegistered("sip:alice@ims.example") == true)
    }

    @Test("A failure with SESSION_TERMINATED ends the registration, and the other servers are told")
    func failureTerminated() throws {
        var bench = Bench(
            alice: [
                Bench.criterion(0, "sip:a.example", .sessionTerminated, Self.register),
                Bench.criterion(1, "sip:b.example", .sessionContinued, Self.register),
            ], registered: [])
        let sent = bench.receive(Self.request(600)).sent
        _ = bench.answer(sent[1], .ok)
        let timeout = bench.waitForTimeout()
        let (elapsed, out) = try #require(timeout)
        #expect(elapsed == .seconds(32))
        #expect(out.decisions.contains(.registrationEnded(identity: "sip:alice@ims.example")))
        #expect(out.sent.map(\.server) == ["sip:b.example"])
        #expect(out.sent.first?.request.headers.first(.expires) == "0")
        #expect(bench.model.isRegistered("sip:alice@ims.example") == false)
    }

    @Test("A registration that runs out is a de-registration to the servers")
    func expiry() throws {
        var bench = Bench(
            alice: [Bench.criterion(0, "sip:a.example", .sessionContinued, Self.register)], registered: [])
        let sent = bench.receive(Self.request(600)).sent
        _ = bench.answer(sent[0], .ok)
        let timeout = bench.waitForTimeout()
        let (elapsed, out) = try #require(timeout)
        #expect(elapsed == .seconds(600))
        #expect(out.sent.first?.request.headers.first(.expires) == "0")
    }

    @Test("An unknown user is refused")
    func unknown() throws {
        var bench = Bench(registered: [])
        var request = Self.request(600)
        request.headers.set(.to, "<sip:mallory@ims.example>")
        #expect(bench.receive(request).statuses == [403])
    }
}
