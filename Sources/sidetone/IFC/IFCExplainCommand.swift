import ArgumentParser
import IMS

/// `sidetone ifc explain`: a profile, or what it says about a request, as a tree.
struct IFCExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Shows a profile as a tree, and what in it a request meets.")

    @Argument(help: "The service profile; - is standard input.")
    var profile: String

    @Option(help: "A SIP request; - is standard input.")
    var message: String?

    @Option(name: .customLong("session-case"), help: "The session case (default: what P-Served-User states).")
    var sessionCase: IFCSessionCase?

    @OptionGroup var options: IFCEvaluationOptions

    func validate() throws {
        if profile == "-" && message == "-" { throw ValidationError("only one of the two can be standard input") }
    }

    func run() throws {
        let document = try IFCFiles.profile(profile)
        guard let message else {
            explainProfiles(document)
            return
        }
        let request = try IFCFiles.request(message)
        guard let stated = sessionCase?.value ?? IFCSubject.statedSessionCase(request) else {
            throw ValidationError("the message states no session case; give one with --session-case")
        }
        let subject = try IFCSubject(document: document, request: request, sessionCase: stated, options: options)
        let compiled = CompiledProfile(subject.profile, dialect: options.dialect.value)
        let evaluation = compiled.evaluate(request, in: subject.context)
        if options.format == .json {
            let problems = ProfileValidator(document).errors(with: compiled)
            try IFCJSON.print(IFCJSON.Evaluation(evaluation, subject, problems))
            return
        }
        print("\(request.method.rawValue) \(request.requestURI)")
        print("served user \(subject.identity ?? "(none)"), session case \(stated)")
        for explanation in evaluation.criteria { print(IFCTree.lines(explanation).joined(separator: "\n")) }
        print("visits: " + (evaluation.matches.isEmpty ? "no application server" : visits(evaluation)))
    }

    private func visits(_ evaluation: ProfileEvaluation) -> String {
        evaluation.matches.map(\.applicationServer.serverName).joined(separator: ", then ")
    }

    private func explainProfiles(_ document: ProfileDocument) {
        for profile in document.subscription.serviceProfiles {
            let identities = profile.publicIdentities.map(\.identity)
            print(identities.isEmpty ? "(no identity)" : identities.joined(separator: ", "))
            let compiled = CompiledProfile(profile, dialect: options.dialect.value)
            let order = profile.initialFilterCriteria.filter { criterion in
                !compiled.skipped.contains { $0.documentIndex == criterion.documentIndex }
            }.sorted { ($0.priority, $0.documentIndex) < ($1.priority, $1.documentIndex) }
            for criterion in order { print(IFCTree.lines(criterion).joined(separator: "\n")) }
            for broken in compiled.skipped {
                print("criterion \(broken.documentIndex): skipped, because it is broken: \(broken.reason)")
            }
        }
    }
}
