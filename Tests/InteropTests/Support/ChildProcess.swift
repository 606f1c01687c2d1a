import Foundation

/// A program that runs beside the test.
final class ChildProcess: Sendable {
    private let process: Process
    private let exits: AsyncStream<Int32>

    /// - Parameter output: A file for what it writes to standard output and standard error.
    init(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        directory: String,
        output: String
    ) throws {
        let (exits, continuation) = AsyncStream<Int32>.makeStream()
        self.exits = exits
        process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        FileManager.default.createFile(atPath: output, contents: nil)
        let sink = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardOutput = sink
        process.standardError = sink
        process.terminationHandler = { process in
            continuation.yield(process.terminationStatus)
            continuation.finish()
        }
        try process.run()
        try sink.close()
    }

    var isRunning: Bool { process.isRunning }

    /// One caller.
    func exitStatus() async -> Int32 {
        for await status in exits { return status }
        return -1
    }

    func terminate() { if process.isRunning { process.terminate() } }

    /// Where a program is, if it is installed.
    static func find(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/bin"])
            .map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}

/// A folder that is gone with its last user.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "sidetone-interop-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func text(_ name: String) -> String {
        guard let data = FileManager.default.contents(atPath: "\(path)/\(name)") else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}

/// Folders of the package.
enum PackageFolder {
    static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
    static let scenarios = "\(tests)/Scenarios"
    static let root = URL(fileURLWithPath: tests).deletingLastPathComponent().deletingLastPathComponent().path
}
