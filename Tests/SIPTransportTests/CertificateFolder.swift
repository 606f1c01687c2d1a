import Foundation
import SIPTransport

/// An authority and what it signs, made with openssl in a folder that goes when the object does.
final class CertificateFolder: Sendable {
    let path: String

    static let isOpenSSLInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

    init() throws {
        path = NSTemporaryDirectory() + "sip-tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try selfSigned("authority", subjectAltName: nil)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A certificate of the authority.
    ///
    /// - Parameter subjectAltName: As openssl writes it: `DNS:a.example,URI:sip:b.example`.
    func signed(_ name: String, subjectAltName: String, isExpired: Bool = false) throws {
        try openSSL([
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", "\(name).key", "-out", "\(name).csr",
        ])
        try "subjectAltName=\(subjectAltName)\n"
            .write(toFile: "\(path)/\(name).ext", atomically: false, encoding: .utf8)
        try openSSL([
            "x509", "-req", "-in", "\(name).csr", "-CA", "authority.pem", "-CAkey", "authority.key",
            "-set_serial", String(UInt32.random(in: 1...UInt32.max)), "-extfile", "\(name).ext",
            "-days", isExpired ? "-1" : "2", "-out", "\(name).pem",
        ])
    }

    /// A certificate that only vouches for itself.
    func selfSigned(_ name: String, subjectAltName: String?) throws {
        let extensions = subjectAltName.map { ["-addext", "subjectAltName=\($0)"] } ?? []
        try openSSL(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).pem",
            ] + extensions
        )
    }

    func settings(_ name: String, peers: Set<String> = [], handshakeTime: Duration = .seconds(5)) -> TLSSettings {
        TLSSettings(
            certificateFile: "\(path)/\(name).pem",
            keyFile: "\(path)/\(name).key",
            trustRootsFile: "\(path)/authority.pem",
            peers: peers,
            handshakeTime: handshakeTime
        )
    }

    private func openSSL(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: path)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
