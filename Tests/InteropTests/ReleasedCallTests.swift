import ApplicationServer
import SIP
import SIPTransport
import Testing

extension Interoperation {
    /// What caller and target do once they talk to one another, whether the server is out of the media path or passes the
    /// audio on.
    @Suite(
        "Caller and target after a transfer",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct ReleasedCallTests {
        /// What one of the two does.
        private enum Act: CaseIterable {
            case hold, holdByUpdate, lateOffer, otherCodec, refresh, options, key
        }

        @Test("What one side does the other one is told, and answers", arguments: Scenario.Side.allCases)
        func direct(_ side: Scenario.Side) async throws {
            let active = Self.moved(side).adding {
                for act in Act.allCases {
                    $0.pause()
                    Self.perform(act, &$0)
                }
                $0.pause()
                $0.hangUp()
            }
            let passive = Self.moved(side.other).adding {
                for act in Act.allCases { Self.follow(act, &$0) }
                $0.expectBye()
            }
            try await Self.expectTransfer(.reinvite, active, passive)
        }

        @Test(
            "Relay: what one side does is answered here, and the other one hears nothing of it",
            arguments: Scenario.Side.allCases)
        func relayed(_ side: Scenario.Side) async throws {
            let active = Scenario(side).adding {
                for act in Act.allCases {
                    $0.pause()
                    Self.perform(act, &$0)
                }
                $0.hangUp()
            }
            try await Self.expectTransfer(.relay, active, Scenario(side.other).adding { $0.expectBye() })
        }

        // MARK: Session timers

        /// As the side says which is the UAC or UAS of the dialog's INVITE.
        private static func timer(_ side: Scenario.Side, refreshes: Bool, seconds: Int) -> [String] {
            let sideIs = side == .caller ? "uac" : "uas"
            let serverIs = side == .caller ? "uas" : "uac"
            let require = side == .caller ? [] : ["Require: timer"]
            return require + ["Session-Expires: \(seconds);refresher=\(refreshes ? sideIs : serverIs)"]
        }

        @Test(
            "The server refreshes the session of either side, by UPDATE or by re-INVITE with what stands",
            arguments: [TransferMethod.reinvite, .relay], Scenario.Side.allCases)
        func serverRefreshes(_ way: TransferMethod, _ side: Scenario.Side) async throws {
            let takesUpdate = way == .reinvite && side == .caller
            let isMoved = way == .reinvite && side == .caller
            let answer = ["Require: timer", "Session-Expires: 2;refresher=uac"]
            let headers = Self.timer(side, refreshes: false, seconds: 2)
            let active = Scenario(side, headers: headers, takesUpdate: takesUpdate).adding {
                if isMoved { $0.answer("INVITE", .sendReceive, headers: answer) }
                for _ in 0..<2 {
                    if takesUpdate {
                        $0.answer("UPDATE", headers: answer, expecting: .header("Session-Expires", "2;refresher=uac"))
                    } else {
                        $0.answer("INVITE", .sendReceive, headers: answer, expecting: .body("m=audio"))
                    }
                }
                $0.hangUp()
            }
            let passive = (way == .reinvite ? Self.moved(side.other) : Scenario(side.other)).adding { $0.expectBye() }
            try await Self.expectTransfer(way, active, passive)
        }

        @Test(
            "Either side refreshes its session; when it stops both get a BYE",
            arguments: [TransferMethod.reinvite, .relay], Scenario.Side.allCases)
        func sideRefreshes(_ way: TransferMethod, _ side: Scenario.Side) async throws {
            let refresh = ["Supported: timer", "Session-Expires: 4;refresher=uac"]
            let agreed = Scenario.Expectation.header("Session-Expires", "4;refresher=uac")
            let isMoved = way == .reinvite && side == .caller
            let active = Scenario(side, headers: Self.timer(side, refreshes: true, seconds: 4)).adding {
                if isMoved {
                    $0.answer(
                        "INVITE", .sendReceive, headers: ["Require: timer", "Session-Expires: 4;refresher=uas"])
                }
                $0.pause(milliseconds: 700)
                $0.ask("UPDATE", headers: refresh, expecting: agreed)
                $0.pause(milliseconds: 700)
                $0.ask("INVITE", .sendReceive, headers: refresh, expecting: agreed)
                $0.expectBye(.header("Reason", "cause="))
            }
            let passive = (way == .reinvite ? Self.moved(side.other) : Scenario(side.other)).adding {
                if way == .reinvite { $0.answer("INVITE", .sendReceive) }
                $0.expectBye()
            }
            try await Self.expectTransfer(way, active, passive)
        }

        // MARK: Steps

        /// A side that is told of the other's media: only the caller is asked.
        private static func moved(_ side: Scenario.Side) -> Scenario {
            Scenario(side).adding { if side == .caller { $0.answer("INVITE", .sendReceive) } }
        }

        private static func perform(_ act: Act, _ side: inout Scenario) {
            switch act {
            case .hold, .holdByUpdate:
                let method = act == .hold ? "INVITE" : "UPDATE"
                side.ask(method, .sendOnly, expecting: .body("a=(recvonly|inactive)"))
                side.pause()
                side.ask(method, .sendReceive, expecting: .body("a=sendrecv"))
            case .lateOffer:
                side.ask("INVITE", expecting: .body("m=audio"))
            case .otherCodec:
                side.ask("INVITE", .sendReceive, .pcmu, expecting: .body("PCMU/8000"))
            case .refresh:
                side.ask("UPDATE")
            case .options:
                side.ask("OPTIONS")
            case .key:
                side.ask(
                    "INFO", headers: ["Content-Type: application/dtmf-relay"], body: "Signal=5\nDuration=160\n")
            }
        }

        private static func follow(_ act: Act, _ side: inout Scenario) {
            switch act {
            case .hold, .holdByUpdate:
                let method = act == .hold ? "INVITE" : "UPDATE"
                side.answer(method, .receiveOnly, expecting: .body("a=sendonly"))
                side.answer(method, .sendReceive, expecting: .body("a=sendrecv"))
            case .lateOffer:
                side.answer("INVITE", .sendReceive, acknowledgement: .body("m=audio"))
            case .otherCodec:
                side.answer("INVITE", .sendReceive, .pcmu, expecting: .body("PCMU/8000"))
            case .refresh:
                // Of one side's session, which the server answers.
                break
            case .options:
                side.answer("OPTIONS")
            case .key:
                side.answer("INFO", expecting: .body("Signal=5"))
            }
        }

        private static func expectTransfer(
            _ way: TransferMethod,
            _ first: Scenario,
            _ second: Scenario
        ) async throws {
            let variation = TransferLab.Variation(stack: { $0.sessionTimers?.minimum = .seconds(1) })
            try await variation.run(way) { lab in
                let (caller, target) = first.side == .caller ? (first, second) : (second, first)
                let peers = try await lab.peers(caller, target, pause: .milliseconds(100))
                #expect(await lab.service.result() == "transferred")
                #expect(await lab.media.status().leasedPairs == (way == .relay ? 2 : 0))
                #expect(await lab.server.status.relayedCalls == (way == .relay ? 1 : 0))
                await peers.caller.expectSuccess()
                await peers.target.expectSuccess()
                #expect(await lab.service.end() == .transferred)
                #expect(await lab.server.status.relayedCalls == 0)
            }
        }
    }
}
