import Foundation
import IMS
import Testing

/// A line of `Tests/Fixtures/iFC-Rules/expected.txt`: where a rule is broken in its bad document.
struct RuleFixture: Sendable, CustomTestStringConvertible {
    let id: String
    let line: Int
    let column: Int
    let severity: String

    var testDescription: String { id }

    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func path(_ path: String) -> String { repository.appendingPathComponent(path).path }

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: repository.appendingPathComponent(path)))
    }

    static func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

    static func all() throws -> [RuleFixture] {
        try text("Tests/Fixtures/iFC-Rules/expected.txt").split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { line in
                let words = line.split(separator: " ").map(String.init)
                try #require(words.count == 4, "\(line)")
                return RuleFixture(
                    id: words[0], line: try #require(Int(words[1])), column: try #require(Int(words[2])),
                    severity: words[3])
            }
    }

    func diagnostics(_ kind: String) throws -> [ProfileDiagnostic] {
        let folder = "Tests/Fixtures/iFC-Rules"
        let bytes = try Self.bytes("\(folder)/\(id).\(kind).xml")
        let sets = SharedIFCSets(reading: try Self.bytes("\(folder)/shared-sets.xml"))
        let found = ProfileValidator(ProfileDocument(reading: bytes), sharedSets: sets).diagnostics()
        guard id == "xml-schema" else { return found }
        let schema = ProfileSchema(try Self.bytes("\(folder)/no-criteria.xsd"))
        return (found + schema.diagnostics(for: bytes)).inDocumentOrder
    }
}

@Suite("Each rule on a document that breaks it and on one that does not")
struct RuleFixtureTests {
    @Test("The bad document breaks the rule on the line given, the good one nowhere", arguments: try RuleFixture.all())
    func documents(_ fixture: RuleFixture) throws {
        let broken = try #require(try fixture.diagnostics("bad").first { $0.rule.id == fixture.id })
        #expect(broken.location.line == fixture.line)
        #expect(broken.location.column == fixture.column)
        #expect(broken.severity.rawValue == fixture.severity)
        #expect(broken.severity == broken.rule.severity)
        #expect(!broken.message.isEmpty)
        #expect(try !fixture.diagnostics("good").contains { $0.rule.id == fixture.id })
    }

    @Test("A good document has no error", arguments: try RuleFixture.all())
    func good(_ fixture: RuleFixture) throws {
        #expect(try ProfileValidator.isValid(fixture.diagnostics("good")))
    }

    @Test("Every rule has its documents, its advice, and its section in Docs/iFC-Rules.md; no other has")
    func completeness() throws {
        let ids = ProfileRule.all.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(Set(try RuleFixture.all().map(\.id)) == Set(ids))
        let manual = try RuleFixture.text("Docs/iFC-Rules.md")
        let sections = manual.split(separator: "\n").filter { $0.hasPrefix("### ") }.map { String($0.dropFirst(4)) }
        #expect(sections == ids)
        // Line breaks and escapes of Markdown aside, the page says what the rule says.
        let words = manual.replacingOccurrences(of: "\\", with: "").split { $0 == " " || $0 == "\n" }
        let text = words.joined(separator: " ")
        for rule in ProfileRule.all {
            #expect(!rule.advice.isEmpty)
            #expect(text.contains(rule.summary.replacingOccurrences(of: "\\", with: "")), "\(rule.id)")
            #expect(text.contains(rule.advice.replacingOccurrences(of: "\\", with: "")), "\(rule.id)")
            #expect(manual.contains("**\(rule.severity.rawValue)**"))
        }
    }
}
