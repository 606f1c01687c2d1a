import Foundation
import Testing

/// An authority and certificates that it signed, made by openssl in a folder that goes with its last user.
final class Certificates: Sendable {
    static let openSSL = ChildProcess.find("openssl")

    let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        try await openSSL([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=authority", "-keyout", "authority.key", "-out", "authority.pem",
        ])
    }

    var authority: String { "\(folder.path)/authority.pem" }
    func certificate(_ name: String) -> String { "\(folder.path)/\(name).pem" }
    func key(_ name: String) -> String { "\(folder.path)/\(name).key" }

    /// Certificate and key in one file, as some programs want them.
    func combined(_ name: String) throws -> String {
        let path = "\(folder.path)/\(name)-combined.pem"
        try (folder.text("\(name).pem") + folder.text("\(name).key"))
            .write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    /// Makes a certificate for the SIP domain `domain`, good for `address` as well.
    func sign(_ name: String, domain: String, address: String) async throws {
        try await openSSL([
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(domain)",
            "-keyout", "\(name).key", "-out", "\(name).csr",
        ])
        try "subjectAltName=DNS:\(domain),URI:sip:\(domain),IP:\(address)\n"
            .write(toFile: "\(folder.path)/\(name).ext", atomically: false, encoding: .utf8)
        try await openSSL([
            "x509", "-req", "-in", "\(name).csr", "-CA", "authority.pem", "-CAkey", "authority.key",
            "-set_serial", "\(UInt32.random(in: 1...UInt32.max))", "-extfile", "\(name).ext", "-days", "2",
            "-out", "\(name).pem",
        ])
    }

    private func openSSL(_ arguments: [String]) async throws {
        let process = try ChildProcess(
            Self.openSSL ?? "openssl", arguments, directory: folder.path, output: "\(folder.path)/output")
        let status = await process.exitStatus()
        try #require(status == 0, "openssl \(arguments): \(folder.text("output"))")
    }
}
