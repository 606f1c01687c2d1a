import ApplicationServer
import Foundation
import LocalEngine
import ReferenceAS
import Testing

extension Interoperation {
    @Suite(
        "SIPp as the legacy PBX: the engine cannot take the call",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct LegacyPBXTests {
        /// An S-CSCF loses patience at 2 s: until then the decision has to be made, and the caller has to hear of it.
        static let longestDecision = Duration.milliseconds(1_600)

        // MARK: Who takes the call

        @Test("Engine answers 503: the PBX takes the call, with no port of ours", arguments: SIPp.Transport.allCases)
        func engineRefuses(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run(engine: .refuse(status: 503), configure: Self.route(transport)) { lab in
                let pbx = try await lab.pbx("uas-pbx", transport, pause: .milliseconds(100))
                let caller = try lab.caller("uac-call-expect-fallback", transport, pause: .milliseconds(500))
                #expect(await eventually { pbx.received.contains { $0.hasPrefix("ACK") } })
                #expect(await lab.system.media.status().leasedPairs == 0)
                await caller.expectSuccess()
                await pbx.expectSuccess()
                let record = try await lab.record()
                #expect(record.outcome == .routed)
                #expect(record.decisionMilliseconds != nil)
                #expect(caller.received.contains { $0.hasPrefix("SIP/2.0 180") })
                let answer = try #require(caller.firstReceived("SIP/2.0 200"))
                #expect(answer.contains("c=IN IP4 \(lab.addresses.pbx)"), "media goes past the server")
                await lab.expectIdle()
            }
        }

        @Test("The PBX gets identities, charging and the original dialog identifier as they came")
        func identities() async throws {
            try await TestSystem.run(engine: .refuse(status: 503)) { lab in
                let pbx = try await lab.pbx("uas-pbx")
                let caller = try lab.caller("uac-call-expect-fallback")
                await caller.expectSuccess()
                await pbx.expectSuccess()
                let sent = try #require(caller.sent.first { $0.hasPrefix("INVITE") })
                let invite = try #require(pbx.firstReceived("INVITE"))
                let identifier =
                    "<sip:iscmark@\(lab.addresses.caller):5060;lr;s=1;h=0;d=1;a=7369703a626f6240696d732e6578616d706c65>"
                #expect(sent.contains(", \(identifier)\n"))
                #expect(invite.fields("Route") == [identifier])
                for name in ["P-Asserted-Identity", "P-Charging-Vector", "P-Access-Network-Info", "P-Asserted-Service"]
                {
                    #expect(invite.fields(name) == sent.fields(name), "\(name)")
                    #expect(invite.fields(name).count == 1, "\(name)")
                }
                #expect(invite.fields("Max-Forwards") == ["66"])
                #expect(invite.fields("Call-ID") != sent.fields("Call-ID"), "a dialog of its own")
                #expect(invite.hasPrefix("INVITE sip:bob@\(lab.addresses.pbx):5070"))
                #expect(invite.body == sent.body, "the caller's offer, octet for octet")
            }
        }

        @Test("Engine accepts and stays silent: decided in time")
        func engineStalls() async throws {
            try await TestSystem.run(engine: .stall) { lab in try await Self.expectFallback(lab, "engine-failed") }
        }

        @Test("Nobody listens at the engine's port")
        func engineIsNotThere() async throws {
            try await TestSystem.run(
                configure: Change { configuration, addresses in
                    configuration.engines[0].url = "ws://\(addresses.engine):9/v1/realtime"
                }
            ) { lab in
                try await Self.expectFallback(lab, "engine-failed")
            }
        }

        @Test("No room for another call: straight to the PBX")
        func capacity() async throws {
            try await TestSystem.run(configure: Change { configuration, _ in configuration.limits.maxCalls = 1 }) {
                lab in
                try await FlowPhone.calling(lab) { _ in
                    #expect(await eventually { await lab.system.media.status().leasedPairs == 1 })
                    let pbx = try await lab.pbx("uas-pbx")
                    let second = try lab.caller("uac-call-expect-fallback", port: 5_062)
                    await second.expectSuccess()
                    await pbx.expectSuccess()
                    let record = try await lab.record(1)
                    #expect(record.has("capacity"))
                    #expect(record.outcome == .routed)
                }
                #expect(try await lab.record(2).outcome == .answered)
                await lab.expectIdle()
            }
        }

        @Test(
            "An INVITE without an offer: the PBX offers, the caller's ACK brings the answer",
            arguments: SIPp.Transport.allCases)
        func delayedOffer(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run(engine: .refuse(status: 503), configure: Self.route(transport)) { lab in
                let pbx = try await lab.pbx("uas-pbx", transport)
                let caller = try lab.caller("uac-delayed-offer", transport)
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try #require(pbx.firstReceived("INVITE")).body.isEmpty)
                let answer = try #require(pbx.firstReceived("ACK")).body
                #expect(answer.contains("c=IN IP4 \(lab.addresses.caller)"))
                await lab.expectIdle()
            }
        }

        @Test(
            "Mode reject: 503 with Retry-After, and nothing from 101 to 199 before", arguments: SIPp.Transport.allCases)
        func rejects(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run(
                engine: .refuse(status: 503),
                configure: Change { configuration, _ in
                    configuration.fallback["pbx"]?.mode = .reject
                }
            ) { lab in
                let caller = try lab.caller("uac-call-expect-503", transport)
                await caller.expectSuccess()
                let answer = try #require(caller.firstReceived("SIP/2.0 503"))
                let seconds = answer.fields("Retry-After").first.flatMap { Int($0) }
                #expect(seconds.map { (1...10).contains($0) } == true)
                let early = caller.received.filter { $0.hasPrefix("SIP/2.0 1") && !$0.hasPrefix("SIP/2.0 100") }
                #expect(early.isEmpty)
                #expect(try await lab.record().outcome == .rejected)
                await lab.expectIdle()
            }
        }

        @Test("Mode resume: back to the S-CSCF on the original dialog identifier, octet for octet")
        func resumes() async throws {
            try await TestSystem.run(
                engine: .refuse(status: 503),
                configure: Change { configuration, _ in
                    configuration.fallback["pbx"]?.mode = .resume
                }
            ) { lab in
                let odi = "<sip:iscmark@\(lab.addresses.pbx):5070;lr;s=1;h=0;d=1;a=7369703a626f62>"
                let scscf = try SIPp(
                    "uas-scscf",
                    at: lab.addresses.pbx,
                    port: Addresses.pbxPort,
                    target: "\(lab.addresses.server):5060",
                    transport: .udp,
                    keys: ["odi": odi]
                )
                #expect(await eventually { KernelSockets.isBound(.udp, lab.addresses.pbx, Addresses.pbxPort) })
                let caller = try lab.caller("uac-isc-odi", keys: ["odi": odi])
                await caller.expectSuccess()
                await scscf.expectSuccess()
                #expect(try #require(scscf.firstReceived("INVITE")).hasPrefix("INVITE sip:bob@ims.example SIP/2.0"))
                await lab.expectIdle()
            }
        }

        // MARK: What the PBX says

        @Test("Early media: 183 with the PBX's description reaches the caller", arguments: SIPp.Transport.allCases)
        func earlyMedia(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run(engine: .refuse(status: 503), configure: Self.route(transport)) { lab in
                let pbx = try await lab.pbx("uas-pbx-early-media", transport)
                let caller = try lab.caller("uac-call", transport)
                await caller.expectSuccess()
                await pbx.expectSuccess()
                let progress = try #require(caller.firstReceived("SIP/2.0 183"))
                #expect(progress.body.contains("c=IN IP4 \(lab.addresses.pbx)"))
                await lab.expectIdle()
            }
        }

        @Test("Busy: 486 reaches the caller", arguments: SIPp.Transport.allCases)
        func busy(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run(engine: .refuse(status: 503), configure: Self.route(transport)) { lab in
                let pbx = try await lab.pbx("uas-pbx-busy", transport)
                let caller = try lab.caller("uac-call-expect-486", transport)
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try await lab.record().outcome == .rejected)
                await lab.expectIdle()
            }
        }

        @Test("The PBX hangs up: so does the server, towards the caller", arguments: SIPp.Transport.allCases)
        func peerHangsUp(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run(engine: .refuse(status: 503), configure: Self.route(transport)) { lab in
                let pbx = try await lab.pbx("uas-pbx-hangs-up", transport)
                let caller = try lab.caller("uac-call-peer-hangs-up", transport)
                await caller.expectSuccess()
                await pbx.expectSuccess()
                await lab.expectIdle()
            }
        }

        @Test("The caller gives up while the PBX rings", arguments: SIPp.Transport.allCases)
        func cancelled(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run(engine: .refuse(status: 503), configure: Self.route(transport)) { lab in
                let pbx = try await lab.pbx("uas-pbx-ringing", transport)
                let caller = try lab.caller("uac-cancel", transport)
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try await lab.record().outcome == .cancelled)
                await lab.expectIdle()
            }
        }

