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
