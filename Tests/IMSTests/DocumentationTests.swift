import Foundation
import IMS
import SIP
import Testing

/// The example of Docs/iFC.md and of the DocC catalogue, as it stands there.
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

@Suite("The example in Docs/iFC.md and in the DocC catalogue")
struct DocumentationTests {
    @Test("It compiles and does what it says")
    func example() throws {
        let servers = try DocumentedExample.applicationServers(
            for: RuleFixture.bytes("iFC-Samples/voicemail/call.sip"),
            in: RuleFixture.bytes("iFC-Samples/voicemail/profile.xml"))
        #expect(servers == ["sip:voicemail.ims.example;mode=answer"])
    }

    @Test(
        "The page has it word for word",
        arguments: ["Docs/iFC.md", "Sources/IMS/IMS.docc/EvaluateFilterCriteria.md"])
    func text(_ page: String) throws {
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let lines = source.components(separatedBy: "\n")
        let begin = try #require(lines.firstIndex { $0.hasSuffix("// example:begin") })
        let end = try #require(lines.firstIndex { $0.hasSuffix("// example:end") })
        let example = lines[(begin + 1)..<end].map {
            $0.hasPrefix("    static ") ? String($0.dropFirst(11)) : String($0.dropFirst(4))
        }
        #expect(example.count <= 10)
        #expect(try RuleFixture.text(page).contains(example.joined(separator: "\n")))
    }

    @Test("Each symbol that the catalogue lists is declared")
    func symbols() throws {
        let sources = try FileManager.default.subpathsOfDirectory(atPath: RuleFixture.path("Sources/IMS"))
            .filter { $0.hasSuffix(".swift") }
            .map { try RuleFixture.text("Sources/IMS/\($0)") }.joined(separator: "\n")
        let page = try RuleFixture.text("Sources/IMS/IMS.docc/IMS.md")
        let names = page.matches(of: /\n- ``(\w+)``/).map { String($0.1) }
        #expect(names.count > 20)
        for name in names {
            #expect(sources.firstMatch(of: try Regex("public (struct|enum) \(name)\\b")) != nil, "\(name)")
        }
    }

    @Test("A document without a profile is an error that says why")
    func error() {
        let error = #expect(throws: ProfileError.self) { try ServiceProfile(parsing: "<IMSSubscription>") }
        #expect(error?.diagnostics.first?.rule == .xmlSyntax)
    }
}
