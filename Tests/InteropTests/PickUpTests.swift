import ApplicationServer
import ReferenceAS
import Testing

extension Interoperation {
    @Suite(
        "Call pick-up: INVITE with Replaces for a party that rings (RFC 3891 §3)",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct PickUpTests {
        private static let newPort = 5_082

        private enum Caller {
            case file(String)
            case put(Scenario)

            func begun(in lab: TestSystem) throws -> SIPp {
                switch self {
                case .file(let name): try lab.caller(name)
                case .put(let scenario): try lab.caller(scenario)
                }
            }
        }

        @Test(
            "The call goes to who picks it up; who has rung is told that it was answered elsewhere",
            arguments: SIPp.Transport.allCases)
        func pickedUp(_ transport: SIPp.Transport) async throws {
            try await TestSystem.runRouted(transport) { lab in
                let pbx = try await lab.pbx("uas-pbx-ringing", transport)
                let caller = try lab.caller("uac-callee-replaced", transport)
                let replaces = try await Self.dialog(ringingAt: pbx) + ";early-only"
                let new = try lab.caller("uac-replaces", transport, port: Self.newPort, keys: ["replaces": replaces])
                await new.expectSuccess()
                await caller.expectSuccess()
                await pbx.expectSuccess()
                let answer = try #require(caller.received.first { $0.hasPrefix("SIP/2.0 200") })
                let offer = try #require(caller.firstReceived("INVITE"))
                #expect(answer.contains("\nm=audio 9 RTP/AVP 8 101\n"))
                #expect(answer.contains("\na=inactive\n"))
                #expect(SessionOrigin(answer)?.session == SessionOrigin(offer)?.session)
                #expect(SessionOrigin(offer)?.version == 2)
                #expect(offer.fields("Replaces") == [])
                #expect(
                    pbx.firstReceived("CANCEL")?.fields("Reason") == [
                        "SIP;cause=200;text=\"Call completed elsewhere\""
                    ])
                let answered = try #require(new.received.first { $0.hasPrefix("SIP/2.0 200") })
                #expect(answered.contains("o=alice 3927514021 2 "))
                let record = try await lab.record()
                #expect(record.outcome == .routed)
                #expect(record.details("replaced") == ["the other party"])
                await lab.expectIdle()
            }
        }

        @Test("Without an offer the answer comes in the ACK of who picks up")
        func withoutOffer() async throws {
            let caller = Scenario(.caller).adding {
                $0.answer("INVITE", .sendReceive, acknowledgement: .body("m=audio 7002 "))
                $0.expectBye()
            }
            try await Self.ringing(.put(caller), outcome: .routed) { lab, replaces in
                try await Self.pickUp(lab, "uac-replaces-late", replaces)
            }
        }

        @Test("The caller refuses what the new party offers: both are told")
        func refused() async throws {
            let caller = Scenario(.caller).adding {
                $0.answer("INVITE", status: "488 Not Acceptable Here")
                $0.expectBye(.header("Reason", "SIP;cause=480"))
            }
            try await Self.ringing(.put(caller), outcome: .failed) { lab, replaces in
                let status = try await Self.status(lab, replaces)
                #expect(status == "488")
            }
        }

        @Test("Whoever picks up and gives up while the caller is asked: that is taken back, and the caller is told")
        func givenUp() async throws {
            try await Self.ringing(.file("uac-callee-not-replaced"), outcome: .failed) { lab, replaces in
                try await Self.pickUp(lab, "uac-replaces-cancelled", replaces)
            }
        }

        @Test("The new party takes part at once, however long the one that rang takes to give up")
        func slowToGiveUp() async throws {
            try await TestSystem.runRouted { lab in
                let pbx = try await lab.pbx("uas-pbx-slow-to-give-up")
                let caller = try lab.caller(
                    Scenario(.caller).adding {
                        $0.answer("INVITE", .sendReceive, acknowledgement: .body("m=audio 7002 "))
                        $0.expectBye()
                    })
                let replaces = try await Self.dialog(ringingAt: pbx)
                let new = try lab.caller("uac-replaces-late", port: Self.newPort, keys: ["replaces": replaces])
                await new.expectSuccess()
                await caller.expectSuccess()
                #expect(!pbx.sent.contains { $0.hasPrefix("SIP/2.0 487") })
                await pbx.expectSuccess()
                await lab.expectIdle()
            }
        }

        @Test("Who offers audio gets an answer about audio, though the caller has offered video as well (RFC 3264 §6)")
        func video() async throws {
            try await TestSystem.runRouted { lab in
                let pbx = try await lab.pbx("uas-pbx-ringing")
                let caller = try lab.caller("uac-callee-replaced-video")
                let replaces = try await Self.dialog(ringingAt: pbx)
                let new = try lab.caller("uac-replaces", port: Self.newPort, keys: ["replaces": replaces])
                await new.expectSuccess()
                await caller.expectSuccess()
                await pbx.expectSuccess()
                let answer = try #require(caller.received.first { $0.hasPrefix("SIP/2.0 200") })
                let offer = try #require(caller.firstReceived("INVITE"))
                for message in [answer, offer] { #expect(message.contains("\nm=video 0 RTP/AVP 96\n")) }
                let answered = try #require(new.received.first { $0.hasPrefix("SIP/2.0 200") })
                #expect(answered.contains("\nm=audio "))
                #expect(!answered.contains("\nm=video "))
                await lab.expectIdle()
            }
        }

        @Test("The caller is asked once it has acknowledged the answer, however late that is")
        func lateAcknowledgement() async throws {
            // Anything that comes before the ACK would end its call.
            let caller = Scenario(.caller, acknowledgingAfter: 1_500).adding {
                $0.answer("INVITE", .sendReceive, expecting: .body("m=audio 7002 "))
                $0.expectBye()
            }
            try await Self.ringing(.put(caller), outcome: .routed) { lab, replaces in
                try await Self.pickUp(lab, "uac-replaces", replaces)
            }
        }

        @Test("The caller hangs up in place of the ACK: 480")
        func callerLeaves() async throws {
            try await Self.ringing(.file("uac-bye-before-ack"), outcome: .failed) { lab, replaces in
                let status = try await Self.status(lab, replaces)
                #expect(status == "480")
            }
        }

        @Test("A call for which only encrypted audio is offered cannot be picked up: 488, and it rings on")
        func notPossible() async throws {
            try await Self.ringing(.file("uac-cancel-secured"), outcome: .cancelled) { lab, replaces in
                let status = try await Self.status(lab, replaces)
                #expect(status == "488")
            }
        }

        @Test("The caller's own early dialog, which we have not begun: 481, and it rings on")
        func ofCaller() async throws {
            try await TestSystem.runRouted { lab in
                let pbx = try await lab.pbx("uas-pbx-ringing")
                let caller = try lab.caller("uac-cancel", pause: .seconds(2))
                let isRinging = await eventually { caller.received.contains { $0.hasPrefix("SIP/2.0 180") } }
                try #require(isRinging)
                let ringing = try #require(caller.received.first { $0.hasPrefix("SIP/2.0 180") })
                let replaces = try #require(ringing.replaces(ofAnswerer: true))
                let status = try await Self.status(lab, replaces)
                #expect(status == "481")
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try await lab.record().outcome == .cancelled)
                await lab.expectIdle()
            }
        }

        /// A call that rings at the PBX, whose dialog `body` gets the name of; caller and PBX then end as their scenarios say.
        private static func ringing(
            _ caller: Caller,
            outcome: CallRecord.Outcome,
            _ body: (TestSystem, _ replaces: String) async throws -> Void
        ) async throws {
            try await TestSystem.runRouted { lab in
                let pbx = try await lab.pbx("uas-pbx-ringing")
                let caller = try caller.begun(in: lab)
                try await body(lab, Self.dialog(ringingAt: pbx))
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try await lab.record().outcome == outcome)
                await lab.expectIdle()
            }
        }

        /// Picks up by a scenario.
        private static func pickUp(_ lab: TestSystem, _ scenario: String, _ replaces: String) async throws {
            let new = try lab.caller(
                scenario, pause: .seconds(scenario == "uac-replaces-cancelled" ? 2 : 0.2), port: newPort,
                keys: ["replaces": replaces])
            await new.expectSuccess()
        }

        /// The Replaces value that names the server's dialog with a party that rings.
        private static func dialog(ringingAt callee: SIPp) async throws -> String {
            let isRinging = await eventually { callee.sent.contains { $0.hasPrefix("SIP/2.0 180") } }
            try #require(isRinging)
            return try #require(callee.sent.first { $0.hasPrefix("SIP/2.0 180") }?.replaces())
        }

        /// What somebody gets who wants to pick up and may not.
        private static func status(_ lab: TestSystem, _ replaces: String) async throws -> String {
            let new = try lab.caller("uac-replaces-refused", port: newPort, keys: ["replaces": replaces])
            await new.expectSuccess()
            return new.received.last { !$0.contains(" 100 ") }?.statusCode ?? ""
        }
    }
}