        @Test("Hold and retrieval pass through to the PBX", arguments: SIPp.Transport.allCases)
        func hold(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run(engine: .refuse(status: 503), configure: Self.route(transport)) { lab in
                let pbx = try await lab.pbx("uas-pbx-hold", transport)
                let caller = try lab.caller("uac-reinvite-hold", transport)
                await caller.expectSuccess()
                await pbx.expectSuccess()
                await lab.expectIdle()
            }
        }

        // MARK: In mid-call

        @Test("The engine dies in mid-call: the caller's media goes to the PBX, ports are free")
        func engineLost() async throws {
            try await TestSystem.run(engine: .dropMidCall(after: .milliseconds(200))) { lab in
                let pbx = try await lab.pbx("uas-pbx")
                let caller = try lab.caller(
                    "uac-call-engine-lost",
                    pause: .seconds(1),
                    keys: ["pbx": lab.addresses.pbx]
                )
                #expect(await eventually { await lab.system.server.statistics.transfers == 1 })
                let media = await lab.system.media.status()
                #expect(media.leasedPairs == 0)
                #expect(media.sessions == 0)
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try #require(pbx.firstReceived("INVITE")).body.contains("c=IN IP4 \(lab.addresses.caller)"))
                #expect(await lab.system.server.statistics.enginesLost == 1)
                await lab.expectIdle()
            }
        }

