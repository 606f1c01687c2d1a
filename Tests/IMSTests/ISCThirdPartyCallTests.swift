import SIP
import Testing
import Timing

@testable import IMS

@Suite("ISC: third-party call control (TS 24.229 §5.7.5, RFC 3725)")
struct ISCThirdPartyCallTests {
    private static let offer = Array("v=0\r\nm=audio 4000 RTP/AVP 8\r\na=x\r\nm=video 4002 RTP/AVP 96\r\n".utf8)
    private static let answer = Array("v=0\r\nm=audio 5000 RTP/AVP 8\r\nm=video 0 RTP/AVP 96\r\n".utf8)
    private static let refusal =
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 0 RTP/AVP 8\r\n"
        + "m=video 0 RTP/AVP 96\r\n"

    private struct Bench {
        var call: ThirdPartyCall
        var now = MonotonicTime.zero
        var out: [ThirdPartyCall.Output] = []

        init() throws {
            func leg(_ target: String) -> OriginatingRequest {
                OriginatingRequest(
                    servedUser: "sip:service@ims.example", target: target,
                    servingCSCF: SIPURI(host: "s-cscf.ims.example"), chargingID: "icid", network: "ims.example")
            }
            call = try ThirdPartyCall(first: leg("sip:alice@ims.example"), second: leg("tel:+15550100"))
            call.start(into: &out)
        }

        mutating func answered(_ party: ThirdPartyCall.Party, _ body: [UInt8] = []) {
            out = []
            call.answered(party, body: body, at: now, into: &out)
        }

        mutating func failed(_ party: ThirdPartyCall.Party, _ status: StatusCode) {
            out = []
            call.failed(party, status, into: &out)
        }

        mutating func hungUp(_ party: ThirdPartyCall.Party) {
            out = []
            call.hungUp(party, into: &out)
        }

        mutating func hangUp() {
            out = []
            call.hangUp(into: &out)
        }
    }

    private static func ringing() throws -> Bench {
        var bench = try Bench()
        bench.answered(.first, ThirdPartyCall.noMedia)
        return bench
    }

    private static func established() throws -> Bench {
        var bench = try ringing()
        bench.answered(.second, offer)
        bench.answered(.first, answer)
        return bench
    }

    @Test("Each party gets an INVITE of its own: orig, asserted identity, and icids that belong together")
    func independentDialogs() throws {
        var bench = try Bench()
        guard case .invite(.first, let first) = bench.out.first else {
            Issue.record("\(bench.out)")
            return
        }
        bench.answered(.first, ThirdPartyCall.noMedia)
        guard case .invite(.second, let second) = bench.out.last else {
            Issue.record("\(bench.out)")
            return
        }
        #expect(bench.out.first == .acknowledge(.first, answer: []))
        #expect(first.body == ThirdPartyCall.noMedia)
        #expect(first.headers.first(.contentType) == "application/sdp")
        #expect(second.body.isEmpty)
        #expect([first.requestURI, second.requestURI] == ["sip:alice@ims.example", "tel:+15550100"])
        for (request, icid) in [(first, "icid-1"), (second, "icid-2")] {
            #expect(try request.headers.address(.route).uri.parameters.contains("orig"))
            #expect(request.headers.first(.pAssertedIdentity) == "<sip:service@ims.example>")
            #expect(request.headers.first(.pChargingVector)?.hasPrefix("icid-value=\"\(icid)\"") == true)
            #expect(!request.headers.contains(.callID))
        }
    }

    @Test("The second party's offer goes to the first, its answer back in the ACK, octet for octet (RFC 3725 §4.4)")
    func offerAnswer() throws {
        var bench = try Self.ringing()
        bench.answered(.second, Self.offer)
        #expect(bench.out == [.reinvite(.first, offer: Self.offer)])
        bench.answered(.first, Self.answer)
        #expect(
            bench.out == [
                .acknowledge(.first, answer: []), .acknowledge(.second, answer: Self.answer), .established,
            ])
    }

    @Test("When one hangs up the other is released", arguments: ThirdPartyCall.Party.allCases)
    func hungUp(_ party: ThirdPartyCall.Party) throws {
        var bench = try Self.established()
        bench.hungUp(party)
        #expect(bench.out == [.bye(party.other), .ended(nil)])
    }

    @Test("We hang up: whatever there is of the call is ended")
    func weHangUp() throws {
        var bench = try Self.established()
        bench.hangUp()
        #expect(bench.out == [.bye(.second), .bye(.first), .ended(nil)])
        bench = try Self.ringing()
        bench.hangUp()
        #expect(bench.out == [.cancel(.second), .bye(.first), .ended(nil)])
        bench = try Bench()
        bench.hangUp()
        #expect(bench.out == [.cancel(.first), .ended(nil)])
        bench.hangUp()
        #expect(bench.out.isEmpty)
    }

    @Test("A party refuses: the other is released, and its 2xx acknowledged with an answer that refuses the media")
    func failures() throws {
        var bench = try Bench()
        bench.failed(.first, .busyHere)
        #expect(bench.out == [.ended(.busyHere)])
        bench = try Self.ringing()
        bench.failed(.second, .busyHere)
        #expect(bench.out == [.bye(.first), .ended(.busyHere)])
        bench = try Self.ringing()
        bench.answered(.second, Self.offer)
        bench.failed(.first, .notAcceptableHere)
        #expect(
            bench.out == [
                .acknowledge(.second, answer: Array(Self.refusal.utf8)), .bye(.second), .bye(.first),
                .ended(.notAcceptableHere),
            ])
    }

    @Test("A 2xx without the session description that it needs ends both")
    func missingDescription() throws {
        var bench = try Self.ringing()
        bench.answered(.second)
        #expect(
            bench.out == [
                .acknowledge(.second, answer: []), .bye(.second), .bye(.first), .ended(.notAcceptableHere),
            ])
        bench = try Self.ringing()
        bench.answered(.second, Self.offer)
        bench.answered(.first)
        #expect(bench.out.contains(.bye(.second)))
        #expect(bench.out.last == .ended(.notAcceptableHere))
    }

    @Test("The first party leaves while the second rings; a 2xx that crosses the CANCEL is ended")
    func crossing() throws {
        var bench = try Self.ringing()
        bench.hungUp(.first)
        #expect(bench.out == [.cancel(.second), .ended(nil)])
        bench.answered(.second, Self.offer)
        #expect(bench.out == [.acknowledge(.second, answer: Array(Self.refusal.utf8)), .bye(.second)])
        bench.answered(.second, Self.offer)
        #expect(bench.out.isEmpty)
    }

    @Test("The second party rings for a time, then both are released")
    func patience() throws {
        var bench = try Self.ringing()
        let deadline = try #require(bench.call.nextTimeout)
        #expect(deadline == MonotonicTime.zero + .seconds(60))
        bench.out = []
        bench.call.handleTimeout(at: .zero, into: &bench.out)
        #expect(bench.out.isEmpty)
        bench.call.handleTimeout(at: deadline, into: &bench.out)
        #expect(bench.out == [.cancel(.second), .bye(.first), .ended(.requestTimeout)])
        #expect(bench.call.nextTimeout == nil)
        bench.failed(.second, .requestTerminated)
        #expect(bench.out.isEmpty)
    }
}
