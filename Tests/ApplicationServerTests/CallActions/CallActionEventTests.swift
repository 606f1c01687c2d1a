import IMS
import SIP
import Testing
import VoiceEngine

@testable import ApplicationServer

@Suite("Events of calls as JSON")
struct CallActionEventTests {
    private static func context(
        _ lines: String = "",
        servedUser: String = "<sip:bob@ims.example>;sescase=term;regstate=reg"
    ) throws -> CallActionContext {
        let text = """
            INVITE sip:bob@ims.example SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1
            From: "Al \\"x\\" ice" <sip:alice@ims.example>;tag=1
            To: <sip:bob@ims.example>
            Call-ID: a"b@192.0.2.1
            CSeq: 1 INVITE
            P-Served-User: \(servedUser)
            P-Asserted-Identity: "Zoë" <sip:alice@ims.example>
            \(lines)Content-Length: 0


            """
        let bytes = Array(text.replacing("\n", with: "\r\n").utf8)
        guard case .request(let request) = try SIPMessage(parsing: bytes) else { throw CallError.media("no request") }
        let incoming = try ISCRequest(request) { _ in false }
        return CallActionContext(incoming, callID: request.headers.first(.callID) ?? "", service: "line")
    }

    private static func json(_ event: CallActionEvent, of context: CallActionContext) throws -> JSONValue {
        try JSONValue(parsing: event.json(of: context, identifier: "x-1", at: UTCTime(secondsSince1970: 0)))
    }

    @Test("All of it, as a receiver reads it")
    func all() throws {
        let results = [
            CallActionResult(action: "collect", outcome: .done, digits: "12"),
            CallActionResult(action: "transfer", outcome: .failed, reason: "busy"),
        ]
        let event = CallActionEvent(.transferFailed("busy"), sequence: 3, results: results, keys: "9#")
        let json = try Self.json(event, of: Self.context())
        #expect(json["event"] == .string("transfer-failed"))
        #expect(json["id"] == .string("x-1"))
        #expect(json["sequence"] == .number("3"))
        #expect(json["time"] == .string("1970-01-01T00:00:00Z"))
        #expect(json["reason"] == .string("busy"))
        #expect(json["keys"] == .string("9#"))
        let call = try #require(json["call"])
        #expect(call["id"] == .string("a\"b@192.0.2.1"))
        #expect(call["answered"] == .bool(true))
        #expect(call["caller"] == .string("sip:alice@ims.example"))
        #expect(call["callerName"] == .string("Zoë"))
        #expect(call["sessionCase"] == .string("terminating-registered"))
        #expect(call["withheld"] == nil)
        guard case .array(let elements)? = json["results"] else { throw CallError.media("no results") }
        #expect(elements.map { $0["outcome"] } == [.string("done"), .string("failed")])
        #expect(elements[0]["digits"] == .string("12"))
        #expect(elements[1]["reason"] == .string("busy"))
    }

    @Test("Who asked for privacy is not named")
    func withheld() throws {
        let context = try Self.context("Privacy: id\n")
        let call = try #require(try Self.json(CallActionEvent(.incoming, sequence: 0), of: context)["call"])
        #expect(call["withheld"] == .bool(true))
        #expect(call["caller"] == nil && call["callerName"] == nil && call["from"] == nil)
        #expect(call["servedUser"] == .string("sip:bob@ims.example"))
    }

    @Test(
        "Nor as the served user of a call of theirs; who diverted it is somebody else",
        arguments: [
            ("sescase=orig;regstate=reg", "originating", true),
            ("sescase=orig;regstate=unreg", "originating-unregistered", true),
            ("orig-cdiv", "originating-cdiv", false),
        ])
    func withheldAndServed(_ parameters: String, _ sessionCase: String, _ isCaller: Bool) throws {
        let user = "sip:alice@ims.example"
        for line in ["Privacy: id\n", ""] {
            let context = try Self.context(line, servedUser: "<\(user)>;\(parameters)")
            let call = try #require(try Self.json(CallActionEvent(.incoming, sequence: 0), of: context)["call"])
            #expect(call["servedUser"] == (isCaller && !line.isEmpty ? nil : .string(user)))
            #expect(call["sessionCase"] == .string(sessionCase))
        }
    }

    @Test("Whatever a caller's name holds, it is one string", arguments: HostileTexts.all)
    func hostile(_ text: String) throws {
        var context = try Self.context()
        context.callerName = text
        context.from = text
        let json = try Self.json(CallActionEvent(.ended(text), sequence: 0), of: context)
        #expect(json["call"]?["callerName"] == .string(text))
        #expect(json["call"]?["from"] == .string(text))
        #expect(json["reason"] == .string(text))
    }

    @Test("No two calls have the same identifier")
    func identifiers() throws {
        let identifiers = Set(try (0..<100).map { _ in try Self.context().identifier })
        #expect(identifiers.count == 100)
        #expect(identifiers.allSatisfy { $0.utf8.count == 32 })
    }
}
