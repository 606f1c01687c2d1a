import ApplicationServer
import LocalEngine
import ReferenceAS
import Testing

extension Interoperation {
    @Suite(
        "baresip by TLS, with certificates at both ends (RFC 5922)",
        .enabled(
            if: Baresip.isInstalled && Certificates.openSSL != nil,
            "baresip or openssl is not installed (Scripts/setup.sh test)")
    )
    struct BaresipTLSTests {
        static let tlsPort = Addresses.sipPort + 1

        @Test("A call is answered, held, retrieved and hung up")
        func answered() async throws {
            try await Self.run { lab, caller in
                try await caller.command("dial", Self.uri(lab))
                _ = try await caller.expect("CALL_ESTABLISHED")
                _ = try await caller.expect("CALL_RTPESTAB")
                try await caller.command("hold")
                _ = try await caller.expect("CALL_REMOTE_SDP", 2)
                try await caller.command("resume")
                _ = try await caller.expect("CALL_REMOTE_SDP", 3)
                try await caller.command("hangup")
                let record = try await lab.record()
                #expect(record.outcome == .answered)
                for event in ["ack", "hold", "retrieve", "bye-received"] { #expect(record.has(event), "\(event)") }
                await lab.expectIdle()
            }
        }

        @Test("The server hangs up: its BYE reaches baresip by TLS")
        func hungUp() async throws {
            let change: (inout ASConfiguration) -> Void = { $0.services[0].assistant.fallback = nil }
            try await Self.run(engine: .dropMidCall(after: .milliseconds(500)), change: change) { lab, caller in
                try await caller.command("dial", Self.uri(lab))
                _ = try await caller.expect("CALL_ESTABLISHED")
                _ = try await caller.expect("CALL_CLOSED")
                #expect(caller.received(from: lab.addresses.server).contains { $0.hasPrefix("BYE") })
                #expect(try await lab.record().outcome == .answered)
                await lab.expectIdle()
            }
        }

        @Test("A call from TLS is routed by UDP")
        func routed() async throws {
            try await Self.run(engine: .refuse(status: 503)) { lab, caller in
                let pbx = try await Baresip("bob", at: lab.addresses.pbx, port: Addresses.pbxPort)
                try await caller.command("dial", Self.uri(lab))
                _ = try await caller.expect("CALL_ESTABLISHED")
                try await caller.command("hold")
                _ = try await caller.expect("CALL_REMOTE_SDP", 2)
                try await pbx.command("hangup")
                _ = try await caller.expect("CALL_CLOSED")
                #expect(try await lab.record().outcome == .routed)
                await lab.expectIdle()
            }
        }

        @Test("A baresip whose domain is not one of the peers gets no call")
        func stranger() async throws {
            try await Self.run(peers: ["someone.else.example"]) { lab, caller in
                try await caller.command("dial", Self.uri(lab))
                #expect(await eventually { await lab.system.stack.statistics.tlsRefused > 0 })
                #expect(!caller.has("CALL_ESTABLISHED"))
                #expect(await lab.system.stack.statistics.messagesReceived == 0)
                #expect(lab.records.all.isEmpty)
                await lab.expectIdle()
            }
        }

        private static func uri(_ lab: TestSystem) -> String {
            "sip:bob@\(lab.addresses.server):\(tlsPort);transport=tls"
        }

        private static func run(
            engine behaviour: LocalEngineBehaviour = .normal,
            peers: [String] = ["phone.example"],
            change: @escaping (inout ASConfiguration) -> Void = { _ in },
            _ body: (TestSystem, _ caller: Baresip) async throws -> Void
        ) async throws {
            let addresses = Addresses()
            let certificates = try await Certificates()
            try await certificates.sign("server", domain: "as.example", address: addresses.server)
            try await certificates.sign("phone", domain: "phone.example", address: addresses.caller)
            let phone = Baresip.TLS(
                certificate: try certificates.combined("phone"), authority: certificates.authority)
            let withTLS = Change { configuration, addresses in
                configuration.sip.listen.append(
                    ListenAddress(transport: .tls, host: addresses.server, port: UInt16(tlsPort)))
                configuration.sip.tls.certificate = certificates.certificate("server")
                configuration.sip.tls.key = certificates.key("server")
                configuration.sip.tls.trustRoots = certificates.authority
                configuration.sip.tls.peers = peers
                change(&configuration)
            }
            try await TestSystem.run(engine: behaviour, addresses: addresses, configure: withTLS) { lab in
                let caller = try await Baresip("alice", at: lab.addresses.caller, tls: phone)
                try await body(lab, caller)
            }
        }
    }
}
