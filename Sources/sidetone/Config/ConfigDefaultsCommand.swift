import ArgumentParser
import ReferenceAS

/// `sidetone config defaults`
struct ConfigDefaultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "defaults",
        abstract: "Print every key with its default, unit and meaning, as a configuration file.",
        discussion: "At the end of each comment stands the environment variable that sets the key."
    )

    func run() {
        print(ASConfiguration.defaults.document(), terminator: "")
    }
}
