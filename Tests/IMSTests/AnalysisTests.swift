import SIP
import Testing

@testable import IMS

@Suite("Static analysis: nothing is said that was not proved")
struct AnalysisTests {
    private func trigger(_ tests: [(ServicePointTrigger.Test, Bool, Int)], cnf: Bool = true) -> TriggerCondition {
        TriggerCondition(
            trigger: TriggerPoint(
                isConjunctiveNormalForm: cnf,
                servicePointTriggers: tests.map { ServicePointTrigger(isNegated: !$0.1, groups: [$0.2], test: $0.0) }))
    }

    private enum Verdict: String { case found, none, unknown }

    private func verdict(_ condition: TriggerCondition) -> Verdict {
        var search = RequestSearch()
        switch search.run(condition) {
        case .found(let sample):
            let isMet = search.holds(condition, sample)
            #expect(isMet, "\(sample.summary)")
            return .found
        case .none: return .none
        case .unknown: return .unknown
        }
    }

    private func header(_ content: String?) -> ServicePointTrigger.Test {
        .sipHeader(name: "Subject", content: content)
    }

    @Test("Contradictions between patterns over one Request-URI are found, and what can be is shown")
    func requestURI() {
        func uris(_ patterns: (String, Bool)...) -> TriggerCondition {
            trigger(patterns.enumerated().map { (.requestURI(pattern: $1.0), $1.1, $0) })
        }
        #expect(verdict(uris(("^\\+49", true), ("^\\+33", true))) == .none)
        #expect(verdict(uris(("^\\+49", true), ("^\\+4930", false))) == .found)
        #expect(verdict(uris(("^\\+49", true), ("^\\+", false))) == .none)
        #expect(verdict(uris(("ims", true), ("example", true), ("^[a-z.]+$", true))) == .found)
        #expect(verdict(uris(("alice@ims\\.example", true))) == .none)
        #expect(verdict(uris(("^sip:.*@", true))) == .none)
        // Hosts compare without case, and a host may be called sip.
        #expect(verdict(uris(("^IMS$", true), ("^ims$", false))) == .none)
        #expect(verdict(uris(("^sip:[0-9]+$", true))) == .found)
        #expect(verdict(uris(("^service:sos", true))) == .found)
    }

    @Test("Headers may come several times: two patterns that exclude each other do not contradict")
    func headers() {
        #expect(verdict(trigger([(header("^a"), true, 0), (header("^b"), true, 1)])) == .found)
        #expect(verdict(trigger([(header("^a"), true, 0), (header("a"), false, 1)])) == .none)
        #expect(verdict(trigger([(header(nil), false, 0), (header("a"), true, 1)])) == .none)
        #expect(verdict(trigger([(header(nil), true, 0), (header("a"), false, 1)])) == .found)
        #expect(verdict(trigger([(header("urgent$now"), true, 0)])) == .none)
        #expect(verdict(trigger([(.sipHeader(name: "To", content: nil), false, 0)])) == .none)
        #expect(verdict(trigger([(header("^ "), true, 0)])) == .none)
    }

