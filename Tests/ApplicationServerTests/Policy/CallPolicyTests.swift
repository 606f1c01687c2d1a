import NIOCore
import Testing

@testable import ApplicationServer

@Suite("Whom a service may call")
struct CallPolicyTests {
    private static let policy = CallPolicy(
        names: ["Queue": "sip:queue@pbx.example;transport=tcp", "desk": "tel:+41-44-111"],
        allowed: ["+4144", "+41800", "sip:help@pbx.example", "sip:*@agents.example", "sips:vault@pbx.example:5071"]
            .compactMap { TargetRule($0) },
        denied: ["+4144900", "sip:boss@agents.example"].compactMap { TargetRule($0) },
        numberGateway: "sip:pbx.example",
        starters: ["crm"]
    )

    @Test(
        "Permitted, and the URI behind it",
        arguments: [
            ("Queue", "sip:queue@pbx.example;transport=tcp"), ("qUEUE", "sip:queue@pbx.example;transport=tcp"),
            ("desk", "sip:+4144111@pbx.example;user=phone"),
            ("+41 44 668-18.00", "sip:+41446681800@pbx.example;user=phone"),
            ("tel:+41-(44)-6681800", "sip:+41446681800@pbx.example;user=phone"),
            ("  +41446681800 ", "sip:+41446681800@pbx.example;user=phone"),
            ("sip:+41-44-6681800@PBX.example;user=phone", "sip:+41446681800@pbx.example"),
            ("sip:%2B41446681800@pbx.example", "sip:+41446681800@pbx.example"),
            ("SIP:help@PBX.EXAMPLE", "sip:help@pbx.example"), ("sip:h%65lp@pbx.example", "sip:help@pbx.example"),
            ("sip:help@pbx.example;transport=TCP", "sip:help@pbx.example;transport=tcp"),
            ("sip:anna.b@agents.example", "sip:anna.b@agents.example"),
            ("sip:1234@agents.example", "sip:1234@agents.example"),
            ("sips:vault@pbx.example:5071", "sips:vault@pbx.example:5071"),
        ])
    func permitted(_ text: String, _ uri: String) throws {
        #expect(try Self.policy.permits(text) == uri)
    }

    @Test("Targets that are tried next come as URIs, each once, and only those that may be called")
    func next() {
        let uris = Self.policy.targets(["sip:queue@pbx.example;transport=tcp"], then: ["Queue", "desk", "nobody"])
        #expect(uris == ["sip:queue@pbx.example;transport=tcp", "sip:+4144111@pbx.example;user=phone"])
    }

    @Test(
        "Not permitted",
        arguments: [
            // Other numbers and hosts.
            "+19005551234", "tel:+19005551234", "+4144900123", "tel:+41-44-900-123", "sip:+4144900123@pbx.example",
            "sip:+41446681800@evil.example;user=phone", "sip:+41446681800@pbx.example:5099",
            "sip:help@pbx.example.evil.example",
            "sip:Help@pbx.example", "sips:help@pbx.example", "sip:help@pbx.example:5060", "sip:vault@pbx.example:5071",
            "sip:boss@agents.example", "sip:agents.example",
            // A user who is a number in disguise.
            "sip:0041900555123@agents.example", "sip:+4190055512@agents.example", "sip:0-0-1-900-555@agents.example",
            "sip:0900123456;phone-context=+41@agents.example;user=phone",
        ])
    func notAllowed(_ text: String) {
        #expect(throws: PolicyRefusal.self) { try Self.policy.permits(text) }
    }

    @Test(
        "What leads elsewhere, or is no target at all",
        arguments: [
            "", " ", "nobody", "0446681800", "+", "+41x", "+414466818001234567890", "tel:0446681800;phone-context=+41",
            "tel:+41446681800;rn=+19005551234", "tel:+41446681800;postd=pp22", "tel:+41446681800;ext=1",
            "sip:help@pbx.example?Replaces=1", "sip:help@pbx.example?X=%0D%0AVia:%20x",
            "sip:help@pbx.example;maddr=192.0.2.66", "sip:help@pbx.example;method=REFER", "sip:help@pbx.example;lr",
            "sip:help@pbx.example;transport=sctp", "sip:help:secret@pbx.example", "sip:he%0d%0alp@pbx.example",
            "sip:help%40evil.example@pbx.example", "sip:help@pbx.example\r\nVia: x", "sip:help@pbx.example>",
            "<sip:help@pbx.example>",
            "\"Help\" <sip:help@pbx.example>", "sip:help@pbx.example, sip:x@y", "http://pbx.example", "urn:service:sos",
            "+４１４４６６８１８００", "\u{202E}+41446681800", "sip:help\u{0}@pbx.example",
            "sip:" + String(repeating: "a", count: 100_000) + "@agents.example",
            "+" + String(repeating: " ", count: 100_000) + "41",
        ])
    func unknown(_ text: String) {
        #expect(throws: PolicyRefusal.unknownTarget) { try Self.policy.permits(text) }
    }

