import ArgumentParser
import Foundation
import ReferenceAS

/// `sidetone config check FILE`
struct ConfigCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a configuration file: every key, every value, and whether they go together.",
        discussion: "Exit status: 0 valid, 1 not valid, 66 the file cannot be read. SIDETONE_ variables do not count."
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Argument(help: "The configuration, YAML.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(help: "How to print what was found.")
    var format = Format.text

    func run() throws {
        let environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("SIDETONE_") }
        do throws(ConfigurationErrors) {
            let (_, warnings) = try ASConfiguration.load(file: file, environment: environment, overrides: [])
            report(errors: [], warnings: warnings)
        } catch {
            if let unreadable = error.unreadableFile {
                FileHandle.standardError.write(Data("\(unreadable): cannot be read\n".utf8))
                throw ExitCode(66)
            }
            report(errors: error.errors, warnings: [])
            throw ExitCode(1)
        }
    }

    private func report(errors: [ConfigurationError], warnings: [String]) {
        switch format {
        case .text:
            for error in errors { print("error: \(error)") }
            for warning in warnings { print("warning: \(warning)") }
            if errors.isEmpty { print("\(file): valid") }
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let diagnostics =
                errors.map(ConfigCheckReport.Diagnostic.init)
                + warnings.map { ConfigCheckReport.Diagnostic(severity: "warning", message: $0) }
            let report = ConfigCheckReport(path: file, valid: errors.isEmpty, diagnostics: diagnostics)
            // Text and numbers only: encoding them cannot fail.
            if let data = try? encoder.encode(report) { print(String(decoding: data, as: UTF8.self)) }
        }
    }
}

/// What `config check --format json` prints.
struct ConfigCheckReport: Encodable {
    struct Diagnostic: Encodable {
        var severity: String
        var message: String
        var key: String?
        var line: Int?
        var column: Int?
    }

    var path: String
    var valid: Bool
    var diagnostics: [Diagnostic]
}

extension ConfigCheckReport.Diagnostic {
    init(_ error: ConfigurationError) {
        self.init(severity: "error", message: error.message, key: error.key)
        if case .file(_, let line, let column) = error.origin {
            self.line = line
            self.column = column
        }
    }
}
