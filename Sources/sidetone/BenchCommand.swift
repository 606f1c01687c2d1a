import ArgumentParser

/// `sidetone bench`: measures this machine.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures this machine.",
        subcommands: [
            BenchParse.self, BenchIFC.self, BenchIFCMix.self, BenchCodec.self, BenchMedia.self, BenchFirstAudio.self,
            BenchBargeIn.self, BenchPorts.self, BenchStrays.self, BenchPeer.self, BenchSRTP.self,
        ]
    )
}
