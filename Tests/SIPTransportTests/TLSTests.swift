import NIOCore
import NIOPosix
import NIOSSL
import RawPeers
import SIP
import SIPTransport
import Testing

/// The callee's certificate names the address it listens on, the caller's `caller.example`, unless a test says otherwise.
@Suite("SIP over TLS", .enabled(if: CertificateFolder.isOpenSSLInstalled, "needs openssl"))
struct TLSTests {
    @Test("Two stacks that know one another talk", arguments: [TestHost.v4, .v6])
    func answered(_ host: TestHost) async throws {
        guard await host.isAvailable else {
            print("skipped: this machine has no IPv6 loopback")
            return
        }
        let address = host.address
        let files = try CertificateFolder()
        try files.signed("callee", subjectAltName: "IP:\(address)")
        try files.signed("caller", subjectAltName: "URI:sip:caller.example")
        try await callee(files, address) { callee, hop in
            try await caller(files, address) { caller in
                for sequence in 1...2 {
                    let response = try await caller.request(Self.options(sequence), to: hop)
                    #expect(response.status == .ok)
                }
                #expect(await callee.stack.statistics.connectionsAccepted == 1, "the connection is used again")
                #expect(await callee.stack.statistics.tlsRefused == 0)
            }
        }
    }

    @Test(
        "A callee that shows the wrong certificate is not talked to",
        arguments: [WrongCertificate.name, .expired, .selfSigned, .commonNameOnly]
    )
    func wrongServer(_ wrong: WrongCertificate) async throws {
        let address = Loopback().server
        let files = try CertificateFolder()
        switch wrong {
        case .name: try files.signed("callee", subjectAltName: "IP:127.0.0.99")
        case .expired: try files.signed("callee", subjectAltName: "IP:\(address)", isExpired: true)
        case .selfSigned: try files.selfSigned("callee", subjectAltName: "IP:\(address)")
        case .commonNameOnly: try files.signed("callee", subjectAltName: "email:\(address)@ims.example")
        }
        try files.signed("caller", subjectAltName: "URI:sip:caller.example")
        try await callee(files, address) { callee, hop in
            try await caller(files, address) { caller in
                await #expect(throws: TransactionFailure.transport) {
                    try await caller.request(Self.options(1), to: hop)
                }
                #expect(await caller.statistics.tlsRefused == 1)
                #expect(callee.user.requests.isEmpty, "not one octet of SIP")
            }
        }
    }

    @Test(
        "A caller that shows the wrong certificate is not listened to",
        arguments: [WrongCertificate.name, .expired, .selfSigned, .commonNameOnly]
    )
    func wrongClient(_ wrong: WrongCertificate) async throws {
        let address = Loopback().server
        let files = try CertificateFolder()
        try files.signed("callee", subjectAltName: "IP:\(address)")
        switch wrong {
        case .name: try files.signed("caller", subjectAltName: "URI:sip:other.example,DNS:caller.example")
        case .expired: try files.signed("caller", subjectAltName: "URI:sip:caller.example", isExpired: true)
        case .selfSigned: try files.selfSigned("caller", subjectAltName: "URI:sip:caller.example")
        case .commonNameOnly: try files.signed("caller", subjectAltName: "URI:sip:user@caller.example")
        }
        try await callee(files, address) { callee, hop in
            try await caller(files, address) { caller in
                // The client side of TLS 1.3 ends its handshake before the server judges: the request may seem sent.
                async let failure = Self.fails { try await caller.request(Self.options(1), to: hop) }
                #expect(await eventually { await callee.stack.statistics.tlsRefused == 1 })
                await caller.stop()
                #expect(await failure)
                #expect(callee.user.requests.isEmpty)
                #expect(await callee.stack.statistics.messagesReceived == 0)
            }
        }
    }

    @Test("A client without a certificate is not listened to")
    func noClientCertificate() async throws {
        let address = Loopback().server
        let files = try CertificateFolder()
        try files.signed("callee", subjectAltName: "IP:\(address)")
        try await callee(files, address) { callee, hop in
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .file("\(files.path)/authority.pem")
            configuration.certificateVerification = .noHostnameVerification
            let context = try NIOSSLContext(configuration: configuration)
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = try NIOSSLClientHandler(context: context, serverHostname: nil)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .connect(host: address, port: Int(hop.port)).get()
            try? await channel.writeAndFlush(ByteBuffer(bytes: Self.options(1).serialized())).get()
            #expect(await eventually { await callee.stack.statistics.tlsRefused == 1 })
            #expect(callee.user.requests.isEmpty)
            try? await channel.close()
        }
    }

    @Test("A connection is used for another name only if the certificate has that name too")
    func otherName() async throws {
        let address = "127.0.0.1"
        let files = try CertificateFolder()
        try files.signed("callee", subjectAltName: "IP:\(address)")
        try files.signed("caller", subjectAltName: "URI:sip:caller.example")
        try await callee(files, address) { callee, hop in
            try await caller(files, address) { caller in
                let response = try await caller.request(Self.options(1), to: hop)
                #expect(response.status == .ok)
                // The same host and port by a name that the certificate lacks.
                let other = Hop(transport: .tls, host: "localhost", port: hop.port)
                await #expect(throws: TransactionFailure.transport) {
                    try await caller.request(Self.options(2), to: other)
                }
                #expect(await caller.statistics.tlsRefused == 1)
                #expect(callee.user.requests.count == 1)
            }
        }
    }

    @Test("A handshake that is not finished in time closes the connection")
    func stalled() async throws {
        let address = Loopback().server
        let files = try CertificateFolder()
        try files.signed("callee", subjectAltName: "IP:\(address)")
        try await callee(files, address, handshakeTime: .milliseconds(50)) { callee, hop in
            let peer = try await RawPeer.tcp(from: address, to: address, hop.port)
            try await peer.send([0x16])
            #expect(await eventually { peer.isClosed })
            #expect(await eventually { await callee.stack.statistics.tlsRefused == 1 })
        }
    }

    @Test("Never in clear: a TLS hop fails where there is no certificate, and a TLS listener does not start")
    func noCertificate() async throws {
        try await TestStack.run { test in
            let hop = Hop(transport: .tls, host: test.loopback.server, port: test.tcpPort)
            await #expect(throws: TransactionFailure.transport) {
                try await test.stack.request(Self.options(1), to: hop)
            }
            #expect(await test.stack.statistics.messagesReceived == 0)
        }
        await #expect(throws: SIPBindError.self) {
            try await TestStack.run(
                configure: Change { $0.listeners = [SIPListener(transport: .tls, host: "127.0.0.1", port: 0)] }
            ) { _ in }
        }
    }

    // MARK: Stacks

    enum WrongCertificate: Sendable { case name, expired, selfSigned, commonNameOnly }

    private func callee(
        _ files: CertificateFolder,
        _ address: String,
        handshakeTime: Duration = .seconds(5),
        _ body: (TestStack, Hop) async throws -> Void
    ) async throws {
        let change = Change {
            $0.listeners = [SIPListener(transport: .tls, host: address, port: 0)]
            $0.policy.allowUntrusted = true
            $0.tls = files.settings("callee", peers: ["caller.example"], handshakeTime: handshakeTime)
        }
        try await TestStack.run(configure: change) { test in
            let port = await test.stack.localAddress(.tls)?.port ?? 0
            try await body(test, Hop(transport: .tls, host: address, port: port))
        }
    }

    private func caller(
        _ files: CertificateFolder,
        _ address: String,
        _ body: (SIPStack) async throws -> Void
    ) async throws {
        let change = Change {
            $0.listeners = [SIPListener(transport: .tcp, host: address, port: 0)]
            $0.tls = files.settings("caller")
        }
        try await TestStack.run(configure: change) { try await body($0.stack) }
    }

    private static func fails(_ work: () async throws -> SIPResponse) async -> Bool {
        (try? await work()) == nil
    }

    private static func options(_ sequence: Int) -> SIPRequest {
        var request = SIPRequest(method: .options, requestURI: "sips:callee.example")
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<sip:caller@ims.example>;tag=1")
        request.headers.append(.to, "<sips:callee.example>")
        request.headers.append(.callID, "tls-\(sequence)")
        request.headers.append(.cSeq, "\(sequence) OPTIONS")
        return request
    }
}

/// A loopback address of either family.
enum TestHost: Sendable {
    case v4, v6

    var address: String { self == .v4 ? Loopback().server : "::1" }

    /// Some containers have no IPv6.
    var isAvailable: Bool {
        get async {
            guard self == .v6 else { return true }
            let bootstrap = DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            let bound = try? await bootstrap.bind(host: "::1", port: 0).get()
            try? await bound?.close()
            return bound != nil
        }
    }
}
