import ArgumentParser

/// `sidetone media`
struct MediaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "media",
        abstract: "Looks at recordings.",
        subcommands: [MediaSilenceCommand.self]
    )
}
