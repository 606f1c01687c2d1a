import ApplicationServer
import Foundation
import Testing

@testable import ReferenceAS

extension Interoperation {
    @Suite(
        "No pair of RTP ports is free: the call is not answered",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct PortExhaustionTests {
        /// Two pairs, of which the start has used one that rests now.
        static let ports = PortRange(28_000...28_003)

        @Test("The PBX takes the call; readiness says why", arguments: SIPp.Transport.allCases)
        func routed(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run(configure: Change { configuration, _ in configuration.media.ports = Self.ports }) {
                lab in
                let health = SystemHealth(lab.system)
                #expect(await health.reasonsNotReady().isEmpty)
                try await FlowPhone.calling(lab) { _ in
                    #expect(await eventually { await lab.system.media.status().leasedPairs == 1 })
                    #expect(await health.reasonsNotReady().map(\.code) == ["ports-exhausted"])
                    let pbx = try await lab.pbx("uas-pbx")
                    let second = try lab.caller("uac-call-expect-fallback", transport, port: 5_062)
                    await second.expectSuccess()
                    await pbx.expectSuccess()
                    #expect(try await lab.record(1).outcome == .routed)
                    #expect(try await lab.record(1).has("media-failed"))
                }
                #expect(try await lab.record(2).outcome == .answered)
                #expect(await lab.system.media.counters().ports.exhaustions == 1)
                await lab.expectIdle()
            }
        }

        @Test("A call that an HTTP service answers goes to the PBX as well, and the service is told")
        func led() async throws {
            try await Operator.run(
                configuring: Operator.Setting { configuration, _ in configuration.media.ports = Self.ports }
            ) { _ in
                .actions(#"[{"action":"answer"},{"action":"pause","timeMs":60000}]"#)
            } _: { it in
                try await FlowPhone.calling(it.lab) { _ in
                    #expect(await eventually { await it.lab.system.media.status().leasedPairs == 1 })
                    let pbx = try await it.lab.pbx("uas-pbx")
                    let second = try it.lab.caller("uac-call-expect-fallback", port: 5_062)
                    await second.expectSuccess()
                    await pbx.expectSuccess()
                }
                #expect(await eventually { (try? it.events.filter { $0.name == "ended" }.count) == 2 })
                let ended = try #require(try it.events.first { $0.reason == "fallback" })
                #expect(ended.results("reason") == ["media-failed"])
                #expect(it.lab.records.all.contains { $0.has("media-failed") })
            }
        }

        @Test("With the fallback left to the S-CSCF: 503 with Retry-After", arguments: SIPp.Transport.allCases)
        func refused(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run(
                configure: Change { configuration, _ in
                    configuration.media.ports = Self.ports
                    configuration.fallback["pbx"]?.mode = .reject
                }
            ) { lab in
                try await FlowPhone.calling(lab) { _ in
                    #expect(await eventually { await lab.system.media.status().leasedPairs == 1 })
                    let second = try lab.caller("uac-call-expect-503", transport, port: 5_062)
                    await second.expectSuccess()
                    let answer = try #require(second.firstReceived("SIP/2.0 503"))
                    #expect(
                        answer.fields("Retry-After").first.flatMap { Int($0) }.map { (1...10).contains($0) } == true)
                    #expect(try await lab.record(1).outcome == .rejected)
                }
                await lab.expectIdle()
            }
        }
    }
}
