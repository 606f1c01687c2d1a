import ArgumentParser
import CTCMalloc

/// The command line; see `Docs/Operations.md`.
@main
struct Sidetone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sidetone",
        abstract: "An IMS SIP application server for conversational AI.",
        version: VersionText.version,
        subcommands: [
            ServeCommand.self, IFCCommand.self, CallCommand.self, BotCommand.self, DemoCommand.self,
            ConfigCommand.self, SIPCommand.self, MediaCommand.self, BenchCommand.self, VersionCommand.self,
        ]
    )

    /// Errors of wrong usage exit with 64, everything else as the subcommand says.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            exit(withError: error)
        }
    }
}
