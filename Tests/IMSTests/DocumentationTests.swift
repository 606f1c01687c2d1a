import Foundation
import IMS
import SIP
import Testing

/// The example of Docs/iFC.md, as it stands there.
private enum DocumentedExample {
    // example:begin
    static func applicationServers(for message: [UInt8], in document: [UInt8]) throws -> [String] {
        let profile = try ServiceProfile(parsing: document)
        guard case .request(let request) = try SIPMessage(parsing: message) else { return [] }
        let evaluation = profile.evaluate(request, in: .terminatingUnregistered)
        for criterion in evaluation.criteria where !criterion.matched {
            print("not \(criterion.priority ?? 0): \(criterion.reason)")
        }
        return evaluation.matches.map(\.applicationServer.serverName)
    }
    // example:end
}

@Suite("The example in Docs/iFC.md")
struct DocumentationTests {
    @Test("It compiles and does what it says")
    func example() throws {
        let servers = try DocumentedExample.applicationServers(
            for: RuleFixture.bytes("iFC-Samples/voicemail/call.sip"),
            in: RuleFixture.bytes("iFC-Samples/voicemail/profile.xml"))
        #expect(servers == ["sip:voicemail.ims.example;mode=answer"])
    }

    @Test("The page has it word for word")
    func text() throws {
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let lines = source.components(separatedBy: "\n")
        let begin = try #require(lines.firstIndex { $0.hasSuffix("// example:begin") })
        let end = try #require(lines.firstIndex { $0.hasSuffix("// example:end") })
        let example = lines[(begin + 1)..<end].map {
            $0.hasPrefix("    static ") ? String($0.dropFirst(11)) : String($0.dropFirst(4))
        }
        #expect(example.count <= 10)
        #expect(try RuleFixture.text("Docs/iFC.md").contains(example.joined(separator: "\n")))
    }

    @Test("A document without a profile is an error that says why")
    func error() {
        let error = #expect(throws: ProfileError.self) { try ServiceProfile(parsing: "<IMSSubscription>") }
        #expect(error?.diagnostics.first?.rule == .xmlSyntax)
    }
}
