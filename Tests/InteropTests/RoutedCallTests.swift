import ApplicationServer
import LocalEngine
import ReferenceAS
import Testing

/// A flow between a caller and the PBX, each with its scenario.
struct RoutedFlow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let caller: String
    let pbx: String
    /// How the call is recorded in the end.
    var outcome = CallRecord.Outcome.routed
    /// An early dialog that comes to nothing lives as long as the INVITE's transaction, 64·T1.
    var t1 = Duration.milliseconds(500)
}

extension Interoperation {
    @Suite(
        "Calls that are routed to a PBX: what its dialog says goes on",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct RoutedCallTests {
        static let flows = [
            RoutedFlow(
                testDescription: "180 is reliable: PRACK and its 200 go through",
                caller: "uac-prack", pbx: "uas-pbx-rings-reliably"),
            RoutedFlow(
                testDescription: "183 with an answer is reliable, the 200 has none",
                caller: "uac-prack-after-183", pbx: "uas-pbx-progress-reliably"),
            RoutedFlow(
                testDescription: "183 is reliable, the caller has no 100rel: the server acknowledges",
                caller: "uac-no-100rel", pbx: "uas-pbx-progress-reliably-to-us"),
            RoutedFlow(
                testDescription: "UPDATE in the early dialog, both ways",
                caller: "uac-early-update", pbx: "uas-pbx-early-update"),
            RoutedFlow(
                testDescription: "UPDATE in the call, both ways",
                caller: "uac-update", pbx: "uas-pbx-update"),
            RoutedFlow(
                testDescription: "The offer in a reliable 183, the answer in its PRACK",
                caller: "uac-delayed-offer-in-prack", pbx: "uas-pbx-offers-reliably"),
            RoutedFlow(
                testDescription: "The same, with a body in the 200 that wants no answer: it gets its ACK",
                caller: "uac-delayed-offer-in-prack", pbx: "uas-pbx-offers-reliably-then-more"),
            RoutedFlow(
                testDescription: "Two telephones ring, one answers",
                caller: "uac-call", pbx: "uas-pbx-forks", t1: .milliseconds(50)),
            RoutedFlow(
                testDescription: "Two telephones answer: the second is hung up on",
                caller: "uac-call", pbx: "uas-pbx-forks-twice-answered", t1: .milliseconds(50)),
            RoutedFlow(
                testDescription: "re-INVITEs cross: 491 for both",
                caller: "uac-reinvite-glare", pbx: "uas-pbx-reinvite-glare"),
            RoutedFlow(
                testDescription: "re-INVITE is refused: 488 with its Warning, the call is kept",
                caller: "uac-reinvite-refused", pbx: "uas-pbx-reinvite-refused"),
            RoutedFlow(
                testDescription: "re-INVITE is cancelled: so is what the PBX was asked, the call is kept",
                caller: "uac-reinvite-cancelled", pbx: "uas-pbx-reinvite-cancelled"),
            RoutedFlow(
                testDescription: "The PBX's 200 to a hold crosses its CANCEL: it is led back to the session of before",
                caller: "uac-hold-cancelled", pbx: "uas-pbx-answers-cancelled-reinvite"),
            RoutedFlow(
                testDescription: "The same with an offer in the 200: it is answered, and the caller gets the new port",
                caller: "uac-reinvite-without-offer-cancelled", pbx: "uas-pbx-offers-in-cancelled-reinvite"),
            RoutedFlow(
                testDescription: "INFO, both ways",
                caller: "uac-info", pbx: "uas-pbx-info"),
            RoutedFlow(
                testDescription: "The PBX refers the caller: REFER, 202, NOTIFY",
                caller: "uac-refer-from-peer", pbx: "uas-pbx-refers"),
            RoutedFlow(
                testDescription: "The caller hangs up without an ACK",
                caller: "uac-bye-before-ack", pbx: "uas-pbx"),
            RoutedFlow(
                testDescription: "302 with its Contact",
                caller: "uac-call-expect-302", pbx: "uas-pbx-redirects", outcome: .rejected),
            RoutedFlow(
                testDescription: "603 with its Reason",
                caller: "uac-call-expect-603", pbx: "uas-pbx-declines", outcome: .rejected),
            RoutedFlow(
                testDescription: "The PBX's 200 crosses the CANCEL",
                caller: "uac-cancel", pbx: "uas-pbx-answers-in-cancel", outcome: .cancelled),
        ]

        @Test("Flow", arguments: flows, SIPp.Transport.allCases)
        func flow(_ flow: RoutedFlow, _ transport: SIPp.Transport) async throws {
            try await TestSystem.runRouted(transport, t1: flow.t1) { lab in
                let pbx = try await lab.pbx(flow.pbx, transport, pause: .milliseconds(100))
                let caller = try lab.caller(flow.caller, transport, pause: .milliseconds(100))
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try await lab.record().outcome == flow.outcome)
                await lab.expectIdle()
            }
        }

        @Test("Session timer of the two ends: 422 and the agreement go through", arguments: SIPp.Transport.allCases)
        func sessionTimer(_ transport: SIPp.Transport) async throws {
            try await TestSystem.runRouted(transport) { lab in
                let first = try await lab.pbx("uas-pbx-session-interval-too-small", transport)
                let refused = try lab.caller("uac-session-interval-refused", transport)
                await refused.expectSuccess()
                await first.expectSuccess()
                let second = try await lab.pbx("uas-pbx-session-timer", transport)
                let caller = try lab.caller("uac-session-timer-carried", transport, pause: .milliseconds(100))
                await caller.expectSuccess()
                await second.expectSuccess()
                #expect(try await lab.record(2).outcome == .routed)
                await lab.expectIdle()
            }
        }

        @Test("An INVITE of more than 1 300 octets goes on by TCP although the PBX's URI says nothing of it")
        func large() async throws {
            try await TestSystem.run(engine: .refuse(status: 503)) { lab in
                let pbx = try await lab.pbx("uas-pbx", .tcp, pause: .milliseconds(100))
                let caller = try lab.caller("uac-large", .udp, pause: .milliseconds(100))
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try #require(pbx.firstReceived("INVITE")).contains("Via: SIP/2.0/TCP "))
                await lab.expectIdle()
            }
        }

        @Test("No hop is left: 483, and the PBX hears nothing", arguments: SIPp.Transport.allCases)
        func tooManyHops(_ transport: SIPp.Transport) async throws {
            try await TestSystem.runRouted(transport) { lab in
                let pbx = try await lab.pbx("uas-pbx", transport)
                await (try lab.caller("uac-expect-483", transport)).expectSuccess()
                #expect(try await lab.record().outcome == .rejected)
                #expect(pbx.received.isEmpty)
                await lab.expectIdle()
            }
        }

        @Test("The operator ends a call that was routed: both parties are hung up on")
        func endedByOperator() async throws {
            try await TestSystem.runRouted(.udp) { lab in
                let pbx = try await lab.pbx("uas-pbx", pause: .milliseconds(100))
                let caller = try lab.caller("uac-call-peer-hangs-up")
                let isUp = await eventually { pbx.firstReceived("ACK") != nil }
                try #require(isUp)
                try await Self.end(lab, caller)
                await caller.expectSuccess()
                await pbx.expectSuccess()
                for party in [caller, pbx] {
                    #expect(
                        party.firstReceived("BYE")?.fields("Reason") == caller.firstReceived("BYE")?.fields("Reason"))
                }
                #expect(try await lab.record().outcome == .routed)
                await lab.expectIdle()
            }
        }

        @Test(
            "The operator ends a call that rings: the caller gets 480, the party that rings CANCEL, and nobody else is called"
        )
        func givenUpByOperator() async throws {
            try await TestSystem.runRouted(.udp) { lab in
                let pbx = try await lab.pbx("uas-pbx-ringing")
                let caller = try lab.caller("uac-call-expect-480")
                let isRinging = await eventually { caller.received.contains { $0.hasPrefix("SIP/2.0 180") } }
                try #require(isRinging)
                try await Self.end(lab, caller)
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try await lab.record().outcome == .cancelled)
                await lab.expectIdle()
            }
        }

        private static func end(_ lab: TestSystem, _ caller: SIPp) async throws {
            let callID = try #require(caller.sent.first?.fields("Call-ID").first)
            #expect(await SystemCallControl(lab.system).endCall(callID).status == 204)
        }
    }
}
