import ApplicationServer
import SIP
import SIPTransport
import Testing

extension Interoperation {
    @Suite(
        "Session timers",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct SessionTimerTests {
        @Test("Too short an interval: 422 with Min-SE, and a second try", arguments: SIPp.Transport.allCases)
        func tooShort(_ transport: SIPp.Transport) async throws {
            try await Self.expectAnswered("uac-session-interval-too-small", transport)
        }

        @Test("The caller refreshes by UPDATE and by re-INVITE", arguments: SIPp.Transport.allCases)
        func callerRefreshes(_ transport: SIPp.Transport) async throws {
            try await Self.expectAnswered("uac-session-refreshed-by-caller", transport)
        }

        @Test("The server refreshes by UPDATE")
        func update() async throws {
            try await AnsweringLab.run(configure: AnsweringLab.Change(Self.shortSessions)) { lab in
                let caller = try lab.caller("uac-session-refreshed-by-update")
                await caller.expectSuccess()
                let updates = caller.received.filter { $0.hasPrefix("UPDATE") }
                #expect(updates.count == 2)
                #expect(updates.allSatisfy { $0.body.isEmpty }, "a refresh offers nothing")
            }
        }

        @Test("The caller takes no UPDATE: the server refreshes by re-INVITE, with the description that stands")
        func reinvite() async throws {
            try await AnsweringLab.run(configure: AnsweringLab.Change(Self.shortSessions)) { lab in
                let caller = try lab.caller("uac-session-refreshed-by-reinvite")
                await caller.expectSuccess()
                let answer = try #require(caller.firstReceived("SIP/2.0 200")).body
                #expect(try #require(caller.firstReceived("INVITE")).body == answer)
                #expect(!answer.isEmpty)
            }
        }

        @Test("Nobody refreshes: BYE with Reason, before the interval is over", arguments: SIPp.Transport.allCases)
        func expiry(_ transport: SIPp.Transport) async throws {
            try await AnsweringLab.run(configure: AnsweringLab.Change(Self.shortSessions)) { lab in
                let caller = try lab.caller("uac-session-expires", transport)
                await caller.expectSuccess()
                #expect(try await lab.record().outcome == .answered)
            }
        }

        // MARK: Steps

        /// Intervals far below the 90 s of RFC 4028 §4.
        private static func shortSessions(_ settings: inout AnsweringLab.Settings) {
            settings.stack.sessionTimers?.minimum = .seconds(1)
        }

        private static func expectAnswered(_ scenario: String, _ transport: SIPp.Transport) async throws {
            try await AnsweringLab.run { lab in
                await (try lab.caller(scenario, transport)).expectSuccess()
                #expect(try await lab.record().outcome == .answered)
            }
        }
    }
}
