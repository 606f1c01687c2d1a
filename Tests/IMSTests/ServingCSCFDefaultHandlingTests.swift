import SIP
import Testing
import Timing

@testable import IMS

private typealias Bench = ServingCSCFBench

@Suite("S-CSCF: default handling (TS 24.229 §5.4.3.2, §5.4.3.3; TS 29.228 Annex B.2)")
struct ServingCSCFDefaultHandlingTests {
    private static func criteria(_ first: InitialFilterCriteria.DefaultHandling) -> [InitialFilterCriteria] {
        [Bench.criterion(10, "sip:as1.example", first), Bench.criterion(20, "sip:as2.example")]
    }

    @Test("SESSION_CONTINUED: 408 and 5xx lead to the next criterion", arguments: [408, 500, 503, 504, 580])
    func continued(_ code: Int) throws {
        var bench = Bench(alice: Self.criteria(.sessionContinued))
        let first = try #require(bench.receive(Bench.request()).sent.first)
        let out = bench.answer(first, try #require(StatusCode(rawValue: code)))
        #expect(out.statuses.isEmpty)
        #expect(out.sent.first?.server == "sip:as2.example")
        #expect(out.decisions.count == 1)
    }

    @Test("The next server gets the request as the failed one got it, but for Route and P-Served-User")
    func continuedRequest() throws {
        var bench = Bench(alice: Self.criteria(.sessionContinued))
        let first = try #require(bench.receive(Bench.request()).sent.first)
        let second = try #require(bench.answer(first, .serviceUnavailable).sent.first)
        #expect(second.request.headers.splitValues(.route).count == 2)
        #expect(second.request.headers.splitValues(.recordRoute).count == 1)
        #expect(second.request.headers.first(.maxForwards) == first.request.headers.first(.maxForwards))
    }

    @Test(
        "SESSION_TERMINATED: what the server answered goes back; a 503 as 500",
        arguments: [
            (408, 408), (500, 500), (503, 500), (504, 504),
        ])
    func terminated(answered: Int, passedOn: Int) throws {
        var bench = Bench(alice: Self.criteria(.sessionTerminated))
        let first = try #require(bench.receive(Bench.request()).sent.first)
        let out = bench.answer(first, try #require(StatusCode(rawValue: answered)))
        #expect(out.statuses == [passedOn])
        #expect(out.sent.isEmpty)
    }

    @Test("Each server that fails costs its criterion only")
    func everyServerFails() throws {
        var bench = Bench(alice: Self.criteria(.sessionContinued))
        let first = try #require(bench.receive(Bench.request(to: "sip:x@other.example")).sent.first)
        let second = try #require(bench.answer(first, .serviceUnavailable).sent.first)
        let last = try #require(bench.answer(second, .serviceUnavailable).sent.first)
        #expect(last.hop == .network)
        #expect(bench.answer(last, .ok).responses.map(\.to) == [1])
    }

    @Test(
        "Silence: each product waits its own time",
        arguments: [
            (DefaultHandlingPolicy.standard, InitialFilterCriteria.DefaultHandling.sessionContinued, 32),
            (.standard, .sessionTerminated, 32), (.kamailio, .sessionContinued, 5), (.kamailio, .sessionTerminated, 5),
            (.clearwater, .sessionContinued, 2), (.clearwater, .sessionTerminated, 4),
        ])
    func silence(
        _ policy: DefaultHandlingPolicy, _ handling: InitialFilterCriteria.DefaultHandling, seconds: Int
    ) throws {
        var bench = Bench(policy, alice: Self.criteria(handling))
        let first = try #require(bench.receive(Bench.request()).sent.first)
        let timeout = bench.waitForTimeout()
        let (elapsed, out) = try #require(timeout)
        #expect(elapsed == .seconds(seconds))
        #expect(out.cancelled == [first.branch])
        if handling == .sessionContinued {
            #expect(out.sent.first?.server == "sip:as2.example")
            #expect(out.statuses.isEmpty)
        } else {
            #expect(out.sent.isEmpty)
            #expect(out.statuses == [policy.terminationStatus?.rawValue ?? 408])
        }
    }

    @Test(
        "100 and then silence",
        arguments: [
            (DefaultHandlingPolicy.standard, 181), (.kamailio, 120), (.clearwater, 1),
        ])
    func tryingThenSilence(_ policy: DefaultHandlingPolicy, seconds: Int) throws {
        var bench = Bench(policy, alice: Self.criteria(.sessionContinued))
        let first = try #require(bench.receive(Bench.request()).sent.first)
        bench.now = bench.now + .seconds(1)
        #expect(bench.answer(first, .trying).isEmpty)
        let timeout = bench.waitForTimeout()
        let (elapsed, out) = try #require(timeout)
        #expect(elapsed == .seconds(seconds))
        #expect(out.sent.first?.server == "sip:as2.example")
    }

    @Test("After 101...199 a failure is the callee's: no default handling, in time or by status")
    func afterProvisional() throws {
        var bench = Bench(.clearwater, alice: Self.criteria(.sessionContinued))
        let first = try #require(bench.receive(Bench.request()).sent.first)
        #expect(bench.answer(first, .sessionProgress).statuses == [183])
        #expect(bench.model.nextTimeout == nil)
        let out = bench.answer(first, .serviceUnavailable)
        #expect(out.statuses == [500])
        #expect(out.sent.isEmpty)
    }

    @Test("After the request came back a failure is not the server's")
    func afterHandBack() throws {
        var bench = Bench(.clearwater, alice: [Self.criteria(.sessionContinued)[0]])
        let first = try #require(bench.receive(Bench.request(to: "sip:x@other.example")).sent.first)
        let last = try #require(bench.handBack(first).sent.first)
        #expect(bench.model.nextTimeout == nil)
        #expect(bench.answer(last, .serverInternalError).responses.map(\.to) == [2])
        let out = bench.answer(first, .serverInternalError)
        #expect(out.statuses == [500])
        #expect(out.sent.isEmpty)
    }

    @Test("An S-CSCF that is not strict calls the callee again")
    func notStrict() throws {
        var bench = Bench(.kamailio, alice: [Self.criteria(.sessionContinued)[0]])
        let first = try #require(bench.receive(Bench.request(to: "sip:x@other.example")).sent.first)
        let last = try #require(bench.handBack(first).sent.first)
        _ = bench.answer(last, .serverInternalError)
        #expect(bench.answer(first, .serverInternalError).sent.map(\.hop) == [.network])
    }

    @Test("A server that cannot be reached has failed")
    func unreachable() throws {
        var bench = Bench(alice: Self.criteria(.sessionContinued))
        let first = try #require(bench.receive(Bench.request()).sent.first)
        var out: [ServingCSCF.Output] = []
        bench.model.transportFailed(first.branch, at: bench.now, into: &out)
        #expect(out.sent.first?.server == "sip:as2.example")
    }

    @Test("A CANCEL goes to the server and ends default handling")
    func cancelled() throws {
        var bench = Bench(alice: Self.criteria(.sessionContinued))
        let first = try #require(bench.receive(Bench.request()).sent.first)
        var out: [ServingCSCF.Output] = []
        bench.model.cancel(.init(rawValue: 1), at: bench.now, into: &out)
        #expect(out.cancelled == [first.branch])
        #expect(bench.model.nextTimeout == nil)
        #expect(bench.answer(first, .serviceUnavailable).sent.isEmpty)
    }

    @Test("What comes late from a server that was given up on: a 2xx goes up, anything else nowhere")
    func lateResponses() throws {
        for (status, expected) in [(StatusCode.ok, [200]), (.busyHere, []), (.serviceUnavailable, [])] {
            var bench = Bench(.kamailio, alice: Self.criteria(.sessionContinued))
            let first = try #require(bench.receive(Bench.request()).sent.first)
            _ = bench.waitForTimeout()
            let out = bench.answer(first, status)
            #expect(out.statuses == expected)
            #expect(out.sent.isEmpty)
        }
    }
}

@Suite("S-CSCF: retargeting (TS 24.229 §5.4.3.3, TS 23.218 §6.5, RFC 8498)")
struct ServingCSCFRetargetingTests {
    private static let bob = [
        Bench.criterion(10, "sip:as1.example", .sessionContinued, .sessionCase(.terminatingRegistered)),
        Bench.criterion(20, "sip:as2.example", .sessionContinued, .sessionCase(.terminatingRegistered)),
        Bench.criterion(5, "sip:as3.example", .sessionContinued, .sessionCase(.originatingCDIV)),
    ]

    @Test("Another Request-URI ends the terminating chain; ORIGINATING_CDIV services of the user follow")
    func terminating() throws {
        var bench = Bench(bob: Self.bob)
        let first = try #require(bench.receive(Bench.request(route: nil)).sent.first)
        #expect(first.server == "sip:as1.example")
        let out = bench.handBack(first, to: "sip:alice@ims.example")
        let diverted = try #require(out.sent.first)
        #expect(diverted.server == "sip:as3.example")
        #expect(diverted.request.headers.first(.pServedUser) == "<sip:bob@ims.example>;orig-cdiv;regstate=reg")
        #expect(diverted.request.requestURI == "sip:alice@ims.example")
        let last = try #require(bench.handBack(diverted).sent.first)
        #expect(last.hop == .userAgent("sip:alice@ue.example:5070"))
    }

    @Test("ISCRequest reads the same session case back")
    func readBack() throws {
        var bench = Bench(bob: Self.bob)
        let first = try #require(bench.receive(Bench.request(route: nil)).sent.first)
        let diverted = try #require(bench.handBack(first, to: "sip:x@other.example").sent.first)
        let incoming = try ISCRequest(diverted.request) { $0.host == "as3.example" }
        #expect(incoming.servedUser == ServedUser(identity: "sip:bob@ims.example", sessionCase: .originatingCDIV))
    }

    @Test("Another form of the same number is no other target")
    func sameUser() throws {
        var subscription = Bench.subscription("dave", Self.bob, also: ["tel:+15550101"])
        subscription.serviceProfiles[0].publicIdentities.append(PublicIdentity(identity: "sip:+15550101@ims.example"))
        var bench = Bench()
        bench.model.provision(subscription)
        bench.model.addContact("sip:dave@ue.example", of: "sip:dave@ims.example")
        let first = try #require(bench.receive(Bench.request(to: "tel:+15550101", route: nil)).sent.first)
        #expect(bench.handBack(first, to: "tel:+1-555-0101").sent.first?.server == "sip:as2.example")
    }

    @Test("A registered contact of the user is reached without further services")
    func contact() throws {
        var bench = Bench(bob: Self.bob)
        let first = try #require(bench.receive(Bench.request(route: nil)).sent.first)
        let last = try #require(bench.handBack(first, to: "sip:bob@ue.example:5070").sent.first)
        #expect(last.hop == .userAgent("sip:bob@ue.example:5070"))
    }

    @Test("An originating chain goes on whatever the target is")
    func originating() throws {
        var bench = Bench(alice: [Bench.criterion(0, "sip:as1.example"), Bench.criterion(1, "sip:as2.example")])
        let first = try #require(bench.receive(Bench.request()).sent.first)
        let second = try #require(bench.handBack(first, to: "sip:x@other.example").sent.first)
        #expect(second.server == "sip:as2.example")
        #expect(second.request.requestURI == "sip:x@other.example")
    }
}
