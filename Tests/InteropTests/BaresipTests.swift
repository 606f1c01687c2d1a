import ApplicationServer
import LocalEngine
import ReferenceAS
import Testing

extension Interoperation {
    @Suite(
        "baresip as the caller",
        .enabled(if: Baresip.isInstalled, "baresip is not installed (apt-get install baresip-core)")
    )
    struct BaresipCallerTests {
        @Test("A call is answered, RTP flows both ways, baresip hangs up", arguments: SIPp.Transport.allCases)
        func answered(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run { lab in
                let caller = try await Baresip("alice", at: lab.addresses.caller)
                try await caller.command("dial", lab.baresipURI(transport))
                _ = try await caller.expect("CALL_ESTABLISHED")
                // Our first report: by then we have sent and received.
                _ = try await caller.expect("CALL_RTCP")
                try await caller.command("hangup")
                let record = try await lab.record()
                #expect(record.outcome == .answered)
                #expect(record.has("ack"))
                #expect(record.has("bye-received"))
                let media = try #require(record.media)
                #expect(media.packetsSent > 0)
                #expect(media.packetsReceived > 0)
                await lab.expectIdle()
            }
        }

        @Test("Hold: re-INVITE with sendonly, and back with sendrecv", arguments: SIPp.Transport.allCases)
        func hold(_ transport: SIPp.Transport) async throws {
            try await TestSystem.run { lab in
                let caller = try await Baresip("alice", at: lab.addresses.caller)
                try await caller.command("dial", lab.baresipURI(transport))
                _ = try await caller.expect("CALL_ESTABLISHED")
                try await caller.command("hold")
                _ = try await caller.expect("CALL_REMOTE_SDP", 2)
                try await caller.command("resume")
                _ = try await caller.expect("CALL_REMOTE_SDP", 3)
                try await caller.command("hangup")
                let record = try await lab.record()
                #expect(
                    record.entries.map(\.event).filter { $0 == "hold" || $0 == "retrieve" } == ["hold", "retrieve"])
                let answers = caller.received(from: lab.addresses.server).filter { $0.hasPrefix("SIP/2.0 200") }
                #expect(answers.map(\.direction).prefix(3) == ["sendrecv", "recvonly", "sendrecv"])
                await lab.expectIdle()
            }
        }

        @Test("REFER in a conversation with the engine: 603")
        func refersTheEngine() async throws {
            try await TestSystem.run { lab in
                let caller = try await Baresip("alice", at: lab.addresses.caller)
                try await caller.command("dial", lab.baresipURI(.udp))
                _ = try await caller.expect("CALL_ESTABLISHED")
                try await caller.command("transfer", "sip:queue@\(lab.addresses.pbx):\(Addresses.pbxPort)")
                #expect(try await caller.expect("TRANSFER_FAILED").param == "603 Decline")
                try await caller.command("hangup")
                #expect(try await lab.record().outcome == .answered)
                await lab.expectIdle()
            }
        }

