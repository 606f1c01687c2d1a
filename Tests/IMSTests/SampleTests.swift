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

    static func sharedSets(_ folder: String) throws -> SharedIFCSets? {
        guard FileManager.default.fileExists(atPath: root.appendingPathComponent("\(folder)/shared-sets.xml").path)
        else { return nil }
        return SharedIFCSets(reading: try bytes("\(folder)/shared-sets.xml"))
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
        let subscription = document.subscription
        let served = ServedUserSelection.servedUser(of: request, sessionCase: sample.sessionCase)
        let index = served.flatMap { subscription.profile(for: $0.uri)?.index } ?? 0
        let profile = try #require(subscription.serviceProfiles.dropFirst(index).first)
        let sets = try SampleExpectation.sharedSets(sample.folder)
        let compiled = CompiledProfile(profile, sharedSets: sets?.sets ?? [:])
        let context = EvaluationContext(
            sessionCase: sample.sessionCase, registrationType: sample.registrationType)
        let matches = compiled.matches(request, in: context)
        #expect(matches.map(\.applicationServer.serverName) == sample.servers)
        #expect(compiled.evaluate(request, in: context).matches == matches)
    }

    @Test(
        "Every sample but the broken one is valid, with nothing to say but notes and what other S-CSCFs do",
        arguments: try SampleExpectation.folders())
    func validates(_ folder: String) throws {
        let document = ProfileDocument(reading: try SampleExpectation.bytes("\(folder)/profile.xml"))
        let sets = try SampleExpectation.sharedSets(folder)
        let diagnostics = ProfileValidator(document, sharedSets: sets, isPortabilityChecked: false).diagnostics()
        if folder == "broken-criterion" {
            #expect(diagnostics.map(\.rule) == [.xmlAmpersand, .patternInvalid, .elementMissing])
        } else {
            #expect(diagnostics.filter { $0.severity > .note } == [])
            #expect(sets?.diagnostics ?? [] == [])
        }
        let all = ProfileValidator(document, sharedSets: sets).diagnostics()
        #expect(all.filter { !$0.rule.id.hasPrefix("portability") } == diagnostics)
    }

    @Test("Every sample is written back as a document that says the same", arguments: try SampleExpectation.folders())
    func roundTrip(_ folder: String) throws {
        let document = ProfileDocument(reading: try SampleExpectation.bytes("\(folder)/profile.xml"))
        let written = ProfileDocument(reading: document.subscription.xml())
        #expect(written.diagnostics.filter { $0.severity > .note } == [])
        #expect(written.subscription.withoutPlaces == document.subscription.withoutPlaces)
    }

    @Test("There are profiles of at least 25 services, each with requests")
    func completeness() throws {
        let folders = try SampleExpectation.folders()
        #expect(folders.count >= 25)
        let expectations = try SampleExpectation.all()
        for folder in folders { #expect(expectations.contains { $0.folder == folder }, "\(folder)") }
        #expect(expectations.count >= 100)
    }

    @Test("README.md names every sample")
    func readme() throws {
        let text = String(decoding: try SampleExpectation.bytes("README.md"), as: UTF8.self)
        for folder in try SampleExpectation.folders() { #expect(text.contains("| `\(folder)` |"), "\(folder)") }
    }
}
