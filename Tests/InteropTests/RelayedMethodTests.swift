import ApplicationServer
import SIP
import Testing

extension Interoperation {
    /// Requests inside the dialogs of a call that comes together, or has: who answers which method, and how.
    @Suite(
        "Methods between caller and target",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct RelayedMethodTests {
        /// Caller and target of a transfer by re-INVITE.
        private static func transfer(
            _ caller: FlowPhone.Conduct = FlowPhone.Conduct(),
            _ target: FlowPhone.Conduct = FlowPhone.Conduct(),
            _ body: (TransferLab, FlowPhone, FlowPhone) async throws -> Void
        ) async throws {
            try await TransferLab.run(.reinvite) { lab in
                let phone = try FlowPhone(
                    .target, at: lab.addresses.pbx, port: Addresses.pbxPort, target, lab.records.journal)
                try await phone.run {
                    try await FlowPhone.calling(lab, caller) { caller in try await body(lab, caller, phone) }
                    #expect(await eventually { await phone.isQuiet })
                }
            }
        }

        @Test(
            "While the two are told of one another, what the caller asks beside the session reaches the target",
            arguments: [SIPMethod.info, "MESSAGE"])
        func whileMoved(_ method: SIPMethod) async throws {
            let reached = FlowMoment.target("got \(method)")
            try await Self.transfer(FlowPhone.Conduct(offersWaitFor: reached)) { lab, caller, _ in
                let journal = lab.records.journal
                #expect(await journal.reaches(.caller("got INVITE"), within: .seconds(30)))
                try await caller.ask(method)
                #expect(journal.has(reached))
                #expect(await lab.service.result() == "transferred")
            }
        }

        @Test(
            "481 to a NOTIFY and 415 to an encoded body go back to who asked, and the call goes on",
            arguments: Scenario.Side.allCases)
        func refusals(_ side: Scenario.Side) async throws {
            let active = Self.moved(side).adding {
                $0.pause()
                $0.ask(
                    "NOTIFY", headers: ["Event: refer", "Subscription-State: active;expires=60"], status: 481)
                $0.ask(
                    "UPDATE", .sendOnly, headers: ["Content-Encoding: gzip"], status: 415,
                    expecting: .header("Accept-Encoding", "identity"))
                $0.ask("OPTIONS")
                $0.hangUp()
            }
            let passive = Self.moved(side.other).adding {
                $0.answer("NOTIFY", status: "481 Subscription does not exist")
                $0.answer(
                    "UPDATE", headers: ["Accept-Encoding: identity"], status: "415 Unsupported Media Type",
                    expecting: .header("Content-Encoding", "gzip"))
                $0.answer("OPTIONS")
                $0.expectBye()
            }
            try await Self.play(.reinvite, active, passive)
        }

        @Test("An encoded offer to the server itself gets 415 and changes nothing")
        func encoded() async throws {
            let scenario = Scenario(.caller).adding {
                $0.ask(
                    "UPDATE", .sendOnly, headers: ["Content-Encoding: gzip"], status: 415,
                    expecting: .header("Accept-Encoding", "identity"))
                $0.ask("UPDATE", .sendReceive, expecting: .body("a=sendrecv"))
                $0.expectBye()
            }
            try await TransferLab.run(.reinvite) { lab in
                let target = try await lab.target("uas-pbx-busy")
                let caller = try lab.caller(scenario)
                #expect(await lab.service.result() == "refused(486)")
                let hasAsked = await eventually {
                    caller.received.contains { $0.contains("CSeq: 3 UPDATE") && $0.contains("a=sendrecv") }
                }
                #expect(hasAsked)
                await target.expectSuccess()
                await lab.expectCallerKept()
                await caller.expectSuccess()
            }
        }

        @Test(
            "A target whose descriptions are parts of multipart bodies is told of and listened to",
            arguments: [TransferMethod.reinvite, .relay])
        func multipart(_ way: TransferMethod) async throws {
            let target = Scenario(.target, isMultipart: true).adding {
                $0.pause()
                $0.ask(
                    "INVITE", .sendOnly,
                    expecting: way == .reinvite ? .body("a=recvonly") : .body("a=(recvonly|inactive)"))
                $0.hangUp()
            }
            let caller = (way == .reinvite ? Self.moved(.caller) : Scenario(.caller)).adding {
                if way == .reinvite { $0.answer("INVITE", .receiveOnly, expecting: .body("a=sendonly")) }
                $0.expectBye()
            }
            let peers = try await Self.play(way, caller, target)
            // One session to the caller, whoever describes it (RFC 3264 §8).
            let origins = peers.caller.received.compactMap { $0.firstMatch(of: /\no=(\S+ \S+) (\d+) IN/) }
            #expect(Set(origins.map { String($0.1) }).count == 1)
            let versions = origins.compactMap { Int($0.2) }
            #expect(Set(versions).count == (way == .reinvite ? 3 : 1) && versions == versions.sorted())
        }

        /// A side that is told of the other's media: only the caller is asked.
        private static func moved(_ side: Scenario.Side) -> Scenario {
            Scenario(side).adding { if side == .caller { $0.answer("INVITE", .sendReceive) } }
        }

        @discardableResult
        private static func play(
            _ way: TransferMethod, _ first: Scenario, _ second: Scenario
        ) async throws -> (caller: SIPp, target: SIPp) {
            var played: (caller: SIPp, target: SIPp)?
            try await TransferLab.run(way) { lab in
                let (caller, target) = first.side == .caller ? (first, second) : (second, first)
                let peers = try await lab.peers(caller, target, pause: .milliseconds(100))
                #expect(await lab.service.result() == "transferred")
                await peers.caller.expectSuccess()
                await peers.target.expectSuccess()
                played = peers
            }
            return try #require(played)
        }
    }
}
