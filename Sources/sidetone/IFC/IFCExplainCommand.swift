import ArgumentParser
import IMS

/// `sidetone ifc explain`: a profile, or what it says about a request, as a tree.
struct IFCExplainCommand: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, mermaid, dot
    }

    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Shows a profile as a tree, and what in it a request meets.")

    @Argument(help: "The service profile; - is standard input.")
    var profile: String

    @Option(help: "A SIP request; - is standard input.")
    var message: String?

    @Option(name: .customLong("session-case"), help: "The session case (default: what P-Served-User states).")
    var sessionCase: IFCSessionCase?

    @OptionGroup var options: IFCEvaluationOptions

    @Option(help: "text, json (with --message), mermaid or dot.")
    var format: Format = .text

    func validate() throws {
        if format == .json && message == nil { throw ValidationError("--format json needs a message") }
        if profile == "-" && message == "-" { throw ValidationError("only one of the two can be standard input") }
    }

    func run() throws {
        let document = try IFCFiles.profile(profile)
        let sets = try options.sharedSets.map { try IFCFiles.sharedSets($0).sets } ?? [:]
        guard let message else {
            explainProfiles(document, sets)
            return
        }
        let request = try IFCFiles.request(message)
        guard let stated = sessionCase?.value ?? IFCSubject.statedSessionCase(request) else {
            throw ValidationError("the message states no session case; give one with --session-case")
        }
        let subject = try IFCSubject(document: document, request: request, sessionCase: stated, options: options)
        let compiled = CompiledProfile(subject.profile, dialect: options.dialect.value, sharedSets: sets)
        let evaluation = compiled.evaluate(request, in: subject.context)
        switch format {
        case .json:
            let problems = ProfileValidator(document).errors(with: compiled)
            try IFCJSON.print(IFCJSON.Evaluation(evaluation, subject, problems))
            return
        case .mermaid:
            print(IFCGraph(evaluation, identity: subject.identity).mermaid)
            return
        case .dot:
            print(IFCGraph(evaluation, identity: subject.identity).dot)
            return
        case .text: break
        }
        print("\(request.method.rawValue) \(request.requestURI)")
        print("served user \(subject.identity ?? "(none)"), session case \(stated)")
        for explanation in evaluation.criteria { print(IFCTree.lines(explanation).joined(separator: "\n")) }
        print("visits: " + (evaluation.matches.isEmpty ? "no application server" : visits(evaluation)))
    }

    private func visits(_ evaluation: ProfileEvaluation) -> String {
        evaluation.matches.map(\.applicationServer.serverName).joined(separator: ", then ")
    }

    private func explainProfiles(_ document: ProfileDocument, _ sets: [Int: [InitialFilterCriteria]]) {
        let profiles = document.subscription.serviceProfiles
        let compiled = profiles.map { CompiledProfile($0, dialect: options.dialect.value, sharedSets: sets) }
        switch format {
        case .mermaid: print(IFCGraph(zip(profiles, compiled).map { ($0, $1.orderedCriteria) }).mermaid)
        case .dot: print(IFCGraph(zip(profiles, compiled).map { ($0, $1.orderedCriteria) }).dot)
        case .text, .json:
            for (profile, compiled) in zip(profiles, compiled) {
                let identities = profile.publicIdentities.map(\.identity)
                print(identities.isEmpty ? "(no identity)" : identities.joined(separator: ", "))
                for criterion in compiled.orderedCriteria { print(IFCTree.lines(criterion).joined(separator: "\n")) }
                for broken in compiled.skipped {
                    print("criterion \(broken.documentIndex): skipped, because it is broken: \(broken.reason)")
                }
            }
        }
    }
}
