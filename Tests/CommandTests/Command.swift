import Foundation

/// The program `sidetone`, which the package has built beside its tests.
enum Command {
    struct Outcome {
        var status: Int32
        var output: Data

        var text: String { String(decoding: output, as: UTF8.self) }
    }

    private static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "sidetone")

    /// Runs it to its end.
    ///
    /// - Returns: The exit status, and what was written to standard output.
    static func run(_ arguments: [String]) throws -> Outcome {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: data)
    }
}
