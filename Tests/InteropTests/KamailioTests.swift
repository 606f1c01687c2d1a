import ApplicationServer
import Foundation
import LocalEngine
import ReferenceAS
import Testing

extension Interoperation {
    /// Calls through the S-CSCF of `Examples/IMSLab`, whose filter criteria send them here.
    @Suite(
        "Kamailio as the S-CSCF",
        .enabled(
            if: IMSLab.isInstalled,
            "kamailio, its ims modules, SIPp or python3 is not installed (Scripts/setup.sh demo)"
        )
    )
    struct KamailioTests {
        @Test("Third-party REGISTER is taken, and a terminating call is answered")
        func registeredAndAnswered() async throws {
            try await TestSystem.run { lab in
                try await IMSLab.check(["registered", "answered"], with: lab)
                #expect(await lab.system.server.statistics.registrations > 0)
                #expect(try await lab.record().service == "assistant")
                await lab.expectIdle()
            }
        }

        @Test("503 from us: the S-CSCF's default handling carries the call on")
        func continued() async throws {
            try await TestSystem.run(
                engine: .refuse(status: 503),
                configure: Change { configuration, _ in
                    configuration.fallback["pbx"]?.mode = .reject
                }
            ) { lab in
                try await IMSLab.check(["continued"], with: lab)
                #expect(try await lab.record().outcome == .rejected)
                await lab.expectIdle()
            }
        }

        @Test("Handed back on the original dialog identifier: the S-CSCF goes on with the next criterion")
        func handedBack() async throws {
            try await TestSystem.run(
                engine: .refuse(status: 503),
                configure: Change { configuration, _ in
                    configuration.fallback["pbx"]?.mode = .resume
                }
            ) { lab in
                try await IMSLab.check(["handed-back"], with: lab)
                #expect(try await lab.record().outcome == .routed)
                await lab.expectIdle()
            }
        }
    }
}

/// The laboratory of `Examples/IMSLab`.
enum IMSLab {
    static let folder = "\(PackageFolder.root)/Examples/IMSLab"

    static var isInstalled: Bool {
        ["kamailio", "sipp", "python3"].allSatisfy { ChildProcess.find($0) != nil }
    }

    /// Starts the laboratory with `lab` as its application server, has it place its calls, and stops it.
    static func check(
        _ checks: [String],
        with lab: TestSystem,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let run = try TemporaryFolder()
        let environment = ["AS_URI": lab.uri, "AS": "running", "IMSLAB_RUN": run.path]
        let start = try await script("start.sh", [], environment, run)
        if start.status == 0 {
            let calls = try await script("check.sh", checks, environment, run)
            for check in checks {
                let line = "PASS  \(check)"
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