    @Test("Methods, kinds of registration and session cases")
    func situations() {
        let register = ServicePointTrigger.Test.method("REGISTER", registrationTypes: [.initial])
        let leaving = ServicePointTrigger.Test.method("REGISTER", registrationTypes: [.deRegistration])
        #expect(verdict(trigger([(register, true, 0), (leaving, true, 1)])) == .none)
        #expect(
            verdict(trigger([(register, false, 0), (.method("REGISTER", registrationTypes: []), true, 1)])) == .found)
        #expect(
            verdict(.all([trigger([(.sessionCase(.terminatingUnregistered), true, 0)]), .registered(true)])) == .none)
        #expect(verdict(.all([trigger([(.sessionCase(.originatingCDIV), true, 0)]), .registered(false)])) == .found)
        #expect(
            verdict(trigger([(.sessionCase(.originating), true, 0), (.sessionCase(.originatingCDIV), true, 0)]))
                == .found)
    }

    @Test("Session descriptions: lines of one letter are independent, and the request carries them")
    func lines() {
        func line(_ content: String?) -> ServicePointTrigger.Test { .sessionDescription(line: "m", content: content) }
        #expect(verdict(trigger([(line("^audio"), true, 0), (line("^video"), true, 1)])) == .found)
        #expect(verdict(trigger([(line("^audio"), true, 0), (line(nil), false, 1)])) == .none)
        #expect(verdict(trigger([(line("^audio"), false, 0), (line(nil), true, 1)])) == .found)
    }

    @Test("What cannot be decided is not decided")
    func unknown() {
        // A pattern over header names may or may not be met by any header.
        #expect(verdict(trigger([(.sipHeader(name: "X-.*", content: "a"), true, 0)])) != .none)
        // A pattern without a table.
        #expect(verdict(trigger([(header("^(a|b)*a(a|b){12}$"), true, 0), (header("a"), false, 1)])) == .unknown)
    }

    @Test("Random criteria that fire on some request are never said not to", arguments: 0..<4)
    func random(_ seed: Int) {
        var generator = CriterionGenerator(seed: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 7)
        var fired = 0
        for _ in 0..<120 {
            let criterion = generator.criterion()
            let condition = TriggerCondition(criterion)
            var search = RequestSearch()
            let answer = search.run(condition)
            let always = search.run(condition.negated)
            for _ in 0..<10 {
                let sample = generator.sample()
                if search.holds(condition, sample) {
                    fired += 1
                    if case .none = answer { Issue.record("said never: \(condition) fires on \(sample.summary)") }
                } else if case .none = always {
                    Issue.record("said always: \(condition) does not fire on \(sample.summary)")
                }
            }
        }
        #expect(fired > 20)
    }

    @Test("A diverting server, a loop and a repeated server are shown by a request")
    func samples() {
        for id in ["ifc-server-repeated", "ifc-server-loop", "ifc-diversion-repeats", "ifc-session-terminated"] {
            let found = try? RuleFixture.all().first { $0.id == id }?.diagnostics("bad").first { $0.rule.id == id }
            #expect(found?.sample != nil, "\(id)")
        }
    }
}

/// Makes criteria and requests that often meet.
private struct CriterionGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed | 1 }

    private mutating func next(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    private mutating func pick<T>(_ values: [T]) -> T { values[next(values.count)] }

    private mutating func test() -> ServicePointTrigger.Test {
        switch next(6) {
        case 0: .method(pick(["INVITE", "MESSAGE", "REGISTER"]), registrationTypes: next(3) == 0 ? [.initial] : [])
        case 1: .sessionCase(pick(SessionCase.allCases))
        case 2: .requestURI(pattern: pick(["^\\+49", "ims", "example$", "^[a-z.]+$", "^$", "5060"]))
        case 3: .sipHeader(name: pick(["Subject", "From"]), content: pick([nil, "a", "^a", "b$", "^[ab]+$", "x"]))
        case 4: .sipHeader(name: "Content-Type", content: pick([nil, "sdp", "^text"]))
        default:
            .sessionDescription(line: pick(["m", "a", "v"]), content: pick([nil, "audio", "^audio", "send", "0"]))
        }
    }

    mutating func criterion() -> InitialFilterCriteria {
        let count = 1 + next(5)
        let triggers = (0..<count).map { _ in
            ServicePointTrigger(isNegated: next(3) == 0, groups: [next(3)], test: test())
        }
        return InitialFilterCriteria(
            priority: 0,
            triggerPoint: TriggerPoint(isConjunctiveNormalForm: next(2) == 0, servicePointTriggers: triggers),
            applicationServer: .init(serverName: "sip:as.example"),
            profilePart: pick([nil, nil, .registered, .unregistered]))
    }

    mutating func sample() -> SampleRequest {
        var headers = SIPHeaders()
        for (name, value) in [("Via", "SIP/2.0/UDP a"), ("To", "<sip:b@c>"), ("Call-ID", "1"), ("CSeq", "1 X")] {
            headers.append(HeaderName(name), value)
        }
        headers.append(.from, pick(["<sip:a@b>", "a", "b"]))
        for _ in 0..<next(3) { headers.append(.subject, pick(["a", "ab", "b", "xa", "ba"])) }
        var body = ""
        if next(2) == 0 {
            headers.append(.contentType, pick(["application/sdp", "text/plain"]))
            body = pick(["v=0\r\nm=audio 1\r\n", "v=0\r\nm=video 1\r\na=sendonly\r\n", "v=0\r\n", "hello"])
        }
        let method = pick(["INVITE", "MESSAGE", "REGISTER", "OPTIONS"])
        let request = SIPRequest(
            method: SIPMethod(rawValue: method),
            requestURI: pick(["sip:a@ims.example", "tel:+4930", "tel:+33", "sip:ims.example:5060", "sip:x@acme"]),
            headers: headers, body: Array(body.utf8))
        let context = EvaluationContext(
            sessionCase: pick(SessionCase.allCases),
            registrationType: method == "REGISTER" ? pick(RegistrationType.allCases) : nil)
        return SampleRequest(request: request, context: context)
    }
}
