import ArgumentParser
import ReferenceAS
import VoiceEngine

enum VersionText {
    static let version = "0.1.0"
}

/// `sidetone version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Prints version, build, and what this build has."
    )

    func run() {
        #if DEBUG
            let build = "debug"
        #else
            let build = "release"
        #endif
        #if LocalEngine
            let traits = "LocalEngine"
        #else
            let traits = "none"
        #endif
        print("sidetone \(VersionText.version) (\(build))")
        print("codecs: \(ASConfiguration.MediaSettings.builtCodecs.sorted().joined(separator: " ")) telephone-event")
        print("transports: udp tcp")
        print("engines: \(EngineDialect.allCases.map(\.rawValue).joined(separator: " "))")
        print("traits: \(traits)")
    }
}