        @Test("Mode reject: baresip is told 503")
        func rejected() async throws {
            try await TestSystem.run(
                engine: .refuse(status: 503),
                configure: Change { configuration, _ in configuration.fallback["pbx"]?.mode = .reject }
            ) { lab in
                let caller = try await Baresip("alice", at: lab.addresses.caller)
                try await caller.command("dial", lab.baresipURI(.udp))
                #expect(try await caller.expect("CALL_CLOSED").param == "503 Service Unavailable")
                #expect(!caller.has("CALL_ESTABLISHED"))
                #expect(try await lab.record().outcome == .rejected)
                await lab.expectIdle()
            }
        }
    }

    @Suite(
        "baresip at both ends of a call that is routed",
        .enabled(if: Baresip.isInstalled, "baresip is not installed (apt-get install baresip-core)")
    )
    struct BaresipRoutedTests {
        @Test("Hold goes through, media goes past the server", arguments: SIPp.Transport.allCases)
        func hold(_ transport: SIPp.Transport) async throws {
            try await Self.run(transport) { lab, caller, pbx in
                _ = try await caller.expect("CALL_RTPESTAB")
                _ = try await pbx.expect("CALL_RTPESTAB")
                #expect(await lab.system.media.status().leasedPairs == 0)
                try await caller.command("hold")
                _ = try await caller.expect("CALL_REMOTE_SDP", 2)
                try await caller.command("resume")
                _ = try await caller.expect("CALL_REMOTE_SDP", 3)
                try await caller.command("hangup")
                _ = try await pbx.expect("CALL_CLOSED")
                let offers = pbx.received(from: lab.addresses.server).filter { $0.hasPrefix("INVITE") }
                #expect(offers.map(\.direction) == ["sendrecv", "sendonly", "sendrecv"])
                #expect(try await lab.record().outcome == .routed)
                await lab.expectIdle()
            }
        }

        @Test("The called end holds", arguments: SIPp.Transport.allCases)
        func holdFromTheOtherEnd(_ transport: SIPp.Transport) async throws {
            try await Self.run(transport) { lab, caller, pbx in
                try await pbx.command("hold")
                _ = try await pbx.expect("CALL_REMOTE_SDP", 2)
                try await pbx.command("resume")
                _ = try await pbx.expect("CALL_REMOTE_SDP", 3)
                try await pbx.command("hangup")
                _ = try await caller.expect("CALL_CLOSED")
                let offers = caller.received(from: lab.addresses.server).filter { $0.hasPrefix("INVITE") }
                #expect(offers.map(\.direction) == ["sendonly", "sendrecv"])
                #expect(try await lab.record().outcome == .routed)
                await lab.expectIdle()
            }
        }

        @Test(
            "Blind transfer: REFER and NOTIFY go through, the referred end calls the target",
            .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)"),
            arguments: SIPp.Transport.allCases)
        func transfer(_ transport: SIPp.Transport) async throws {
            try await Self.run(transport) { lab, caller, pbx in
                let target = try SIPp(
                    "uas-pbx", at: lab.addresses.engine, port: Addresses.pbxPort, target: lab.addresses.pbx,
                    transport: .udp, pause: .milliseconds(50))
                let isBound = await eventually {
                    KernelSockets.isBound(.udp, lab.addresses.engine, Addresses.pbxPort)
                }
                try #require(isBound)
                let uri = "sip:queue@\(lab.addresses.engine):\(Addresses.pbxPort)"
                try await caller.command("transfer", uri)
                #expect(try await pbx.expect("TRANSFER").param == uri)
                // Once it hears that the target answered, the one who transferred hangs up.
                _ = try await caller.expect("CALL_CLOSED")
                let heard = caller.received(from: lab.addresses.server)
                #expect(heard.contains { $0.hasPrefix("SIP/2.0 202") })
                #expect(heard.contains { $0.hasPrefix("NOTIFY") && $0.contains("SIP/2.0 200") })
                #expect(
                    target.firstReceived("INVITE")?.fields("Contact").first?.contains("@\(lab.addresses.pbx):") == true)
                #expect(try await lab.record().outcome == .routed)
                await lab.expectIdle()
                try await pbx.command("hangup")
                await target.expectSuccess()
            }
        }

        /// The engine refuses, so that `caller` is connected with `pbx`.
        private static func run(
            _ transport: SIPp.Transport,
            _ body: (TestSystem, _ caller: Baresip, _ pbx: Baresip) async throws -> Void
        ) async throws {
            let route = Change { configuration, addresses in
                let suffix = transport == .tcp ? ";transport=tcp" : ""
                configuration.fallback["pbx"]?.uri = "sip:\(addresses.pbx):\(Addresses.pbxPort)\(suffix)"
            }
            try await TestSystem.run(engine: .refuse(status: 503), configure: route) { lab in
                let pbx = try await Baresip("bob", at: lab.addresses.pbx, port: Addresses.pbxPort)
                let caller = try await Baresip("alice", at: lab.addresses.caller)
                try await caller.command("dial", lab.baresipURI(transport))
                _ = try await caller.expect("CALL_ESTABLISHED")
                _ = try await pbx.expect("CALL_ESTABLISHED")
                try await body(lab, caller, pbx)
            }
        }
    }

    @Suite(
        "baresip is transferred by the server",
        .enabled(
            if: Baresip.isInstalled && SIPp.isInstalled,
            "baresip or SIPp is not installed (Scripts/setup.sh test)")
    )
    struct BaresipTransferTests {
        @Test("REFER: baresip calls the target and reports it, the server hangs up", arguments: SIPp.Transport.allCases)
        func refer(_ transport: SIPp.Transport) async throws {
            try await TransferLab.run(.refer) { lab in
                let target = try await lab.target("uas-pbx")
                let caller = try await Baresip("alice", at: lab.addresses.caller)
                try await caller.command("dial", lab.baresipURI(transport))
                #expect(await lab.service.result() == "transferred")
                #expect(await lab.service.end() == .transferred)
                _ = try await caller.expect("TRANSFER")
                #expect(
                    target.firstReceived("INVITE")?.fields("Contact").first?.contains("@\(lab.addresses.caller):")
                        == true)
                try await caller.command("hangup")
                await target.expectSuccess()
            }
        }

        @Test("REFER to nobody: baresip reports the failure, the caller is kept")
        func referFails() async throws {
            try await TransferLab.run(.refer) { lab in
                let target = try await lab.target("uas-pbx-busy")
                let caller = try await Baresip("alice", at: lab.addresses.caller)
                try await caller.command("dial", lab.baresipURI(.udp))
                #expect(await lab.service.result() == "refused(486)")
                await target.expectSuccess()
                await lab.expectCallerKept()
                #expect(await lab.service.end() == .hungUp)
            }
        }

        @Test("re-INVITE: two baresips hear each other, hold goes through", arguments: SIPp.Transport.allCases)
        func reinvite(_ transport: SIPp.Transport) async throws {
            try await TransferLab.run(.reinvite, transport: transport) { lab in
                let target = try await Baresip("queue", at: lab.addresses.pbx, port: Addresses.pbxPort)
                let caller = try await Baresip("alice", at: lab.addresses.caller)
                try await caller.command("dial", lab.baresipURI(transport))
                #expect(await lab.service.result() == "transferred")
                #expect(await lab.media.status().leasedPairs == 0)
                _ = try await target.expect("CALL_RTPESTAB")
                try await caller.command("hold")
                let isHeld = await eventually {
                    target.received(from: lab.addresses.server).contains {
                        $0.hasPrefix("INVITE") && $0.direction == "sendonly"
                    }
                }
                #expect(isHeld)
                try await caller.command("hangup")
                _ = try await target.expect("CALL_CLOSED")
                #expect(await lab.service.end() == .transferred)
            }
        }
    }
}

extension TestSystem {
    /// The server as baresip dials it.
    fileprivate func baresipURI(_ transport: SIPp.Transport) -> String {
        "sip:bob@\(addresses.server):\(Addresses.sipPort);transport=\(transport.rawValue)"
    }
}

extension TransferLab {
    fileprivate func baresipURI(_ transport: SIPp.Transport) -> String {
        "sip:bob@\(addresses.server):\(Addresses.sipPort);transport=\(transport.rawValue)"
    }
}

extension String {
    /// Of the audio that a description in this message speaks of (RFC 8866 §6.7).
    fileprivate var direction: String? {
        ["sendrecv", "sendonly", "recvonly", "inactive"].first { contains("\na=\($0)\n") }
    }
}
