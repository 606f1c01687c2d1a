import SIP
import Testing
import Timing

@testable import IMS

private typealias Bench = ServingCSCFBench

/// The same numbers in every run.
private struct Sequence64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}

@Suite("S-CSCF: whatever servers, callees and time do")
struct ServingCSCFPropertyTests {
    private static let statuses: [StatusCode] = [
        .trying, .ringing, .sessionProgress, .ok, .movedTemporarily, .busyHere, .requestTimeout, .serverInternalError,
        .serviceUnavailable, .decline,
    ]

    @Test(
        "Every request gets one final response, and nothing is left behind",
        arguments: [
            DefaultHandlingPolicy.standard, .kamailio, .clearwater,
        ])
    func oneFinalResponse(_ policy: DefaultHandlingPolicy) throws {
        var random = Sequence64(state: 7)
        for _ in 0..<300 {
            let handlings: [InitialFilterCriteria.DefaultHandling] = [.sessionContinued, .sessionTerminated]
            let criteria = (0..<3).map {
                Bench.criterion($0, "sip:as\($0).example", handlings.randomElement(using: &random)!)
            }
            var bench = Bench(policy, alice: criteria, bob: criteria)
            var finals: [Int: Int] = [:]
            var open: [Bench.Sent] = []
            let method: SIPMethod = Bool.random(using: &random) ? .invite : .message
            func note(_ out: [ServingCSCF.Output]) {
                open += out.sent
                for response in out.responses where response.status >= 200 { finals[response.to, default: 0] += 1 }
            }
            note(bench.receive(Bench.request(method)))
            var received = 1
            var steps = 0
            while !open.isEmpty || bench.model.nextTimeout != nil {
                steps += 1
                let choice = steps > 60 ? 0 : Int.random(in: 0..<4, using: &random)
                if choice == 3 || open.isEmpty {
                    guard let timeout = bench.waitForTimeout() else { continue }
                    note(timeout.out)
                    continue
                }
                let sent = open[Int.random(in: open.indices, using: &random)]
                switch choice {
                case 1 where sent.server != nil:
                    received += 1
                    note(bench.handBack(sent))
                default:
                    let status = steps > 60 ? .busyHere : Self.statuses.randomElement(using: &random)!
                    if status.isFinal { open.removeAll { $0.branch == sent.branch } }
                    note(bench.answer(sent, status))
                }
            }
            #expect(finals.count == received)
            if method == .message { #expect(finals.values.allSatisfy { $0 == 1 }) }
            #expect(bench.model.branches.isEmpty)
            #expect(bench.model.transactions.isEmpty)
        }
    }

    @Test("Damaged requests neither trap nor leave anything behind")
    func damagedRequests() throws {
        var random = Sequence64(state: 11)
        let criteria = [Bench.criterion(0, "sip:as.example"), Bench.criterion(1, "sip:as2.example")]
        var bench = Bench(alice: criteria, bob: criteria)
        var register = Bench.request(.register, to: "sip:alice@ims.example", route: nil)
        register.headers.append(.contact, "<sip:alice@ue.example>;expires=60")
        let first = try #require(bench.receive(Bench.request()).sent.first)
        var returned = first.request
        returned.headers.removeFirstValue(of: .route)
        let seeds = [Bench.request(), returned, register, first.request].map { $0.serialized() }
        var parsed = 0
        for round in 0..<4_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(bytes[Int.random(in: bytes.indices, using: &random)], at: index)
                }
            }
            guard case .request(let request)? = try? SIPMessage(parsing: bytes) else { continue }
            parsed += 1
            for sent in bench.receive(request).sent { _ = bench.answer(sent, .busyHere) }
            _ = try? ISCMessage.read(request)
        }
        #expect(parsed > 500)
        #expect(bench.model.branches.count <= 1)
    }
}
