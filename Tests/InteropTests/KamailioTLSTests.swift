import ApplicationServer
import LocalEngine
import ReferenceAS
import Testing

extension Interoperation {
    /// As ``KamailioTests``, with a certificate at both ends of ISC.
    @Suite(
        "Kamailio as the S-CSCF, ISC by TLS with certificates at both ends (RFC 5922)",
        .enabled(
            if: IMSLab.isInstalled && IMSLab.hasTLS && Certificates.openSSL != nil,
            "kamailio, its ims and tls modules, SIPp, python3 or openssl is not installed (Scripts/setup.sh test)"
        )
    )
    struct KamailioTLSTests {
        private static let tlsPort = Addresses.sipPort + 1

        @Test("Third-party REGISTER, and a terminating call that is answered and hung up")
        func answered() async throws {
            try await Self.run { lab, tls in
                try await IMSLab.check(["registered", "answered"], with: lab, tls: tls)
                #expect(await lab.system.server.statistics.registrations > 0)
                let record = try await lab.record()
                #expect(record.outcome == .answered)
                for event in ["ack", "bye-received"] { #expect(record.has(event), "\(event)") }
                #expect(await lab.system.stack.statistics.tlsRefused == 0)
                await lab.expectIdle()
            }
        }

        @Test("Handed back on the original dialog identifier, which names UDP")
        func handedBack() async throws {
            let change: (inout ASConfiguration) -> Void = { $0.fallback["pbx"]?.mode = .resume }
            try await Self.run(engine: .refuse(status: 503), change: change) { lab, tls in
                try await IMSLab.check(["handed-back"], with: lab, tls: tls)
                #expect(try await lab.record().outcome == .routed)
                await lab.expectIdle()
            }
        }

        @Test("An S-CSCF whose certificate names none of the peers gets no request through")
        func stranger() async throws {
            try await Self.run(peers: ["someone.else.example"]) { lab, tls in
                try await IMSLab.check(["registered"], with: lab, tls: tls, verdict: .fail)
                #expect(await lab.system.stack.statistics.tlsRefused > 0)
                #expect(await lab.system.stack.statistics.messagesReceived == 0)
            }
        }

        @Test("The S-CSCF sends nothing to a server whose certificate another authority has signed")
        func impostor() async throws {
            try await Self.run(signedBy: try await Certificates()) { lab, tls in
                try await IMSLab.check(["registered"], with: lab, tls: tls, verdict: .fail)
                #expect(await lab.system.stack.statistics.messagesReceived == 0)
            }
        }

        /// - Parameter signedBy: The authority of the server's certificate; `nil`: that of the S-CSCF's.
        private static func run(
            engine behaviour: LocalEngineBehaviour = .normal,
            peers: [String] = [IMSLab.domain],
            signedBy other: Certificates? = nil,
            change: @escaping (inout ASConfiguration) -> Void = { _ in },
            _ body: (TestSystem, IMSLab.TLS) async throws -> Void
        ) async throws {
            let addresses = Addresses()
            let certificates = try await Certificates()
            try await certificates.sign("scscf", domain: IMSLab.domain, address: IMSLab.address)
            let ours = other ?? certificates
            try await ours.sign("server", domain: "as.example", address: addresses.server)
            let withTLS = Change { configuration, addresses in
                configuration.sip.listen.append(
                    ListenAddress(transport: .tls, host: addresses.server, port: UInt16(tlsPort)))
                configuration.sip.tls.certificate = ours.certificate("server")
                configuration.sip.tls.key = ours.key("server")
                configuration.sip.tls.trustRoots = certificates.authority
                configuration.sip.tls.peers = peers
                change(&configuration)
            }
            let uri = "sip:\(addresses.server):\(tlsPort);transport=tls"
            try await TestSystem.run(engine: behaviour, addresses: addresses, configure: withTLS) { lab in
                try await body(lab, IMSLab.TLS(certificates: certificates, uri: uri))
            }
        }
    }
}
