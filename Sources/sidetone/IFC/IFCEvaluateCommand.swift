import ArgumentParser
import IMS

/// `sidetone ifc evaluate`: which application servers a request triggers, in order.
struct IFCEvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Says which application servers a request triggers, in order.")

    @Argument(help: "The service profile; - is standard input.")
    var profile: String

    @Option(help: "A SIP request; - is standard input.")
    var message: String

    @Option(name: .customLong("session-case"), help: "The session case.")
    var sessionCase: IFCSessionCase

    @OptionGroup var options: IFCEvaluationOptions

    @Option(help: "text or json.")
    var format: IFCFormat = .json

    func validate() throws {
        if profile == "-" && message == "-" { throw ValidationError("only one of the two can be standard input") }
    }

    func run() throws {
        let document = try IFCFiles.profile(profile)
        let request = try IFCFiles.request(message)
        let subject = try IFCSubject(
            document: document, request: request, sessionCase: sessionCase.value, options: options)
        let sets = try options.sharedSets.map { try IFCFiles.sharedSets($0).sets } ?? [:]
        let compiled = CompiledProfile(subject.profile, dialect: options.dialect.value, sharedSets: sets)
        let evaluation = compiled.evaluate(request, in: subject.context)
        let problems = ProfileValidator(document).errors(with: compiled)
        switch format {
        case .json: try IFCJSON.print(IFCJSON.Evaluation(evaluation, subject, problems))
        case .text: printText(evaluation, subject, problems)
        }
    }

    private func printText(
        _ evaluation: ProfileEvaluation, _ subject: IFCSubject, _ problems: [ProfileDiagnostic]
    ) {
        let user = subject.identity ?? "(no identity)"
        print("\(user), \(subject.context.sessionCase):")
        if evaluation.matches.isEmpty { print("  no application server") }
        for (position, match) in evaluation.matches.enumerated() {
            print("  \(position + 1). \(match.applicationServer.summary) (priority \(match.priority))")
        }
        for criterion in evaluation.criteria {
            let priority = criterion.priority.map { "\($0)" } ?? "?"
            print("  [\(criterion.matched ? "x" : " ")] priority \(priority): \(criterion.reason)")
        }
        let text = IFCDiagnosticText(path: profile, bytes: [])
        for problem in problems { print(text.text(problem)) }
    }
}

extension InitialFilterCriteria.ApplicationServer {
    /// One line for people.
    var summary: String {
        var text = serverName + (defaultHandling == .sessionContinued ? ", SESSION_CONTINUED" : ", SESSION_TERMINATED")
        if let serviceInfo { text += ", service info \"\(serviceInfo)\"" }
        if includesRegisterRequest { text += ", with the REGISTER" }
        if includesRegisterResponse { text += ", with its response" }
        return text
    }
}
