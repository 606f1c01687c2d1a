import ApplicationServer
import ReferenceAS
import Testing

extension Interoperation {
    @Suite(
        "Calls that are forwarded by the stateful proxy (RFC 3261 §16)",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct ProxyingTests {
        private static let secondPort = Addresses.pbxPort + 1

        @Test("INVITE, ACK and BYE pass by", arguments: SIPp.Transport.allCases)
        func call(_ transport: SIPp.Transport) async throws {
            try await Self.run(transport) { lab in
                let pbx = try await lab.pbx("uas-pbx", transport, pause: .milliseconds(100))
                let caller = try lab.caller("uac-call-proxied", transport, pause: .milliseconds(100))
                await caller.expectSuccess()
                await pbx.expectSuccess()
                let invite = try #require(pbx.firstReceived("INVITE"))
                #expect(invite.fields("Call-ID") == caller.sent.first?.fields("Call-ID"))
                #expect(invite.fields("Via").count == 2)
                #expect(try await lab.record().outcome == .routed)
                await lab.expectIdle()
            }
        }

        @Test("Two ring together: one answers, the other gets CANCEL", arguments: SIPp.Transport.allCases)
        func parallel(_ transport: SIPp.Transport) async throws {
            try await Self.run(transport, .parallel, [Self.secondPort]) { lab in
                let other = try await lab.second("uas-pbx-ringing-proxied", transport)
                let pbx = try await lab.pbx("uas-pbx", transport, pause: .milliseconds(300))
                let caller = try lab.caller("uac-call-proxied", transport, pause: .milliseconds(100))
                await caller.expectSuccess()
                await pbx.expectSuccess()
                await other.expectSuccess()
                #expect(other.firstReceived("CANCEL") != nil)
                await lab.expectIdle()
            }
        }

        @Test("The first is busy, the second answers", arguments: SIPp.Transport.allCases)
        func serial(_ transport: SIPp.Transport) async throws {
            try await Self.run(transport, .serial, [Self.secondPort]) { lab in
                let busy = try await lab.pbx("uas-pbx-busy", transport)
                let second = try await lab.second("uas-pbx", transport)
                let caller = try lab.caller("uac-call-proxied", transport, pause: .milliseconds(100))
                await caller.expectSuccess()
                await busy.expectSuccess()
                await second.expectSuccess()
                #expect(caller.firstReceived("SIP/2.0 486") == nil)
                await lab.expectIdle()
            }
        }

        @Test("The caller gives up: the target's 487 goes up", arguments: SIPp.Transport.allCases)
        func cancelled(_ transport: SIPp.Transport) async throws {
            try await Self.run(transport) { lab in
                let pbx = try await lab.pbx("uas-pbx-ringing-proxied", transport)
                let caller = try lab.caller("uac-cancel", transport, pause: .milliseconds(100))
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try await lab.record().outcome == .cancelled)
                await lab.expectIdle()
            }
        }

        @Test("A call that comes back to the server is 482")
        func loop() async throws {
            let change = Change { configuration, addresses in
                configuration.fallback["pbx"]?.mode = .proxy
                configuration.fallback["pbx"]?.uri = "sip:\(addresses.server):\(Addresses.sipPort)"
                // A connection of the server to itself would stay.
                configuration.sip.listen.removeAll { $0.transport == .tcp }
            }
            try await TestSystem.run(engine: .refuse(status: 503), configure: change) { lab in
                let caller = try lab.caller("uac-call-expect-482")
                await caller.expectSuccess()
                await lab.expectIdle()
            }
        }

        /// The engine refuses, and calls are forwarded.
        private static func run(
            _ transport: SIPp.Transport,
            _ forking: FallbackDefinition.Forking = .serial,
            _ otherPorts: [Int] = [],
            _ body: (TestSystem) async throws -> Void
        ) async throws {
            let change = Change { configuration, addresses in
                let suffix = transport == .tcp ? ";transport=tcp" : ""
                configuration.fallback["pbx"]?.mode = .proxy
                configuration.fallback["pbx"]?.forking = forking
                configuration.fallback["pbx"]?.uri = "sip:\(addresses.pbx):\(Addresses.pbxPort)\(suffix)"
                configuration.fallback["pbx"]?.alternatives = otherPorts.map { "sip:\(addresses.pbx):\($0)\(suffix)" }
            }
            try await TestSystem.run(engine: .refuse(status: 503), configure: change, body)
        }
    }
}

extension TestSystem {
    /// A second PBX, listening.
    fileprivate func second(_ scenario: String, _ transport: SIPp.Transport) async throws -> SIPp {
        let port = Addresses.pbxPort + 1
        let peer = try SIPp(
            scenario, at: addresses.pbx, port: port, target: "\(addresses.server):\(Addresses.sipPort)",
            transport: transport, pause: .milliseconds(100))
        let isBound = await eventually { KernelSockets.isBound(transport, addresses.pbx, port) || !peer.isRunning }
        try #require(isBound && peer.isRunning, "\(scenario) does not listen")
        return peer
    }
}
