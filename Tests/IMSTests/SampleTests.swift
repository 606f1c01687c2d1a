import Foundation
import IMS
import SIP
import Testing

/// One line of an `expected.txt`.
struct SampleExpectation: Sendable, CustomTestStringConvertible {
    let folder: String
    let request: String
    let sessionCase: SessionCase
    let registrationType: RegistrationType?
    let servers: [String]

    var testDescription: String { "\(folder)/\(request), \(sessionCase)" }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("iFC-Samples")

    private static let sessionCases: [String: SessionCase] = [
        "originating": .originating, "terminating-registered": .terminatingRegistered,
        "terminating-unregistered": .terminatingUnregistered, "originating-unregistered": .originatingUnregistered,
        "originating-cdiv": .originatingCDIV,
    ]
    private static let registrationTypes: [String: RegistrationType] = [
        "initial": .initial, "re-registration": .reRegistration, "de-registration": .deRegistration,
    ]

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: root.appendingPathComponent(path)))
    }

    static func folders() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.path).filter { !$0.contains(".") }.sorted()
    }

    static func all() throws -> [SampleExpectation] {
        try folders().flatMap { folder in
            let text = String(decoding: try bytes("\(folder)/expected.txt"), as: UTF8.self)
            return try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
                let words = line.split(separator: " ").map(String.init)
                try #require(words.count >= 4, "\(folder): \(line)")
                return SampleExpectation(
                    folder: folder, request: words[0], sessionCase: try #require(sessionCases[words[1]]),
                    registrationType: registrationTypes[words[2]], servers: words[3...].filter { $0 != "-" })
            }
        }
    }
}

@Suite("iFC-Samples")
struct SampleTests {
    @Test("Requests visit the servers that expected.txt names", arguments: try SampleExpectation.all())
    func evaluates(_ sample: SampleExpectation) throws {
        let document = ProfileDocument(reading: try SampleExpectation.bytes("\(sample.folder)/profile.xml"))
        let message = try SIPMessage(parsing: try SampleExpectation.bytes("\(sample.folder)/\(sample.request)"))
        guard case .request(let request) = message else {
            Issue.record("not a request")
            return
        }
        let profile = try #require(document.subscription.serviceProfiles.first)
        let compiled = CompiledProfile(profile)
        let context = EvaluationContext(
            sessionCase: sample.sessionCase, registrationType: sample.registrationType)
        let matches = compiled.matches(request, in: context)
        #expect(matches.map(\.applicationServer.serverName) == sample.servers)
        #expect(compiled.evaluate(request, in: context).matches == matches)
    }

    @Test("Every sample but the broken one is valid without a warning", arguments: try SampleExpectation.folders())
    func validates(_ folder: String) throws {
        let document = ProfileDocument(reading: try SampleExpectation.bytes("\(folder)/profile.xml"))
        let diagnostics = ProfileValidator(document).diagnostics()
        if folder == "broken-criterion" {
            #expect(diagnostics.map(\.rule) == [.xmlAmpersand, .patternInvalid, .elementMissing])
        } else {
            #expect(diagnostics == [])
        }
    }

    @Test("Sixteen and more requests are tried")
    func completeness() throws {
        #expect(try SampleExpectation.folders().count >= 8)
        #expect(try SampleExpectation.all().count >= 16)
    }
}
