import ApplicationServer
import SIP
import SIPTransport
import Testing

extension Interoperation {
    @Suite(
        "Requests that are refused as RFC 3261 has it",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct RefusalTests {
        @Test(
            "No call comes of it",
            arguments: ["uac-expect-420", "uac-expect-415", "uac-expect-405", "uac-expect-416"], SIPp.Transport.allCases
        )
        func refused(_ scenario: String, _ transport: SIPp.Transport) async throws {
            try await AnsweringLab.run { lab in
                await (try lab.caller(scenario, transport)).expectSuccess()
                #expect(lab.records.all.isEmpty)
            }
        }

        @Test("Requests outside calls that go on behind us are passed on", arguments: SIPp.Transport.allCases)
        func passedOn(_ transport: SIPp.Transport) async throws {
            try await AnsweringLab.run { lab in
                await (try lab.caller("uac-message-passes", transport)).expectSuccess()
                #expect(lab.records.all.isEmpty)
            }
        }

        @Test("The same by another port that is listened on: the Route that names it is ours all the same")
        func passedOnFromAnotherPort() async throws {
            let change = AnsweringLab.Change { settings in
                let host = settings.mediaAddress
                settings.stack.listeners.append(SIPListener(transport: .udp, host: host, port: 5_070))
            }
            try await AnsweringLab.run(configure: change) { lab in
                let caller = try SIPp(
                    "uac-message-passes", at: lab.addresses.caller, target: "\(lab.addresses.server):5070",
                    transport: .udp)
                await caller.expectSuccess()
            }
        }

        @Test("A full server: an ordinary call gets 503, one with Resource-Priority is answered (RFC 4412 §4.6)")
        func priority() async throws {
            let change = AnsweringLab.Change { $0.server.maximumCalls = 0 }
            try await AnsweringLab.run(configure: change) { lab in
                await (try lab.caller("uac-call-expect-503")).expectSuccess()
                await (try lab.caller("uac-call-priority")).expectSuccess()
                #expect(try await lab.record().outcome == .answered)
            }
        }

        @Test("An emergency call passes by, whatever it requires and brings", arguments: SIPp.Transport.allCases)
        func emergency(_ transport: SIPp.Transport) async throws {
            try await AnsweringLab.run { lab in
                await (try lab.caller("uac-emergency", transport)).expectSuccess()
                let record = try await lab.record()
                #expect(record.outcome == .routed)
                #expect(record.service == "emergency")
                #expect(await lab.server.status.calls == 0)
            }
        }

        @Test(
            "In the call: 405, 420 and 415, and a description in a multipart body is taken",
            arguments: SIPp.Transport.allCases)
        func inDialog(_ transport: SIPp.Transport) async throws {
            try await AnsweringLab.run { lab in
                await (try lab.caller("uac-refused-in-dialog", transport, pause: .milliseconds(50))).expectSuccess()
                #expect(try await lab.record().outcome == .answered)
            }
        }

        @Test("A merged INVITE: 482, and the first is answered once", arguments: SIPp.Transport.allCases)
        func merged(_ transport: SIPp.Transport) async throws {
            try await AnsweringLab.run { lab in
                await (try lab.caller("uac-merged-request", transport)).expectSuccess()
                #expect(try await lab.record().outcome == .answered)
                #expect(await lab.server.statistics.callsReceived == 1)
            }
        }
    }

    @Suite(
        "IPv6",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)"),
        .enabled(if: IPv6.isAvailable, "this machine has no IPv6 loopback address")
    )
    struct IPv6Tests {
        @Test("A call is answered over IPv6, media included", arguments: SIPp.Transport.allCases)
        func answered(_ transport: SIPp.Transport) async throws {
            try await AnsweringLab.run(
                configure: AnsweringLab.Change { settings in
                    settings.stack.listeners = [.udp, .tcp].map { transport in
                        SIPListener(transport: transport, host: IPv6.loopback, port: UInt16(IPv6.serverPort))
                    }
                    settings.stack.policy = PeerPolicy(trusted: [IPNetwork(IPv6.loopback)].compactMap { $0 })
                    settings.mediaAddress = IPv6.loopback
                }
            ) { lab in
                let caller = try SIPp(
                    "uac-call-any-ip",
                    at: IPv6.loopback,
                    port: IPv6.callerPort,
                    target: "[\(IPv6.loopback)]:\(IPv6.serverPort)",
                    transport: transport,
                    pause: .milliseconds(100)
                )
                await caller.expectSuccess()
                #expect(try #require(caller.firstReceived("SIP/2.0 200")).body.contains("c=IN IP6 ::1"))
                #expect(try await lab.record().outcome == .answered)
            }
        }
    }
}
