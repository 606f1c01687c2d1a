import ApplicationServer
import LocalEngine
import ReferenceAS
import Testing

/// Tests with other people's programs. One at a time: each has a server, an engine and their peers.
@Suite("Interoperation", .serialized)
enum Interoperation {}

extension Interoperation {
    @Suite(
        "SIPp as the S-CSCF of a caller",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)"))
    struct CallerTests {
        @Test("A call is answered, acknowledged and hung up", arguments: SIPp.Transport.allCases)
        func answered(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run { lab in
                let caller = try lab.caller("uac-call", transport)
                await caller.expectSuccess()
                let record = try await lab.record()
                #expect(record.outcome == .answered)
                #expect(record.has("ack"))
                #expect(record.has("bye-received"))
                await lab.expectIdle()
            }
        }

        @Test("The answer repeats the charging vector and speaks PCMA", arguments: SIPp.Transport.allCases)
        func answerContent(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run { lab in
                let caller = try lab.caller("uac-call", transport)
                await caller.expectSuccess()
                let answer = try #require(caller.firstReceived("SIP/2.0 200"))
                #expect(answer.contains("P-Charging-Vector: icid-value=\"icid-"))
                #expect(answer.contains("m=audio"))
                #expect(answer.contains("a=rtpmap:8 PCMA/8000"))
                #expect(answer.contains("c=IN IP4 \(lab.addresses.server)"))
            }
        }

        @Test(
            "An INVITE without an offer is answered with one, also if it brings a body that may be left unread",
            arguments: ["uac-delayed-offer", "uac-optional-content"], SIPp.Transport.allCases)
        func delayedOffer(_ scenario: String, _ transport: SIPp.Transport) async throws {
            try await TestSystem.run { lab in
                let caller = try lab.caller(scenario, transport)
                await caller.expectSuccess()
                let record = try await lab.record()
                #expect(record.outcome == .answered)
                #expect(record.media.map { $0.packetsSent > 0 } == true, "no RTP after the answer in the ACK")
                await lab.expectIdle()
            }
        }

        @Test("Hold by sendonly and retrieval", arguments: SIPp.Transport.allCases)
        func holdAndRetrieve(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run { lab in
                let caller = try lab.caller("uac-reinvite-hold", transport)
                await caller.expectSuccess()
                let record = try await lab.record()
                #expect(record.outcome == .answered)
                #expect(record.has("hold"))
                #expect(record.has("retrieve"))
                await lab.expectIdle()
            }
        }

        @Test("A caller who gives up before the decision leaves nothing behind", arguments: SIPp.Transport.allCases)
        func cancelledWhileDeciding(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run(engine: .stall) { lab in
                let pbx = try await lab.pbx("uas-pbx", transport)
                let caller = try lab.caller("uac-cancel-before-ringing", transport)
                await caller.expectSuccess()
                let record = try await lab.record()
                #expect(record.outcome == .cancelled)
                // The engine's socket does not wait for its time to be over.
                #expect(
                    record.entries.contains { $0.event == "engine-failed" && $0.detail.hasSuffix("ended meanwhile") })
                #expect(pbx.received.isEmpty, "the PBX must not ring for a caller who is gone")
                await lab.expectIdle()
            }
        }

        @Test("OPTIONS says what is allowed", arguments: SIPp.Transport.allCases)
        func options(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run { lab in
                await (try lab.caller("uac-options", transport)).expectSuccess()
            }
        }

        @Test("The service information of a third-party REGISTER chooses the service, until it expires")
        func serviceInformation() async throws {
            try await TestSystem.run(
                configure: Change { configuration, _ in
                    var other = ServiceDefinition()
                    other.name = "other"
                    other.assistant.engine = "local"
                    configuration.services.append(other)
                }
            ) { lab in
                await (try lab.caller("uac-call")).expectSuccess()
                #expect(try await lab.record(1).service == "other")

                let registrar = try lab.caller("uac-register-from-scscf", pause: .seconds(3), port: 5_080)
                #expect(await eventually { await lab.system.server.status.registeredUsers == 1 })
                await (try lab.caller("uac-call")).expectSuccess()
                #expect(try await lab.record(2).service == "assistant")

                await registrar.expectSuccess()
                #expect(await lab.system.server.status.registeredUsers == 0)
                await (try lab.caller("uac-call")).expectSuccess()
                #expect(try await lab.record(3).service == "other")
            }
        }
    }

    @Suite(
        "SIPp as S-CSCF: registration state (RFC 3680)",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct RegistrationStateTests {
        @Test("A third-party REGISTER is followed by SUBSCRIBE; the user is forgotten when a NOTIFY says so")
        func followed() async throws {
            try await TestSystem.run(
                configure: Change { configuration, _ in configuration.sip.registrationState.network = "ims.example" }
            ) { lab in
                let servingCSCF = try await lab.pbx("uas-scscf-registration-state", pause: .seconds(1))
                let registrar = try lab.caller(
                    "uac-register-watched",
                    keys: ["scscf": "\(lab.addresses.pbx):\(Addresses.pbxPort)"]
                )
                await registrar.expectSuccess()
                #expect(await eventually { servingCSCF.received.contains { $0.hasPrefix("SIP/2.0 200") } })
                #expect(await lab.system.server.status.registeredUsers == 1)
                await servingCSCF.expectSuccess()
                #expect(await eventually { await lab.system.server.status.registeredUsers == 0 })
                let subscribe = try #require(servingCSCF.firstReceived("SUBSCRIBE"))
                #expect(subscribe.hasPrefix("SUBSCRIBE sip:bob@ims.example"))
                #expect(subscribe.fields("Expires") == ["1320"])
                await lab.expectIdle()
            }
        }
    }

    @Suite(
        "Malformed messages",
        .enabled(if: ChildProcess.find("python3") != nil, "python3 is not installed")
    )
    struct MalformedTests {
        @Test(
            "No malformed message is taken for a call, and a good one is answered after each",
            arguments: SIPp.Transport.allCases)
        func withstood(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run { lab in
                let folder = try TemporaryFolder()
                let program = try ChildProcess(
                    ChildProcess.find("python3") ?? "python3",
                    [
                        "\(PackageFolder.scenarios)/malformed.py", lab.addresses.server, "\(Addresses.sipPort)",
                        "--transport", transport.rawValue, "--from", lab.addresses.caller,
                    ],
                    directory: folder.path,
                    output: "\(folder.path)/output"
                )
                let status = await program.exitStatus()
                #expect(status == 0, "\(folder.text("output"))")
                await lab.expectIdle()
            }
        }
    }
}
