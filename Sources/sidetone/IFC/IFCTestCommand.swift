import ArgumentParser
import Foundation
import IMS
import SIP

/// `sidetone ifc test`: runs a user's own expectations. Exit status 0 if all of them are met, 1 if not.
struct IFCTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Checks that requests visit the application servers that you expect.",
        discussion: "The format of the file is described in Docs/iFC.md.")

    @Argument(help: "YAML files with expectations.")
    var files: [String]

    @Option(help: "text or json.")
    var format: IFCFormat = .text

    private struct Report: Encodable {
        struct Outcome: Encodable {
            let file: String
            let name: String
            let passed: Bool
            let expected: [String]
            let actual: [String]
            let reasons: [String]
        }

        let passed: Int
        let failed: Int
        let tests: [Outcome]
    }

    func run() throws {
        var outcomes: [Report.Outcome] = []
        for file in files {
            let suite = try IFCTestFile(path: file)
            for test in suite.tests { outcomes.append(try outcome(of: test, in: suite)) }
        }
        let failed = outcomes.count { !$0.passed }
        switch format {
        case .json: try IFCJSON.print(Report(passed: outcomes.count - failed, failed: failed, tests: outcomes))
        case .text:
            for outcome in outcomes { printText(outcome) }
            print("\(outcomes.count - failed) passed, \(failed) failed")
        }
        if failed > 0 { throw IFCFiles.findings }
    }

    private func outcome(of test: IFCTestFile.Test, in suite: IFCTestFile) throws -> Report.Outcome {
        let request = try suite.request(of: test)
        let document = try IFCFiles.profile(suite.path(of: test.profile ?? suite.profile))
        let sets = try suite.sharedSets.map { try IFCFiles.sharedSets(suite.path(of: $0)).sets } ?? [:]
        var options = IFCEvaluationOptions()
        options.identity = test.identity
        options.registrationType = test.registrationType
        options.dialect = test.dialect ?? suite.dialect ?? .standard
        options.sharedSets = nil
        let subject = try IFCSubject(
            document: document, request: request, sessionCase: test.sessionCase.value, options: options)
        let compiled = CompiledProfile(subject.profile, dialect: options.dialect.value, sharedSets: sets)
        let evaluation = compiled.evaluate(request, in: subject.context)
        let actual = evaluation.matches.map(\.applicationServer.serverName)
        let reasons = evaluation.criteria.map { criterion in
            "priority \(criterion.priority.map { "\($0)" } ?? "?"): \(criterion.reason)"
        }
        return Report.Outcome(
            file: suite.file, name: test.name, passed: actual == test.expect, expected: test.expect, actual: actual,
            reasons: actual == test.expect ? [] : reasons)
    }

    private func printText(_ outcome: Report.Outcome) {
        print("\(outcome.passed ? "ok  " : "FAIL") \(outcome.file): \(outcome.name)")
        guard !outcome.passed else { return }
        print("     expected: \(outcome.expected.isEmpty ? "none" : outcome.expected.joined(separator: ", "))")
        print("     visited:  \(outcome.actual.isEmpty ? "none" : outcome.actual.joined(separator: ", "))")
        for reason in outcome.reasons { print("       \(reason)") }
    }
}
