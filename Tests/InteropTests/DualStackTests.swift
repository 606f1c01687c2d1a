import ApplicationServer
import SIP
import SIPTransport
import Testing

extension Interoperation {
    @Suite(
        "IPv4 and IPv6 at once",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)"),
        .enabled(if: IPv6.isAvailable, "this machine has no IPv6 loopback address")
    )
    struct DualStackTests {
        @Test(
            "Calls over both are answered, each with addresses of its own version", arguments: SIPp.Transport.allCases)
        func both(_ transport: SIPp.Transport) async throws {
            try await Self.run { lab in
                let old = try lab.caller("uac-call-any-ip", transport)
                let new = try Self.caller(transport)
                await old.expectSuccess()
                await new.expectSuccess()
                let oldAnswer = try #require(old.firstReceived("SIP/2.0 200"))
                #expect(oldAnswer.body.contains("c=IN IP4 \(lab.addresses.server)"))
                #expect(oldAnswer.fields("Contact").first?.contains("sip:\(lab.addresses.server):") == true)
                let newAnswer = try #require(new.firstReceived("SIP/2.0 200"))
                #expect(newAnswer.body.contains("c=IN IP6 ::1"))
                #expect(newAnswer.fields("Contact").first?.contains("sip:[::1]:\(IPv6.serverPort)") == true)
                #expect(await eventually { lab.records.all.map(\.outcome) == [.answered, .answered] })
            }
        }

        @Test("Media of IPv4 in a call over IPv6", arguments: SIPp.Transport.allCases)
        func mixed(_ transport: SIPp.Transport) async throws {
            try await Self.run { lab in
                let caller = try Self.caller(transport, media: lab.addresses.caller)
                await caller.expectSuccess()
                let answer = try #require(caller.firstReceived("SIP/2.0 200"))
                #expect(answer.body.contains("c=IN IP4 \(lab.addresses.server)"))
                #expect(answer.fields("Contact").first?.contains("sip:[::1]:\(IPv6.serverPort)") == true)
            }
        }

        private static func caller(_ transport: SIPp.Transport, media: String? = nil) throws -> SIPp {
            try SIPp(
                "uac-call-any-ip",
                at: IPv6.loopback,
                port: IPv6.callerPort,
                media: media,
                target: "[\(IPv6.loopback)]:\(IPv6.serverPort)",
                transport: transport,
                pause: .milliseconds(100)
            )
        }

        private static func run(_ body: (AnsweringLab) async throws -> Void) async throws {
            try await AnsweringLab.run(
                configure: AnsweringLab.Change { settings in
                    settings.stack.listeners += [.udp, .tcp].map { transport in
                        SIPListener(transport: transport, host: IPv6.loopback, port: UInt16(IPv6.serverPort))
                    }
                    settings.stack.policy = PeerPolicy(
                        trusted: [.loopback] + [IPNetwork(IPv6.loopback)].compactMap { $0 })
                    settings.otherMediaAddress = IPv6.loopback
                },
                body
            )
        }
    }
}