        @Test("The engine dies and there is no fallback: the caller is hung up on, with the reason")
        func engineLostWithoutFallback() async throws {
            try await TestSystem.run(
                engine: .dropMidCall(after: .milliseconds(200)),
                configure: Change { configuration, _ in
                    configuration.services[0].assistant.fallback = nil
                }
            ) { lab in
                let caller = try lab.caller("uac-call-peer-hangs-up")
                await caller.expectSuccess()
                let bye = try #require(caller.firstReceived("BYE"))
                #expect(bye.fields("Reason").first?.contains("cause=503") == true)
                await lab.expectIdle()
            }
        }

        // MARK: Steps

        /// The PBX is reached by `transport`.
        private static func route(_ transport: SIPp.Transport) -> Change {
            Change { configuration, addresses in
                let suffix = transport == .tcp ? ";transport=tcp" : ""
                configuration.fallback["pbx"]?.uri = "sip:\(addresses.pbx):\(Addresses.pbxPort)\(suffix)"
            }
        }

        private static func expectFallback(_ lab: TestSystem, _ event: String) async throws {
            let pbx = try await lab.pbx("uas-pbx")
            let caller = try lab.caller("uac-call-expect-fallback")
            await caller.expectSuccess()
            await pbx.expectSuccess()
            let record = try await lab.record()
            #expect(record.has(event))
            #expect(record.outcome == .routed)
            #expect(record.decisionMilliseconds != nil)
            // How long a busy machine takes beside is not the matter.
            let limit = lab.system.configuration.fallback["pbx"]?.engineTimeout
            #expect(limit.map { $0 < Self.longestDecision } == true)
            await lab.expectIdle()
        }
    }
}
