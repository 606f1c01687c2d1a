import Foundation
import Testing

/// The laboratory of `Examples/IMSLab`.
enum IMSLab {
    static let folder = "\(PackageFolder.root)/Examples/IMSLab"
    /// The domain of the subscribers, and of the S-CSCF's certificate.
    static let domain = "ims.example"
    static let address = "127.0.5.1"

    enum Verdict: String {
        case pass = "PASS"
        case fail = "FAIL"
    }

    /// ISC by TLS: the S-CSCF takes `scscf` of the certificates for its own.
    struct TLS {
        let certificates: Certificates
        /// The application server, as the filter criteria name it.
        let uri: String
    }

    static var isInstalled: Bool {
        ["kamailio", "sipp", "python3"].allSatisfy { ChildProcess.find($0) != nil }
    }

    /// Kamailio's module is in a folder that depends on the processor.
    static var hasTLS: Bool {
        let libraries = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
        return ([""] + libraries.map { "/\($0)" }).contains { folder in
            FileManager.default.fileExists(atPath: "/usr/lib\(folder)/kamailio/modules/tls.so")
        }
    }

    /// Starts the laboratory with `lab` as its application server, has it place its calls, and stops it.
    ///
    /// - Parameter verdict: What each check is to come to.
    static func check(
        _ checks: [String],
        with lab: TestSystem,
        tls: TLS? = nil,
        verdict: Verdict = .pass,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let run = try TemporaryFolder()
        var environment = ["AS_URI": tls?.uri ?? lab.uri, "AS": "running", "IMSLAB_RUN": run.path]
        if let tls { environment["IMSLAB_TLS"] = tls.certificates.folder.path }
        let start = try await script("start.sh", [], environment, run)
        if start.status == 0 {
            let calls = try await script("check.sh", checks, environment, run)
            for check in checks {
                let line = "\(verdict.rawValue)  \(check)"
                #expect(
                    calls.output.split(separator: "\n").contains { $0 == line },
                    "\(calls.output)",
                    sourceLocation: sourceLocation
                )
            }
        } else {
            Issue.record("the laboratory does not start: \(start.output)", sourceLocation: sourceLocation)
        }
        let stop = try await script("stop.sh", [], environment, run)
        #expect(stop.status == 0, "\(stop.output)", sourceLocation: sourceLocation)
    }

    private static func script(
        _ name: String,
        _ arguments: [String],
        _ environment: [String: String],
        _ run: TemporaryFolder
    ) async throws -> (status: Int32, output: String) {
        let process = try ChildProcess(
            ChildProcess.find("bash") ?? "/bin/bash",
            ["\(folder)/\(name)"] + arguments,
            environment: environment,
            directory: folder,
            output: "\(run.path)/\(name).output"
        )
        let status = await process.exitStatus()
        return (status, run.text("\(name).output"))
    }
}
