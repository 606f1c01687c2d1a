import ArgumentParser
import Foundation
import SIP

/// `sidetone sip`
struct SIPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sip",
        abstract: "Looks at SIP messages.",
        subcommands: [SIPCheckCommand.self]
    )
}

/// `sidetone sip check FILE…`: parses messages as they would come off the wire.
struct SIPCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Parses SIP messages as they would come off the wire and says what is wrong, where."
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Argument(help: "A message in a file, with CR LF line ends.")
    var files: [String]

    @Option(help: "text or json.")
    var format = Format.text

    struct Report: Encodable {
        var files: [MessageReport]
    }

    func run() throws {
        var reports: [MessageReport] = []
        for file in files {
            guard let data = FileManager.default.contents(atPath: file) else {
                Output.note("sidetone: \(file) cannot be read")
                throw ExitCode(66)
            }
            reports.append(MessageReport(path: file, bytes: [UInt8](data)))
        }
        switch format {
        case .json:
            try Output.json(Report(files: reports))
        case .text:
            for report in reports { print(report.text) }
        }
        if reports.contains(where: { !$0.valid }) { throw ExitCode.failure }
    }
}
