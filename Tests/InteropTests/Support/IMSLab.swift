import Foundation
import Testing

/// The laboratory of `Examples/IMSLab`.
struct IMSLab {
    static let folder = "\(PackageFolder.root)/Examples/IMSLab"
    /// The domain of the subscribers, and of the S-CSCF's certificate.
    static let domain = "ims.example"
    static let address = "127.0.5.1"
    static let alice = "127.0.5.11"
    static let carol = "127.0.5.13"

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
        try await running(lab.uri, tls: tls, sourceLocation: sourceLocation) { running in
            try await running.check(checks, verdict: verdict, sourceLocation: sourceLocation)
        }
    }

    /// Starts the laboratory for as long as `body` runs.
    ///
    /// - Parameter uri: The application server, as the filter criteria name it.
    static func running(
        _ uri: String,
        tls: TLS? = nil,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (IMSLab) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        var environment = ["AS_URI": tls?.uri ?? uri, "AS": "running", "IMSLAB_RUN": folder.path]
        if let tls { environment["IMSLAB_TLS"] = tls.certificates.folder.path }
        let lab = IMSLab(run: folder, environment: environment)
        let start = try await lab.script("start.sh", [])
        let result: Result<Void, any Error>
        if start.status == 0 {
            do { result = .success(try await body(lab)) } catch { result = .failure(error) }
        } else {
            Issue.record("the laboratory does not start: \(start.output)", sourceLocation: sourceLocation)
            result = .success(())
        }
        let stop = try await lab.script("stop.sh", [])
        #expect(stop.status == 0, "\(stop.output)", sourceLocation: sourceLocation)
        try result.get()
    }

    private let run: TemporaryFolder
    private let environment: [String: String]

    /// Has calls placed, each of which has to come to `verdict`.
    func check(
        _ checks: [String],
        verdict: Verdict = .pass,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let calls = try await script("check.sh", checks)
        for check in checks {
            let line = "\(verdict.rawValue)  \(check)"
            #expect(
                calls.output.split(separator: "\n").contains { $0 == line },
                "\(calls.output)",
                sourceLocation: sourceLocation
            )
        }
    }

    private func script(_ name: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
        let process = try ChildProcess(
            ChildProcess.find("bash") ?? "/bin/bash",
            ["\(Self.folder)/\(name)"] + arguments,
            environment: environment,
            directory: Self.folder,
            output: "\(run.path)/\(name).output"
        )
        let status = await process.exitStatus()
        return (status, run.text("\(name).output"))
    }
}
