import ApplicationServer
import LocalEngine
import ReferenceAS
import SIPTransport
import Testing

extension Interoperation {
    @Suite(
        "The edge of the trust domain (RFC 3325, RFC 7315, TS 24.229 section 4.4)",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct TrustDomainTests {
        private static let assertions = [
            "P-Asserted-Identity: ", "P-Charging-Vector: ", "P-Access-Network-Info: ", "P-Served-User: ",
            "Feature-Caps: ",
        ]

        @Test(
            "What caller and PBX assert passes where both are in the domain, and neither way where the PBX is not",
            arguments: [true, false], SIPp.Transport.allCases)
        func edge(_ isInside: Bool, _ transport: SIPp.Transport) async throws {
            let fields = [
                "P-Charging-Vector: icid-value=from-[local_ip]", "P-Access-Network-Info: 3GPP-E-UTRAN-FDD",
                "Feature-Caps: *;+g.3gpp.srvcc",
            ]
            let identity = "P-Asserted-Identity: <sip:[local_ip]@ims.example>"
            let target = Scenario(.target, headers: fields + [identity]).adding {
                $0.answer("INFO", headers: fields + [identity])
                // Its answer is not to be overtaken.
                $0.pause()
                $0.ask("INFO", headers: fields + [identity])
                $0.hangUp()
            }
            let caller = Scenario(.caller, headers: fields + ["Privacy: id"]).adding {
                $0.ask("INFO", headers: fields)
                $0.answer("INFO", headers: fields)
                $0.expectBye()
            }
            let change = Change { configuration, addresses in
                let suffix = transport == .tcp ? ";transport=tcp" : ""
                configuration.fallback["pbx"]?.uri = "sip:\(addresses.pbx):\(Addresses.pbxPort)\(suffix)"
                if !isInside { configuration.sip.trustDomain = [IPNetwork(addresses.caller)].compactMap { $0 } }
            }
            try await TestSystem.run(engine: .refuse(status: 503), configure: change) { lab in
                let peers = try await lab.peers(caller, target, transport, pause: .milliseconds(100))
                await peers.caller.expectSuccess()
                await peers.target.expectSuccess()
                let invite = try #require(peers.target.firstReceived("INVITE"))
                #expect(invite.contains("\nPrivacy: id\n"))
                for assertion in Self.assertions { #expect(invite.contains("\n\(assertion)") == isInside) }
                #expect(try await lab.record().outcome == .routed)
                for (messages, asserting) in [
                    (peers.caller.received, lab.addresses.pbx), (peers.target.received, lab.addresses.caller),
                ] {
                    let told = messages.filter { $0.contains("P-Charging-Vector: icid-value=from-\(asserting)\n") }
                    // Each is told in an INVITE or its answer, in an INFO, and in the answer to one.
                    #expect(isInside ? told.count >= 3 : told.isEmpty)
                }
                if !isInside {
                    for message in peers.target.received {
                        for assertion in Self.assertions { #expect(!message.contains("\n\(assertion)")) }
                    }
                }
                await lab.expectIdle()
            }
        }
    }
}
