import ArgumentParser
import IMS

/// `sidetone ifc validate`: exit status 0 if every document is valid, 1 if one is not, 66 if one cannot be read.
struct IFCValidateCommand: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, sarif
    }

    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Checks service profiles.",
        discussion: "Only errors make a document invalid. The rules are listed in Docs/iFC.md.")

    @Argument(help: "IMSSubscription, Sh-Data, or a fragment; - is standard input.")
    var files: [String]

    @Option(help: "text, json or sarif.")
    var format: Format = .text

    @Flag(help: "Warnings are errors.")
    var strict = false

    func run() throws {
        var isUnreadable = false
        var results: [(path: String, bytes: [UInt8], diagnostics: [ProfileDiagnostic])] = []
        for path in files {
            guard let bytes = try? IFCFiles.bytes(of: path) else {
                isUnreadable = true
                continue
            }
            let diagnostics = ProfileValidator(ProfileDocument(reading: bytes)).diagnostics(isStrict: strict)
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
