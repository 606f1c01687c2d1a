import ArgumentParser
import IMS

/// `sidetone ifc validate`: exit status 0 if every document is valid, 1 if one is not, 66 if one cannot be read.
struct IFCValidateCommand: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, sarif
    }

    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Checks service profiles.",
        discussion: "Only errors make a document invalid. Each rule has a section in Docs/iFC-Rules.md.")

    @Argument(help: "IMSSubscription, Sh-Data, or a fragment; - is standard input.")
    var files: [String]

    @Option(help: "text, json or sarif.")
    var format: Format = .text

    @Flag(help: "Warnings are errors.")
    var strict = false

    @Option(help: "An XML Schema to check against as well, such as the one of TS 29.228.")
    var schema: String?

    @Option(name: .customLong("shared-sets"), help: "The shared iFC sets that the S-CSCF is configured with.")
    var sharedSets: String?

    @Flag(
        inversion: .prefixedNo, help: "Look for requests that other S-CSCFs (Kamailio, Clearwater) treat differently.")
    var portability = true

    func run() throws {
        var isUnreadable = false
        let userSchema = try schema.map { ProfileSchema(try IFCFiles.bytes(of: $0)) }
        let sets = try sharedSets.map { try IFCFiles.sharedSets($0) }
        var results: [(path: String, bytes: [UInt8], diagnostics: [ProfileDiagnostic])] = []
        for path in files {
            guard let bytes = try? IFCFiles.bytes(of: path) else {
                isUnreadable = true
                continue
            }
            let validator = ProfileValidator(
                ProfileDocument(reading: bytes), sharedSets: sets, isPortabilityChecked: portability)
            var diagnostics = validator.diagnostics(isStrict: strict)
            if let userSchema { diagnostics = (diagnostics + userSchema.diagnostics(for: bytes)).inDocumentOrder }
            results.append((path, bytes, diagnostics))
        }
        switch format {
        case .text:
            for result in results { printText(result.path, result.bytes, result.diagnostics) }
        case .json:
            let files = results.map {
                IFCJSON.Report.File(
                    path: $0.path, valid: ProfileValidator.isValid($0.diagnostics),
                    diagnostics: $0.diagnostics.map { IFCJSON.Diagnostic($0) })
            }
            try IFCJSON.print(IFCJSON.Report(files: files))
        case .sarif: try IFCJSON.print(IFCSARIF(results.map { ($0.path, $0.diagnostics) }))
        }
        if isUnreadable { throw IFCFiles.unreadable }
        if !results.allSatisfy({ ProfileValidator.isValid($0.diagnostics) }) { throw IFCFiles.findings }
    }

    private func printText(_ path: String, _ bytes: [UInt8], _ diagnostics: [ProfileDiagnostic]) {
        let text = IFCDiagnosticText(path: path, bytes: bytes)
        for diagnostic in diagnostics { print(text.text(diagnostic)) }
        let counts: [String] = [ProfileDiagnostic.Severity.error, .warning, .note].compactMap { severity in
            let count = diagnostics.count { $0.severity == severity }
            return count == 0 ? nil : "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }
        let verdict = ProfileValidator.isValid(diagnostics) ? "valid" : "invalid"
        print(([("\(path): \(verdict)")] + counts).joined(separator: ", "))
    }
}
