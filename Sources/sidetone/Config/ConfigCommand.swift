import ArgumentParser

/// `sidetone config`
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Check a configuration file, or print every key there is.",
        subcommands: [ConfigCheckCommand.self, ConfigDefaultsCommand.self]
    )
}
