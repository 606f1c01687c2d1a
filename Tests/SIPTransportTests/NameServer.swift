import Foundation
import RawPeers

/// A dnsmasq of its own that knows a few records of the zone `test`, and asks nobody.
final class NameServer: Sendable {
    static let path = "/usr/sbin/dnsmasq"
    static let isInstalled = FileManager.default.isExecutableFile(atPath: path)

    let address: String
    static let port: UInt16 = 5_353

    private let process = Process()

    /// - Parameter records: Options of dnsmasq, such as `--host-record=a.test,127.0.0.1`.
    private init(address: String, records: [String]) throws {
        self.address = address
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments =
            [
                "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--port=\(Self.port)",
                "--listen-address=\(address)", "--bind-interfaces", "--pid-file=", "--local=/test/", "--local-ttl=60",
                "--log-facility=-", "--user=\(NSUserName())",
            ] + records
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
    }

    /// Runs `body` while the server answers.
    static func run(
        on address: String,
        _ records: [String],
        _ body: (NameServer) async throws -> Void
    ) async throws {
        let server = try NameServer(address: address, records: records)
        // It blocks SIGTERM, as the thread does that started it.
        defer { kill(server.process.processIdentifier, SIGKILL) }
        guard await eventually({ await server.isReached }) else { throw CocoaError(.fileReadUnknown) }
        try await body(server)
    }

    /// It listens on TCP as well.
    private var isReached: Bool {
        get async {
            guard let peer = try? await RawPeer.tcp(from: address, to: address, Self.port) else { return false }
            await peer.close()
            return true
        }
    }
}