    @Test("Without a gateway no number is called")
    func noGateway() throws {
        var policy = Self.policy
        policy.numberGateway = nil
        #expect(throws: PolicyRefusal.targetNotAllowed) { try policy.permits("+41446681800") }
        #expect(throws: PolicyRefusal.targetNotAllowed) { try policy.permits("sip:+41446681800@pbx.example") }
        #expect(try policy.permits("desk") == "tel:+41-44-111")
    }

    @Test("Only those who are named start calls")
    func starters() throws {
        #expect(try Self.policy.permits("+4144111", startedBy: "crm") == "sip:+4144111@pbx.example;user=phone")
        #expect(throws: PolicyRefusal.mayNotStartCalls) { try Self.policy.permits("+4144111", startedBy: "engine") }
        #expect(throws: PolicyRefusal.targetNotAllowed) { try Self.policy.permits("+1900", startedBy: "crm") }
        #expect(throws: PolicyRefusal.mayNotStartCalls) { try CallPolicy().permits("+4144111", startedBy: "") }
    }

    @Test(
        "Rules are read and written",
        arguments: ["+4144", "sip:help@pbx.example", "sip:*@pbx.example:5080", "sips:pbx.example"])
    func rules(_ text: String) {
        #expect(TargetRule(text)?.description == text)
    }

    @Test(
        "No rules",
        arguments: ["", "*", "sip:*", "sip:*@", "0041", "sip:*@a?b=c", "sip:a*b@c;maddr=d", "tel:+41;rn=1", "+"])
    func noRules(_ text: String) {
        #expect(TargetRule(text) == nil)
    }
}

@Suite("How often a service may call")
struct CallQuotaTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    @Test("So many at a time; a place is given back once")
    func calls() throws {
        let quota = CallQuota(CallPolicy(maximumCalls: 2))
        let first = try quota.begin(at: start)
        let second = try quota.begin(at: start)
        #expect(throws: PolicyRefusal.tooManyCalls) { try quota.begin(at: start) }
        first.giveBack()
        first.giveBack()
        #expect(quota.calls == 1)
        do {
            let third = try quota.begin(at: start)
            #expect(quota.calls == 2)
            withExtendedLifetime(third) {}
        }
        #expect(quota.calls == 1, "nobody holds the third any more")
        withExtendedLifetime(second) {}
    }

    @Test("A call that must not be refused counts like the others")
    func unrefused() throws {
        let quota = CallQuota(CallPolicy(maximumCalls: 1, maximumPerSecond: 2))
        let rescued = (0..<3).map { _ in quota.take(at: start) }
        #expect(quota.calls == 3)
        #expect(throws: PolicyRefusal.tooManyCalls) { try quota.begin(at: start) }
        for place in rescued { place.giveBack() }
        #expect(quota.calls == 0)
        #expect(throws: PolicyRefusal.tooFast) { try quota.begin(at: start) }
        #expect(throws: Never.self) { try quota.begin(at: start + .seconds(1)) }
    }

    @Test("No more in any second than allowed, wherever it begins")
    func second() throws {
        let quota = CallQuota(CallPolicy(maximumPerSecond: 10))
        var begun: [NIODeadline] = []
        for step in 0..<500 {
            let now = start + .milliseconds(Int64(step) * 10)
            if let place = try? quota.begin(at: now) {
                place.giveBack()
                begun.append(now)
            }
        }
        #expect(begun.count == 50)
        #expect(zip(begun, begun.dropFirst(10)).allSatisfy { $1 - $0 >= .seconds(1) })
        #expect(throws: PolicyRefusal.tooFast) {
            for _ in 0..<20 { try quota.begin(at: start + .seconds(60)).giveBack() }
        }
    }

    @Test("No more in a minute than allowed")
    func minute() throws {
        let quota = CallQuota(CallPolicy(maximumPerSecond: 100, maximumPerMinute: 30))
        var begun = 0
        for step in 0..<60 where (try? quota.begin(at: start + .milliseconds(Int64(step) * 500))) != nil { begun += 1 }
        #expect(begun == 30)
        #expect((try? quota.begin(at: start + .seconds(200))) != nil)
    }
}
