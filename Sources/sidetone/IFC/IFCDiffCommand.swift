import ArgumentParser
import IMS

/// `sidetone ifc diff`: exit status 0 if two profiles treat every request alike, 1 if not.
struct IFCDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Says what a change of a profile changes in behaviour.",
        discussion: "Texts are not compared: a profile that is written differently and does the same is the same.")

    @Argument(help: "The profile as it was; - is standard input.")
    var old: String

    @Argument(help: "The profile as it is to be.")
    var new: String

    @Option(name: .customLong("shared-sets"), help: "The shared iFC sets that the S-CSCF is configured with.")
    var sharedSets: String?

    @Option(help: "text or json.")
    var format: IFCFormat = .text

    func validate() throws {
        if old == "-" && new == "-" { throw ValidationError("only one of the two can be standard input") }
    }

    private struct Report: Encodable {
        struct Difference: Encodable {
            let kind: String
            let identity: IFCNullable<String>
            let message: String
            let sessionCase: IFCNullable<String>
            let request: IFCNullable<String>
            let before: [String]
            let after: [String]
        }

        let same: Bool
        let differences: [Difference]
    }

    func run() throws {
        let before = try IFCFiles.profile(old)
        let after = try IFCFiles.profile(new)
        let sets = try sharedSets.map { try IFCFiles.sharedSets($0).sets } ?? [:]
        for (path, document) in [(old, before), (new, after)] {
            for broken in document.subscription.serviceProfiles.flatMap(\.brokenCriteria) {
                IFCFiles.note(
                    "\(path): note: criterion \(broken.documentIndex) is broken and left out: \(broken.reason)")
            }
        }
        let differences = before.subscription.differences(to: after.subscription, sharedSets: sets)
        switch format {
        case .json:
            try IFCJSON.print(
                Report(
                    same: differences.isEmpty,
                    differences: differences.map {
                        Report.Difference(
                            kind: $0.kind.rawValue, identity: IFCNullable(value: $0.identity), message: $0.message,
                            sessionCase: IFCNullable(
                                value: $0.sample.map { IFCSessionCase($0.context.sessionCase).rawValue }),
                            request: IFCNullable(value: $0.sample?.text), before: $0.before.map(\.serverName),
                            after: $0.after.map(\.serverName))
                    }))
        case .text: printText(differences)
        }
        if !differences.isEmpty { throw IFCFiles.findings }
    }

    private func printText(_ differences: [ProfileDifference]) {
        if differences.isEmpty { print("same: every request visits the same application servers in the same order") }
        for difference in differences {
            print((difference.identity.map { "\($0): " } ?? "") + difference.message)
            guard let sample = difference.sample else { continue }
            print("    shown by: \(sample.summary)")
            print("    before: \(visits(difference.before))")
            print("    after:  \(visits(difference.after))")
        }
    }

    private func visits(_ servers: [InitialFilterCriteria.ApplicationServer]) -> String {
        servers.isEmpty ? "no application server" : servers.map(\.summary).joined(separator: ", then ")
    }
}
