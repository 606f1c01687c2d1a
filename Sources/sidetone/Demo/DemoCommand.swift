import ArgumentParser
import Foundation
import NIOCore
import NIOPosix
import ReferenceAS
import SIP

/// `sidetone demo`: two calls from end to end, with everything they need in this process.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Places two calls: one that a speaking engine answers, one that the engine refuses.",
        discussion: """
            Application server, voice engine, caller and legacy PBX run in this process and talk over loopback. With \
            --s-cscf the calls go through a real S-CSCF (Examples/IMSLab), which triggers the server by its filter \
            criteria; without it the criteria are evaluated here.
            """
    )

    @Option(help: "HOST:PORT of an S-CSCF that serves sip:bob@ims.example and triggers sip:127.0.0.1:5060.")
    var sCscf: String?

    @Option(help: "The service profile that the criteria are read from.")
    var profile: String

    @Option(help: "Folder for the WAV files.")
    var output = "demo-output"

    func run() async throws {
        #if LocalEngine
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
            do {
                try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
                let demo = try await Demo(profile: profile, servingCSCF: sCscf, output: output, group: group)
                let succeeded = await demo.run()
                try await group.shutdownGracefully()
                guard succeeded else { throw ExitCode.failure }
            } catch let code as ExitCode {
                throw code
            } catch {
                Output.note("sidetone: \(error)")
                throw ExitCode.failure
            }
        #else
            Output.note("sidetone: this build has no local engine (trait LocalEngine), which the demonstration needs")
            throw ExitCode.failure
        #endif
    }
}
