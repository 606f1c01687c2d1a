import SIP
import Testing

@testable import IMS

@Suite("What of a message a pattern matches, or comes nearest to")
struct ExpressionTraceTests {
    private static func trace(_ pattern: String, _ subject: String) throws -> (match: String?, nearest: String?) {
        let bytes = Array(subject.utf8)
        let trace = try ExtendedRegularExpression(pattern).trace(bytes.span)
        return (trace.match.map { bytes.span.text($0) }, trace.nearest.map { bytes.span.text($0) })
    }

    @Test(
        "The leftmost match, and of those the longest (XBD §9.1)",
        arguments: [
            ("b+", "abbbabbbbb", "bbb"), ("ab|abc", "xabcd", "abc"), ("^a", "aa", "a"), ("a$", "aab a", "a"),
            ("(a|ab)(c|bcd)", "abcd", "abcd"), ("x*", "aaa", ""), ("o.*e", "hello there one", "o there one"),
        ])
    func match(_ pattern: String, _ subject: String, _ expected: String) throws {
        #expect(try Self.trace(pattern, subject).match == expected)
    }

    @Test(
        "Without a match the longest stretch that one could begin with",
        arguments: [
            ("alice@home", "sip:al, sip:alice@ims, sip:alice", "alice@"), ("^alice", "bob", nil),
            ("abc$", "abcd abc x", "abc"), ("[0-9]{4}", "12 123 12", "123"),
        ] as [(String, String, String?)])
    func nearest(_ pattern: String, _ subject: String, _ expected: String?) throws {
        let trace = try Self.trace(pattern, subject)
        #expect(trace.match == nil)
        #expect(trace.nearest == expected)
    }

    @Test(
        "A match is found exactly when the compiled pattern finds one",
        arguments: ["a*b", "^a", "b$", "(a|b)*c", "a{2,3}$"])
    func agrees(_ pattern: String) throws {
        let expression = try ExtendedRegularExpression(pattern)
        for number in 0..<729 {
            var rest = number
            var subject: [UInt8] = []
            while rest > 0 {
                subject.append(UInt8(ascii: "a") + UInt8(rest % 3))
                rest /= 3
            }
            #expect((expression.trace(subject.span).match != nil) == expression.matches(subject.span))
        }
    }
}

@Suite("The bytes that decide a test")
struct EvidenceTests {
    private static func evidence(
        _ test: ServicePointTrigger.Test, negated: Bool = false, dialect: Dialect = .standard,
        uri: String = "sip:bob@ims.example;user=phone"
    ) throws -> TestEvidence? {
        let body = "v=0\r\nm=audio 1 RTP/AVP 8\r\nm=video 2 RTP/AVP 96\r\n"
        let text =
            "INVITE \(uri) SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
            + "f: \"Alice\" <sip:alice@ims.example>;tag=1\r\nTo: <sip:bob@ims.example>\r\nCall-ID: 1\r\n"
            + "CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nSubject: first\r\n part\r\nSubject: second partner\r\n"
            + "Content-Type: application/sdp\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        guard case .request(let request) = try SIPMessage(parsing: Array(text.utf8)) else { return nil }
        var profile = ServiceProfile()
        profile.initialFilterCriteria = [
            InitialFilterCriteria(
                priority: 0,
                triggerPoint: TriggerPoint(
                    isConjunctiveNormalForm: true,
                    servicePointTriggers: [ServicePointTrigger(isNegated: negated, test: test)]),
                applicationServer: .init(serverName: "sip:as.ims.example"))
        ]
        let evaluation = CompiledProfile(profile, dialect: dialect).evaluate(request, in: .originating)
        let explanation = try #require(evaluation.criteria.first?.groups.first?.tests.first)
        if let evidence = explanation.evidence { #expect(evidence.isMatch == (explanation.holds != negated)) }
        return explanation.evidence
    }

    @Test("A header that matches: the field and its bytes, in compact form, unfolded")
    func header() throws {
        let from = try #require(try Self.evidence(.sipHeader(name: "From", content: "alice@[a-z]+")))
        #expect(from.place == "f")
        #expect(from.parts == ("\"Alice\" <sip:", "alice@ims", ".example>;tag=1"))
        let subject = try #require(try Self.evidence(.sipHeader(name: "Subject", content: "first part")))
        #expect(subject.parts.hit == "first part")
        let present = try #require(try Self.evidence(.sipHeader(name: "Subject", content: nil), negated: true))
        #expect(present.parts.hit == "first part")
    }

    @Test("Of several fields the one in which the pattern came furthest")
    func nearestHeader() throws {
        let miss = try #require(try Self.evidence(.sipHeader(name: "Subject", content: "partnership")))
        #expect(!miss.isMatch)
        #expect(miss.parts == ("second ", "partner", ""))
        #expect(miss.reason == "a match would have to go on behind its end")
        let none = try #require(try Self.evidence(.sipHeader(name: "Subject", content: "^x")))
        #expect(none.hit.isEmpty)
        #expect(none.reason == "a match could begin nowhere in it")
    }

    @Test("What is not there has no bytes")
    func absent() throws {
        #expect(try Self.evidence(.sipHeader(name: "Priority", content: "urgent")) == nil)
        #expect(try Self.evidence(.sessionDescription(line: "a", content: "sendonly")) == nil)
        #expect(try Self.evidence(.sessionCase(.originating)) == nil)
    }

    @Test("What of a Request-URI is compared, by dialect")
    func requestURI() throws {
        let miss = try #require(try Self.evidence(.requestURI(pattern: "^ims\\.test$")))
        #expect(miss.value.span.text(miss.compared) == "ims.example")
        #expect(miss.parts == ("sip:bob@", "ims.", "example;user=phone"))
        let whole = try #require(try Self.evidence(.requestURI(pattern: "bob@ims"), dialect: .kamailio))
        #expect(whole.compared.count == whole.value.count)
        #expect(whole.parts.hit == "bob@ims")
    }

    @Test("Lines of a session description of that letter")
    func sessionDescription() throws {
        let hit = try #require(try Self.evidence(.sessionDescription(line: "m", content: "^video")))
        #expect(hit.place == "m=")
        #expect(hit.parts == ("", "video", " 2 RTP/AVP 96"))
        let miss = try #require(try Self.evidence(.sessionDescription(line: "m", content: "audio 1 RTP/SAVP")))
        #expect(miss.parts.hit == "audio 1 RTP/")
    }

    @Test("Methods: how much is alike")
    func method() throws {
        #expect(try Self.evidence(.method("INVITE", registrationTypes: []))?.parts.hit == "INVITE")
        #expect(try Self.evidence(.method("INFO", registrationTypes: []))?.parts.hit == "IN")
        #expect(try Self.evidence(.method("inv", registrationTypes: []), dialect: .kamailio)?.isMatch == true)
    }
}
