import EngineTransport
import Foundation
import NIOSSL
import Testing
import VoiceEngine

/// A certification authority of the test's own, and certificates that it signed.
private struct Authority {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "sidetone-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=CA -keyout ca.key -out ca.pem"
        )
    }

    var roots: String { folder.appending(path: "ca.pem").path }

    /// A server's context with a certificate for `name` (`DNS:…` or `IP:…`).
    func context(for name: String) throws -> NIOSSLContext {
        try "subjectAltName=\(name)\n".write(to: folder.appending(path: "ext"), atomically: true, encoding: .utf8)
        try openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout s.key -out s.csr")
        try openssl("x509 -req -in s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out s.pem")
        let certificates = try NIOSSLCertificate.fromPEMFile(folder.appending(path: "s.pem").path)
        let key = try NIOSSLPrivateKey(file: folder.appending(path: "s.key").path, format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key)))
    }

    func remove() {
        try? FileManager.default.removeItem(at: folder)
    }

    private func openssl(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }
}

@Suite("Connecting with TLS", .timeLimit(.minutes(1)))
struct EngineTLSTests {
    @Test(
        "A certificate of a trusted authority for the right name or address is accepted",
        arguments: [
            ("DNS:localhost", "localhost"), ("IP:127.0.0.1", "127.0.0.1"),
        ])
    func accepted(_ name: String, _ host: String) async throws {
        let authority = try Authority()
        defer { authority.remove() }
        let engine = try await TestEngine(tls: authority.context(for: name))
        let recorder = Recorder()
        let connection = try await connect(
            to: "wss://\(host):\(engine.server.port)/", trustRoots: authority.roots, handler: recorder)
        connection.eventLoop.execute { connection.close() }
        #expect(await recorder.closeReason() == .local)
        await engine.server.close()
    }

    @Test(
        "A certificate for another name is not accepted",
        arguments: [
            ("DNS:example.com", "localhost"), ("IP:127.0.0.2", "127.0.0.1"),
        ])
    func otherName(_ name: String, _ host: String) async throws {
        let authority = try Authority()
        defer { authority.remove() }
        let engine = try await TestEngine(tls: authority.context(for: name))
        await expectUnreachable {
            try await connect(to: "wss://\(host):\(engine.server.port)/", trustRoots: authority.roots)
        }
        await engine.server.close()
    }

    @Test("A certificate of another authority is not accepted")
    func otherAuthority() async throws {
        let (authority, other) = (try Authority(), try Authority())
        defer {
            authority.remove()
            other.remove()
        }
        let engine = try await TestEngine(tls: authority.context(for: "DNS:localhost"))
        await expectUnreachable {
            try await connect(to: "wss://localhost:\(engine.server.port)/", trustRoots: other.roots)
        }
        await engine.server.close()
    }

    @Test("A file of trust roots that cannot be read is named")
    func missingRoots() async throws {
        let advice = await expectUnreachable {
            try await connect(to: "wss://localhost:1/", trustRoots: "/no/such/file")
        }
        #expect(advice.contains("/no/such/file"))
    }

    @discardableResult
    private func expectUnreachable(_ body: () async throws -> EngineConnection) async -> String {
        let error = await #expect(throws: EngineConnectError.self) { try await body() }
        guard case .unreachable(let advice)? = error else {
            Issue.record("\(String(describing: error))")
            return ""
        }
        return advice
    }
}
