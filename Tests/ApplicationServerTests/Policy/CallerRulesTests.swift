import IMS
import SIP
import Testing

@testable import ApplicationServer

@Suite("Which callers get through")
struct CallerRulesTests {
    private static let rules = CallerRules(
        allowed: ["+4144", "sip:ann@ims.example", "sip:*@partner.example"].compactMap { TargetRule($0) },
        denied: ["+4144900", "sip:eve@partner.example"].compactMap { TargetRule($0) },
        anonymous: .ask,
        unknown: .reject
    )

    /// The request of a caller.
    private static func request(
        _ identities: [String], from: String = "<sip:x@y>;tag=1", privacy: String? = nil
    ) throws -> ISCRequest {
        var request = SIPRequest(method: .invite, requestURI: "sip:bob@ims.example")
        request.headers.append(.from, from)
        for identity in identities { request.headers.append(.pAssertedIdentity, identity) }
        if let privacy { request.headers.append(.privacy, privacy) }
        return try ISCRequest(request) { _ in false }
    }

    @Test(
        "What the network asserts is looked for in the lists, a denied caller first",
        arguments: [
            ("<sip:ann@ims.example>", CallerRules.Decision(.allow, .allowed)),
            ("<sip:bob@ims.example>", .init(.reject, .unknown)),
            ("<sip:dan@partner.example>", .init(.allow, .allowed)),
            ("<sip:eve@partner.example>", .init(.reject, .denied)),
            ("<tel:+41441234567>", .init(.allow, .allowed)),
            ("<tel:+41449001234>", .init(.reject, .denied)),
            ("<sip:+41441234567@anywhere.example;user=phone>", .init(.allow, .allowed)),
            ("<sip:41441234567@anywhere.example>", .init(.reject, .unknown)),
            ("<tel:+49301234>", .init(.reject, .unknown)),
        ]
    )
    func lists(identity: String, decision: CallerRules.Decision) throws {
        #expect(Self.rules.decide(on: try Self.request([identity])) == decision)
    }

    @Test("One identity of several is enough")
    func several() throws {
        let both = ["<sip:bob@ims.example>", "<tel:+41441234567>"]
        #expect(Self.rules.decide(on: try Self.request(both)) == .init(.allow, .allowed))
        let denied = ["<sip:ann@ims.example>", "<tel:+41449001234>"]
        #expect(Self.rules.decide(on: try Self.request(denied)) == .init(.reject, .denied))
    }

    @Test("From is not believed")
    func from() throws {
        let request = try Self.request([], from: "<sip:ann@ims.example>;tag=1")
        #expect(Self.rules.decide(on: request) == .init(.reject, .unknown))
    }

    @Test("Who is not named is anonymous, in the allow list or not; a denied caller stays denied")
    func anonymous() throws {
        let anonymous = CallerRules.Decision(.ask, .anonymous)
        let withheld = try Self.request(["<sip:ann@ims.example>"], privacy: "id")
        #expect(Self.rules.decide(on: withheld) == anonymous)
        let unnamed = try Self.request([], from: "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1")
        #expect(Self.rules.decide(on: unnamed) == anonymous)
        let denied = try Self.request(["<tel:+41449001234>"], privacy: "id")
        #expect(Self.rules.decide(on: denied) == .init(.reject, .denied))
    }
}
