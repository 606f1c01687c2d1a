import Testing

@testable import ApplicationServer

@Suite("Identities behind keyed hashes")
struct IdentityMaskTests {
    static let mask = IdentityMask(key: Array("key".utf8))

    @Test(
        "Scheme and host stay, the user does not",
        arguments: [
            ("sip:alice@ims.example", "sip:~", "@ims.example"), ("sips:alice@ims.example", "sips:~", "@ims.example"),
            ("SIP:+41443334455;ext=1@ims.example;user=phone", "SIP:~", "@ims.example"),
            ("tel:+41443334455;phone-context=x", "tel:~", ""), ("alice", "~", ""),
            ("sip:a@b@ims.example", "sip:~", "@ims.example"), ("sip:alice?x@ims.example", "sip:~", "@ims.example"),
            ("sip:smith,alice@ims.example?Subject=alice", "sip:~", "@ims.example"),
        ]
    )
    func masked(identity: String, start: String, end: String) {
        let masked = Self.mask.masked(identity)
        #expect(masked.hasPrefix(start) && masked.hasSuffix(end), "\(masked)")
        #expect(!masked.contains("alice") && !masked.contains("33344"))
        #expect(masked.count == start.count + 12 + end.count)
    }

    @Test("A host and an empty identity tell nobody", arguments: ["sip:ims.example", ""])
    func nobody(identity: String) {
        #expect(Self.mask.masked(identity) == identity)
    }

    @Test("One number has one hash, another number and another key have others")
    func comparable() {
        let spellings = ["sip:+41-44-333@a", "sip:+41(44)333@a", "sip:4144333@a"].map { Self.mask.masked($0) }
        #expect(Set(spellings).count == 1)
        #expect(Self.mask.masked("tel:+4144333").dropFirst(4) == spellings[0].dropFirst(4).dropLast(2))
        #expect(Self.mask.masked("sip:+4144334@a") != spellings[0])
        #expect(IdentityMask(key: [1]).masked("sip:+4144333@a") != spellings[0])
        #expect(IdentityMask().masked("sip:bob@a") != IdentityMask().masked("sip:bob@a"))
    }

    @Test("URIs and numbers within a text are masked, the rest of it is as it was")
    func text() {
        let alice = Self.mask.masked("sip:alice@ims.example:5060")
        let number = Self.mask.masked("0791234567")
        #expect(
            Self.mask.masked(text: "reinvite to <sip:alice@ims.example:5060;lr>, then sip:alice@ims.example:5060 é")
                == "reinvite to <\(alice)>, then \(alice) é")
        #expect(Self.mask.masked(text: "call 0791234567 within 12345 ms") == "call \(number) within 12345 ms")
        #expect(!Self.mask.masked(text: "to sip:smith,alice@ims.example, then").contains("smith"))
        for plain in ["", "486 Busy Here", "stop the tests", "10.20.30.40:15060"] {
            #expect(Self.mask.masked(text: plain) == plain)
        }
    }

    @Test("Every text comes out of it, however odd", arguments: ["sip:", "tel:", "s", "9", "<\u{0}é@"])
    func hostile(unit: String) {
        let text = String(repeating: unit, count: 20_000)
        #expect(Self.mask.masked(text: text).utf8.count <= text.utf8.count * 4)
    }

    @Test("What was said is not shown, whatever the event is called; what we say is")
    func entries() {
        func shown(_ event: String, _ detail: String) -> String {
            CallRecord.Entry(milliseconds: 1, event: event, detail: detail).masked(by: Self.mask).detail
        }
        for event in [
            "caller-said", "engine-said", "engine-failed", "engine-lost", "engine-called", "digit", "keys", "tool",
            "a-new-one",
        ] {
            #expect(shown(event, "my name is Bond") == "***", "\(event)")
        }
        #expect(shown("keys", "") == "")
        #expect(shown("engine-ready", "local") == "local")
        #expect(shown("486", "from the target") == "from the target")
        #expect(shown("transfer", "refer to sip:bob@x") == "refer to " + Self.mask.masked("sip:bob@x"))
    }
}
