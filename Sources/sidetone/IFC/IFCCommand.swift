import ArgumentParser

/// `sidetone ifc`: checks, evaluates and explains service profiles.
struct IFCCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ifc",
        abstract: "Checks and evaluates initial filter criteria.",
        subcommands: [
            IFCValidateCommand.self, IFCEvaluateCommand.self, IFCExplainCommand.self, IFCDiffCommand.self,
            IFCTestCommand.self, IFCSimulateCommand.self,
        ]
    )
}
