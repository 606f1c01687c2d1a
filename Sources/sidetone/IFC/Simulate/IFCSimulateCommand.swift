import ArgumentParser
import IMS
import SIP
import Timing

/// `sidetone ifc simulate`: walks a request through a profile, with application servers that behave as stated.
struct IFCSimulateCommand: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, mermaid
    }

    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Walks a request through a profile with application servers that behave as stated.",
        discussion: """
            A behaviour is a list of steps, separated by commas:
              handback         sends the request back to the S-CSCF (what a server does that --as does not name)
              answer           answers 200
              180, 486, 503 …  answers with that status; 1xx leaves the request open
              silent           does nothing more
              retarget:URI     sends it back with another Request-URI
              redirect:URI     answers 302 with that Contact
              drop-odi         sends it back without the original dialog identifier
              wait:1500ms      waits
            Times of default handling are those of the dialect.

            Example: sidetone ifc simulate alice.xml --message call.sip --session-case originating \
            --as sip:as1.ims.example=183,503 --as sip:as2.ims.example=silent
            """)

    @Argument(help: "The service profile; - is standard input.")
    var profile: String

    @Option(help: "A SIP request; - is standard input.")
    var message: String

    @Option(name: .customLong("session-case"), help: "The session case.")
    var sessionCase: IFCSessionCase

    @Option(name: .customLong("as"), help: "SERVER=BEHAVIOUR, or BEHAVIOUR for all other servers; repeatable.")
    var servers: [IFCServerBehaviour] = []

    @Option(help: "What the called side does when the request leaves the chain: a behaviour that answers.")
    var callee: IFCServerBehaviour = .init(server: nil, steps: [.status(.ringing), .status(.ok)])

    @Option(help: "The profile of another user, who is registered; repeatable.")
    var peer: [String] = []

    @Option(help: "The identity whose service profile is used (default: the served user of the message).")
    var identity: String?

    @Option(name: .customLong("registration-type"), help: "Which REGISTER the message is.")
    var registrationType: IFCRegistrationType?

    @Option(name: .customLong("shared-sets"), help: "The shared iFC sets that the S-CSCF is configured with.")
    var sharedSets: String?

    @Option(help: "Whose reading of the profile, and whose timers, to follow.")
    var dialect: IFCDialect = .standard

    @Option(help: "text, json or mermaid.")
    var format: Format = .text

    func validate() throws {
        if ([profile, message] + peer).count(where: { $0 == "-" }) > 1 {
            throw ValidationError("only one of the files can be standard input")
        }
    }

    func run() throws {
        let document = try IFCFiles.profile(profile)
        let request = try IFCFiles.request(message)
        var options = IFCEvaluationOptions()
        options.identity = identity
        options.registrationType = registrationType
        options.dialect = dialect
        let subject = try IFCSubject(
            document: document, request: request, sessionCase: sessionCase.value, options: options)
        let sets = try sharedSets.map { try IFCFiles.sharedSets($0).sets } ?? [:]
        let peers = try peer.map { try IFCFiles.profile($0).subscription }
        var simulation = IFCSimulation(
            setup: IFCSimulationSetup(
                subscription: document.subscription, subject: subject, request: request, peers: peers,
                dialect: dialect.value, sharedSets: sets),
            behaviours: servers, callee: callee)
        simulation.run()
        switch format {
        case .text: print(IFCLadder(simulation).text)
        case .mermaid: print(IFCLadder(simulation).mermaid)
        case .json: try IFCJSON.print(IFCSimulationReport(simulation, subject))
        }
    }
}
