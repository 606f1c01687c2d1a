import Foundation
import Testing

@Suite("Docs/Compliance-ISC.md")
struct ISCComplianceTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    struct Row: Sendable, CustomTestStringConvertible {
        let behaviour: String
        let section: String
        let code: String
        let test: String

        var testDescription: String { behaviour }
    }

    static func rows() throws -> [Row] {
        let url = root.appendingPathComponent("Docs/Compliance-ISC.md")
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").compactMap { line in
            guard line.hasPrefix("| ") else { return nil }
            let cells = line.dropFirst().dropLast().split(separator: "|").map { cell in
                cell.trimmingCharacters(in: .whitespaces)
            }
            guard cells.count == 4, cells[0] != "behaviour" else { return nil }
            return Row(
                behaviour: cells[0], section: cells[1], code: cells[2].trimmingCharacters(in: ["`"]),
                test: cells[3].trimmingCharacters(in: ["`"]))
        }
    }

    /// Every function of a suite in this folder, as the page names it.
    private static func tests() throws -> Set<String> {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        var names: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file.hasSuffix(".swift") {
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            var suite = ""
            var isTest = false
            for line in text.split(separator: "\n") {
                if let match = line.wholeMatch(of: /(?:final )?struct (\w+) \{/) { suite = String(match.1) }
                if line.contains("@Test(") { isTest = true }
                if isTest, let match = line.firstMatch(of: /^    func (\w+)\(/) {
                    names.insert("\(suite).\(match.1)")
                    isTest = false
                }
            }
        }
        return names
    }

    @Test("The page has its rows, each with a section")
    func complete() throws {
        let rows = try Self.rows()
        #expect(rows.count >= 95)
        for row in rows {
            #expect(
                row.section == "none" || row.section.contains("§") || row.section.contains("Annex")
                    || row.section.contains("RFC"))
        }
    }

    @Test("The code and the test of each row exist")
    func exists() throws {
        let tests = try Self.tests()
        for row in try Self.rows() {
            let path = Self.root.appendingPathComponent(row.code).path
            #expect(FileManager.default.fileExists(atPath: path), "\(row.behaviour): \(row.code)")
            #expect(tests.contains(row.test), "\(row.behaviour): \(row.test)")
        }
    }

    @Test("Every test of ISC and of the S-CSCF is on the page")
    func nothingLeftOut() throws {
        let listed = Set(try Self.rows().map(\.test))
        let suites = [
            "ISCAllRolesTests", "ISCTerminatingTests", "ISCOriginatingTests", "ISCRouteingB2BUATests",
            "ISCHistoryInfoTests", "ISCThirdPartyRegistrationTests", "ISCProxyTests", "ISCThirdPartyCallTests",
            "RegistrationInformationTests", "RegistrationStateTests", "RegistrationSubscriptionTests",
            "ServingCSCFChainTests",
            "ServingCSCFDefaultHandlingTests", "ServingCSCFRetargetingTests", "ServingCSCFRegistrationTests",
        ]
        for test in try Self.tests() where suites.contains(String(test.prefix { $0 != "." })) {
            #expect(listed.contains(test), "\(test)")
        }
    }
}
