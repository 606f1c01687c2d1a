import ApplicationServer
import ReferenceAS
import Testing

extension Interoperation {
    @Suite(
        "Calls that are routed to a PBX which forks them",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct ForkedCallTests {
        @Test(
            "Two telephones ring reliably: two early dialogs, each with its PRACK", arguments: SIPp.Transport.allCases)
        func twoRing(_ transport: SIPp.Transport) async throws {
            try await Self.run(transport) { lab in
                let pbx = try await lab.pbx("uas-pbx-two-ring", transport, pause: .milliseconds(100))
                let caller = try lab.caller("uac-two-ring", transport, pause: .milliseconds(100))
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try await lab.record().outcome == .routed)
                await lab.expectIdle()
            }
        }

        @Test("The caller hears of each telephone by a To tag", arguments: SIPp.Transport.allCases)
        func tags(_ transport: SIPp.Transport) async throws {
            try await Self.run(transport) { lab in
                let pbx = try await lab.pbx("uas-pbx-forks", transport, pause: .milliseconds(100))
                let caller = try lab.caller("uac-call", transport, pause: .milliseconds(100))
                await caller.expectSuccess()
                await pbx.expectSuccess()
                let ringing = caller.received.filter { $0.hasPrefix("SIP/2.0 180") }.compactMap {
                    $0.fields("To").first
                }
                let answer = try #require(caller.firstReceived("SIP/2.0 200")?.fields("To").first)
                #expect(ringing.count == 2)
                #expect(ringing.first != ringing.last)
                #expect(answer == ringing.last)
                await lab.expectIdle()
            }
        }

        @Test("Of twenty telephones that ring reliably the caller hears sixteen until it acknowledges one")
        func manyRing() async throws {
            try await Self.run(.udp) { lab in
                let pbx = try await lab.pbx("uas-pbx-many-ring")
                let caller = try lab.caller("uac-many-ring")
                await caller.expectSuccess()
                await pbx.expectSuccess()
                let ringing = caller.received.filter { $0.hasPrefix("SIP/2.0 180") }.compactMap {
                    $0.fields("To").first
                }
                #expect(Set(ringing).count == 16)
                await lab.expectIdle()
            }
        }

        /// The engine refuses, and the PBX is reached by `transport`.
        private static func run(
            _ transport: SIPp.Transport,
            _ body: (TestSystem) async throws -> Void
        ) async throws {
            let route = Change { configuration, addresses in
                configuration.sip.timers.t1 = .milliseconds(50)
                let suffix = transport == .tcp ? ";transport=tcp" : ""
                configuration.fallback["pbx"]?.uri = "sip:\(addresses.pbx):\(Addresses.pbxPort)\(suffix)"
            }
            try await TestSystem.run(engine: .refuse(status: 503), configure: route, body)
        }
    }
}
