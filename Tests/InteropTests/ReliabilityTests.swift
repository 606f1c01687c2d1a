import ApplicationServer
import SIP
import Testing

extension Interoperation {
    @Suite(
        "Reliable provisional responses and preconditions",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct ReliabilityTests {
        @Test("Preconditions: 183, PRACK, UPDATE with resources, 200", arguments: SIPp.Transport.allCases)
        func preconditions(_ transport: SIPp.Transport) async throws {
            try await Self.expectPreconditionsMet("uac-preconditions", transport)
        }

        @Test("The same when the INVITE requires preconditions", arguments: SIPp.Transport.allCases)
        func preconditionsRequired(_ transport: SIPp.Transport) async throws {
            try await Self.expectPreconditionsMet("uac-preconditions-required", transport)
        }

        @Test("The PRACK itself says that resources are reserved")
        func preconditionsInPRACK() async throws {
            try await Self.expectPreconditionsMet("uac-preconditions-in-prack", .udp)
        }

        @Test("Resources that are never reserved: 580")
        func neverReserved() async throws {
            try await AnsweringLab.run(
                configure: AnsweringLab.Change { $0.server.preconditionTime = .milliseconds(200) }
            ) { lab in
                try await Self.expectRejection("uac-preconditions-never-met", lab)
            }
        }

        @Test("A reservation from end to end, which nobody can make: 580", arguments: SIPp.Transport.allCases)
        func endToEnd(_ transport: SIPp.Transport) async throws {
            try await AnsweringLab.run { lab in
                try await Self.expectRejection("uac-preconditions-end-to-end", lab, transport)
            }
        }

        @Test("100rel is required, nothing provisional is needed: 200", arguments: SIPp.Transport.allCases)
        func reliabilityRequired(_ transport: SIPp.Transport) async throws {
            try await AnsweringLab.run { lab in
                let caller = try lab.caller("uac-100rel-required", transport)
                await caller.expectSuccess()
                #expect(try await lab.record().outcome == .answered)
            }
        }

        @Test("CANCEL while the 183 waits for its PRACK", arguments: SIPp.Transport.allCases)
        func cancelled(_ transport: SIPp.Transport) async throws {
            try await AnsweringLab.run { lab in
                await (try lab.caller("uac-cancel-before-prack", transport)).expectSuccess()
                #expect(try await lab.record().outcome == .cancelled)
            }
        }

        @Test("No PRACK: the 183 comes again, then 504", arguments: SIPp.Transport.allCases)
        func unacknowledged(_ transport: SIPp.Transport) async throws {
            try await AnsweringLab.run { lab in
                let caller = try lab.caller("uac-no-prack", transport)
                await caller.expectSuccess()
                // At T1, 2·T1, 4·T1 ... up to 64·T1, over reliable transports too (RFC 3262 §3).
                #expect(caller.received.filter { $0.hasPrefix("SIP/2.0 183") }.count > 4)
                #expect(try await lab.record().outcome == .rejected)
            }
        }

        // MARK: Steps

        private static func expectPreconditionsMet(_ scenario: String, _ transport: SIPp.Transport) async throws {
            try await AnsweringLab.run { lab in
                let caller = try lab.caller(scenario, transport)
                await caller.expectSuccess()
                let record = try await lab.record()
                #expect(record.outcome == .answered)
                #expect(record.entries.filter { $0.event == "preconditions" }.last?.detail == "met")
            }
        }

        private static func expectRejection(
            _ scenario: String,
            _ lab: AnsweringLab,
            _ transport: SIPp.Transport = .udp
        ) async throws {
            await (try lab.caller(scenario, transport)).expectSuccess()
            #expect(try await lab.record().outcome == .rejected)
        }
    }
}
