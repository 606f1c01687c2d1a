import Foundation
import Glibc
import Synchronization

/// A program that runs beside the test.
///
/// Not Foundation's `Process`, which takes a program for running as long as any daemon that it left behind.
final class ChildProcess: Sendable {
    struct SpawnError: Error, CustomStringConvertible {
        let executable: String
        let reason: String

        var description: String { "\(executable) does not start: \(reason)" }
    }

    /// Goes to the folder, closes what it inherits from this process, sockets above all, and becomes the program.
    private static let wrapper = """
        cd "$1" || exit 126
        shift
        for descriptor in /proc/self/fd/*; do
            descriptor=${descriptor##*/}
            if [ "$descriptor" -gt 2 ]; then eval "exec $descriptor>&-"; fi
        done
        exec "$@"
        """

    private let identifier: pid_t
    private let hasExited = Mutex(false)
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
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var identifier: pid_t = 0
        let command = ["/bin/bash", "-c", Self.wrapper, "wrapper", directory, executable] + arguments
        let status = Self.withPointers(command) { command in
            Self.withPointers(variables) { posix_spawn(&identifier, "/bin/bash", &actions, nil, command, $0) }
        }
        guard status == 0 else {
            throw SpawnError(executable: executable, reason: String(cString: strerror(status)))
        }
        self.identifier = identifier
        Thread.detachNewThread { [self] in
            var status: Int32 = 0
            while waitpid(self.identifier, &status, 0) < 0, errno == EINTR {}
            hasExited.withLock { $0 = true }
            // As a shell reports it: 128 and the signal.
            continuation.yield(status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F))
            continuation.finish()
        }
    }

    private static func withPointers<Result>(
        _ texts: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = texts.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }

    var isRunning: Bool { !hasExited.withLock { $0 } }

    /// One caller.
    func exitStatus() async -> Int32 {
        for await status in exits { return status }
        return -1
    }

    /// Ends it at once: SIPp does not heed SIGTERM while a call is expected.
    func terminate() {
        hasExited.withLock { hasExited in
            if !hasExited { _ = kill(identifier, SIGKILL) }
        }
    }

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

    /// What this process has open in such folders.
    static var openFiles: [String] {
        KernelSockets.openPaths.filter { $0.contains("/sidetone-interop-") }.sorted()
    }

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
