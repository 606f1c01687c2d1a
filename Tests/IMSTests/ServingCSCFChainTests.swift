import SIP
import Testing
import Timing

@testable import IMS

private typealias Bench = ServingCSCFBench

@Suite("S-CSCF: the chain of application servers (TS 24.229 §5.4.3.2, §5.4.3.3)")
struct ServingCSCFChainTests {
    private static let two = [Bench.criterion(20, "sip:as2.example"), Bench.criterion(10, "sip:as1.example:5080")]

    @Test("Servers are visited by priority, and the request goes on when none is left")
    func priorities() throws {
        var bench = Bench(alice: Self.two)
        let first = try #require(bench.receive(Bench.request(to: "sip:x@other.example")).sent.first)
        #expect(first.server == "sip:as1.example:5080")
        let second = try #require(bench.handBack(first).sent.first)
        #expect(second.server == "sip:as2.example")
        let last = try #require(bench.handBack(second).sent.first)
        #expect(last.hop == .network)
        #expect(last.request.requestURI == "sip:x@other.example")
        #expect(last.request.headers.all(.route).isEmpty)
    }

    @Test("Route: the server with lr, then the S-CSCF with an original dialog identifier of its own")
    func route() throws {
        var bench = Bench(alice: Self.two)
        let first = try #require(bench.receive(Bench.request()).sent.first)
        let routes = first.request.headers.splitValues(.route)
        #expect(routes.count == 2)
        #expect(routes.first == "<sip:as1.example:5080;lr>")
        let own = try NameAddress(parsing: #require(routes.last)).uri
        #expect(own.host == "s-cscf.ims.example")
        #expect(own.isLooseRouter)
        let second = try #require(bench.handBack(first).sent.first)
        let other = try NameAddress(parsing: #require(second.request.headers.splitValues(.route).last)).uri
        #expect(other.user != own.user)
    }

    @Test("A server name that has lr, or parameters of its own, keeps them")
    func serverNameParameters() throws {
        var bench = Bench(alice: [Bench.criterion(0, "sip:as.example;transport=tcp;lr;mode=1")])
        let sent = try #require(bench.receive(Bench.request()).sent.first)
        #expect(sent.request.headers.splitValues(.route).first == "<sip:as.example;transport=tcp;lr;mode=1>")
    }

    @Test("Routes that stood behind the S-CSCF's own stay behind the original dialog identifier")
    func furtherRoutes() throws {
        var bench = Bench(alice: [Bench.criterion(0, "sip:as.example")])
        let extra: [(HeaderName, String)] = [(.route, "<sip:egress.example;lr>;x=\"a,b\"")]
        let sent = try #require(
            bench.receive(
                Bench.request(
                    to: "sip:x@other.example", extra)
            ).sent.first)
        #expect(sent.request.headers.splitValues(.route).count == 3)
        #expect(sent.request.headers.splitValues(.route).last == "<sip:egress.example;lr>;x=\"a,b\"")
        let last = try #require(bench.handBack(sent).sent.first)
        #expect(last.hop == .network)
        #expect(last.request.headers.splitValues(.route) == ["<sip:egress.example;lr>;x=\"a,b\""])
    }

    @Test(
        "P-Served-User says who, on which side, and whether registered (RFC 5502 §6)",
        arguments: [
            (true, true, "<sip:alice@ims.example>;sescase=orig;regstate=reg"),
            (true, false, "<sip:alice@ims.example>;sescase=orig;regstate=unreg"),
            (false, true, "<sip:bob@ims.example>;sescase=term;regstate=reg"),
            (false, false, "<sip:bob@ims.example>;sescase=term;regstate=unreg"),
        ])
    func servedUser(isOriginating: Bool, isRegistered: Bool, expected: String) throws {
        let criteria = [Bench.criterion(0, "sip:as.example")]
        var bench = Bench(alice: criteria, bob: criteria, registered: isRegistered ? ["alice", "bob"] : [])
        let request = Bench.request(route: isOriginating ? "orig@" : nil)
        let sent = try #require(bench.receive(request).sent.first)
        #expect(sent.request.headers.all(.pServedUser) == [expected])
    }

    @Test("P-Served-User of a user is not believed, and does not leave towards users or other networks")
    func servedUserStaysInside() throws {
        var bench = Bench(bob: [
            Bench.criterion(0, "sip:never.example", .sessionContinued, .sipHeader(name: "P-Served-User", content: nil)),
            Bench.criterion(1, "sip:as.example"),
        ])
        let forged: [(HeaderName, String)] = [(.pServedUser, "<sip:alice@ims.example>;sescase=orig;regstate=reg")]
        let sent = try #require(bench.receive(Bench.request(route: nil, forged)).sent.first)
        #expect(sent.server == "sip:as.example")
        #expect(sent.request.headers.all(.pServedUser) == ["<sip:bob@ims.example>;sescase=term;regstate=reg"])
        let last = try #require(bench.handBack(sent).sent.first)
        #expect(last.hop == .userAgent("sip:bob@ue.example:5070"))
        #expect(!last.request.headers.contains(.pServedUser))
    }

    @Test("P-Asserted-Identity passes; the icid passes and the network is named with type 3 towards a server")
    func identityAndCharging() throws {
        var bench = Bench(alice: [Bench.criterion(0, "sip:as.example")])
        let sent = try #require(bench.receive(Bench.request(to: "sip:x@other.example")).sent.first)
        #expect(sent.request.headers.all(.pAssertedIdentity) == ["\"Alice\" <sip:alice@ims.example>"])
        #expect(
            sent.request.headers.all(.pChargingVector) == ["icid-value=\"icid-1\";orig-ioi=\"Type 3ims.example\""])
        let last = try #require(bench.handBack(sent).sent.first)
        #expect(last.request.headers.all(.pChargingVector) == ["icid-value=\"icid-1\";orig-ioi=\"ims.example\""])
        var answered = Bench.request()
        answered.headers.set(.pChargingVector, "icid-value=2;term-ioi=other.example")
        #expect(
            bench.receive(answered).sent.first?.request.headers.first(.pChargingVector)
                == "icid-value=2;orig-ioi=\"Type 3ims.example\"")
    }

    @Test("A request without P-Charging-Vector gets one")
    func newChargingVector() throws {
        var bench = Bench(alice: [Bench.criterion(0, "sip:as.example")])
        var request = Bench.request()
        request.headers.removeAll(.pChargingVector)
        let sent = try #require(bench.receive(request).sent.first)
        let vector = try #require(try sent.request.headers.pChargingVector())
        #expect(!vector.chargingID.isEmpty)
    }

    @Test("After the originating chain follows the terminating chain of a user served here")
    func bothSides() throws {
        var bench = Bench(
            alice: [Bench.criterion(0, "sip:as.example", .sessionContinued, .sessionCase(.originating))],
            bob: [
                Bench.criterion(0, "sip:never.example", .sessionContinued, .sessionCase(.originating)),
                Bench.criterion(1, "sip:as.example", .sessionContinued, .sessionCase(.terminatingRegistered)),
            ])
        let first = try #require(bench.receive(Bench.request()).sent.first)
        let out = bench.handBack(first)
        #expect(
            out.decisions.suffix(2) == [
                .chainEnded(.originating), .chainBegan(servedUser: "sip:bob@ims.example", .terminatingRegistered),
            ])
        let second = try #require(out.sent.first)
        #expect(second.server == "sip:as.example")
        #expect(second.request.headers.first(.pServedUser) == "<sip:bob@ims.example>;sescase=term;regstate=reg")
        let last = try #require(bench.handBack(second).sent.first)
        #expect(last.request.requestURI == "sip:bob@ue.example:5070")
        #expect(last.request.headers.first(.pCalledPartyID) == "<sip:bob@ims.example>")
    }

    @Test("Criteria are evaluated on the request as the last server left it")
    func evaluatesWhatCameBack() throws {
        var bench = Bench(alice: [
            Bench.criterion(0, "sip:as1.example"),
            Bench.criterion(1, "sip:as2.example", .sessionContinued, .sipHeader(name: "Subject", content: nil)),
        ])
        let first = try #require(bench.receive(Bench.request()).sent.first)
        var request = first.request
        request.headers.removeFirstValue(of: .route)
        request.headers.append(.subject, "added by the server")
        #expect(bench.receive(request).sent.first?.server == "sip:as2.example")
    }

    @Test("A lost original dialog identifier loses the rest of the originating chain")
    func lostIdentifier() throws {
        var bench = Bench(alice: Self.two, bob: [Bench.criterion(0, "sip:as3.example")])
        let first = try #require(bench.receive(Bench.request()).sent.first)
        var request = first.request
        request.headers.removeAll(.route)
        request.headers.append(.route, "<sip:s-cscf.ims.example;lr>")
        #expect(bench.receive(request).sent.first?.server == "sip:as3.example")
    }

    @Test("The identifier leads back into the chain also after the server has answered, until its time is over")
    func identifierOutlivesTheAnswer() throws {
        var bench = Bench(alice: Self.two)
        let first = try #require(bench.receive(Bench.request()).sent.first)
        #expect(bench.answer(first, .ok).statuses == [200])
        bench.now = bench.now + .seconds(60)
        #expect(bench.handBack(first).sent.first?.server == "sip:as2.example")
        bench.now = bench.now + .seconds(10_800)
        #expect(bench.handBack(first).sent.first?.server == nil)
    }

    @Test("A request of an application server with orig starts the chain of the user it is for")
    func originatedByServer() throws {
        var bench = Bench(alice: [Bench.criterion(0, "sip:as.example")], registered: ["bob"])
        let builder = OriginatingRequest(
            servedUser: "sip:alice@ims.example", target: "sip:bob@ims.example",
            servingCSCF: SIPURI(host: "s-cscf.ims.example"), chargingID: "new", network: "ims.example")
        let sent = try #require(bench.receive(try builder.request()).sent.first)
        #expect(sent.server == "sip:as.example")
        #expect(sent.request.headers.first(.pServedUser) == "<sip:alice@ims.example>;sescase=orig;regstate=unreg")
    }

    @Test("An in-dialog request triggers nothing and follows its routes")
    func inDialog() throws {
        var bench = Bench(alice: Self.two)
        var bye = Bench.request(.bye, route: "")
        bye.headers.set(.to, "<sip:bob@ims.example>;tag=2")
        bye.headers.append(.route, "<sip:next.example;lr>")
        let sent = try #require(bench.receive(bye).sent.first)
        #expect(sent.hop == .network)
        #expect(sent.request.headers.splitValues(.route) == ["<sip:next.example;lr>"])
    }

    @Test("Record-Route is added to what makes a dialog; Max-Forwards counts down")
    func proxyRules() throws {
        var bench = Bench(alice: [Bench.criterion(0, "sip:as.example")])
        let invite = try #require(bench.receive(Bench.request()).sent.first)
        #expect(invite.request.headers.splitValues(.recordRoute) == ["<sip:s-cscf.ims.example;lr>"])
        #expect(invite.request.headers.first(.maxForwards) == "68")
        let message = try #require(bench.receive(Bench.request(.message)).sent.first)
        #expect(!message.request.headers.contains(.recordRoute))
    }

    @Test("What cannot be served is refused")
    func refusals() throws {
        var bench = Bench(registered: [])
        var exhausted = Bench.request()
        exhausted.headers.set(.maxForwards, "0")
        #expect(bench.receive(exhausted).statuses == [483])
        #expect(bench.receive(Bench.request(to: "sip:nobody@ims.example")).statuses == [404])
        #expect(bench.receive(Bench.request()).statuses == [480])
        var stranger = Bench.request()
        stranger.headers.set(.pAssertedIdentity, "<sip:stranger@ims.example>")
        #expect(bench.receive(stranger).statuses == [403])
    }

    @Test("A barred identity neither calls nor is called (TS 24.229 §5.4.3.2, §5.4.3.3)")
    func barred() throws {
        var bench = Bench()
        var barred = Bench.subscription("carol", [])
        barred.serviceProfiles[0].publicIdentities[0].isBarred = true
        bench.model.provision(barred)
        var call = Bench.request()
        call.headers.set(.pAssertedIdentity, "<sip:carol@ims.example>")
        #expect(bench.receive(call).statuses == [403])
        #expect(bench.receive(Bench.request(to: "sip:carol@ims.example")).statuses == [404])
    }

    @Test(
        "A final response of a server that is no failure goes back, and nothing else is tried",
        arguments: [
            200, 302, 403, 404, 480, 486, 600, 603,
        ])
    func passedOn(_ code: Int) throws {
        var bench = Bench(alice: Self.two)
        let first = try #require(bench.receive(Bench.request()).sent.first)
        let out = bench.answer(first, try #require(StatusCode(rawValue: code)))
        #expect(out.statuses == [code])
        #expect(out.sent.isEmpty)
        #expect(bench.model.nextTimeout == nil)
    }

    @Test("Responses travel up through every server that handed the request back")
    func responsesGoThroughServers() throws {
        var bench = Bench(alice: Self.two)
        let first = try #require(bench.receive(Bench.request()).sent.first)
        let second = try #require(bench.handBack(first).sent.first)
        let last = try #require(bench.handBack(second).sent.first)
        #expect(bench.answer(last, .ringing).responses.map(\.to) == [3])
        #expect(bench.answer(second, .ringing).responses.map(\.to) == [2])
        #expect(bench.answer(first, .ringing).responses.map(\.to) == [1])
    }
}
