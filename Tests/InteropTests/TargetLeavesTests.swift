import ApplicationServer
import SIP
import SIPTransport
import Testing

extension Interoperation {
    /// Calls whose target hangs up, or is followed by another one.
    @Suite(
        "A target that hangs up, and the next one",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct TargetLeavesTests {
        private static let desk = Addresses.pbxPort + 10

        private static func deskTarget(_ addresses: Addresses) -> RouteTarget {
            .direct("sip:desk@\(addresses.pbx):\(desk)")
        }

        /// A target that hangs up after `-d` milliseconds.
        private static let leavingTarget = Scenario(.target).adding {
            $0.pause()
            $0.hangUp()
        }

        // MARK: Back to the service

        @Test("The target hangs up and the caller comes back", arguments: [TransferMethod.reinvite, .relay])
        func returns(_ way: TransferMethod) async throws {
            try await TransferLab.changing { plan, _ in plan.afterTarget = .returnToService }.run(way) { lab in
                let server = lab.addresses.server
                let caller = Scenario(.caller).adding {
                    if way == .reinvite {
                        $0.answer("INVITE", .sendReceive)
                        $0.answer("INVITE", .sendReceive, expecting: .body("c=IN IP4 \(server)"))
                    }
                    $0.expectBye()
                }
                let peers = try await lab.peers(caller, Self.leavingTarget)
                #expect(await lab.service.result() == "transferred")
                await peers.target.expectSuccess()
                #expect(await eventually { lab.service.hasReturned })
                #expect(await lab.server.statistics.callersReturned == 1)
                #expect(await lab.media.status().leasedPairs == 1)
                #expect(await lab.server.status.relayedCalls == 0)
                let call = try #require(lab.service.answered)
                try await call.play(tone: .waiting, for: .milliseconds(300))
                await call.hangUp()
                await peers.caller.expectSuccess()
                #expect(await lab.service.end() == .hungUp)
                // One session to the caller, whoever's media it names (RFC 3264 §8).
                let origins = peers.caller.received.compactMap(SessionOrigin.init)
                #expect(Set(origins.map(\.session)).count == 1)
                #expect(zip(origins, origins.dropFirst()).allSatisfy { $0.version < $1.version })
                if way == .reinvite {
                    let ports = peers.caller.received.compactMap { $0.firstMatch(of: #/\nm=audio ([0-9]+) /#)?.1 }
                    #expect(ports.first != ports.last, "the pair that was given back rests")
                }
            }
        }

        @Test("A caller who came back is transferred again", arguments: [TransferMethod.reinvite, .relay])
        func returnsAndLeaves(_ way: TransferMethod) async throws {
            try await TransferLab.changing { plan, _ in plan.afterTarget = .returnToService }.run(way) { lab in
                let caller = Scenario(.caller).adding {
                    if way == .reinvite { for _ in 0..<3 { $0.answer("INVITE", .sendReceive) } }
                    $0.expectBye()
                }
                let next = try await lab.target(Self.leavingTarget, port: Self.desk)
                let peers = try await lab.peers(caller, Self.leavingTarget)
                #expect(await eventually { lab.service.hasReturned })
                let call = try #require(lab.service.answered)
                try await call.transfer(to: Self.deskTarget(lab.addresses), by: way)
                await next.expectSuccess()
                await peers.target.expectSuccess()
                await peers.caller.expectSuccess()
                #expect(await lab.service.end() == .transferred)
            }
        }

        @Test("A caller who does not take the media back is hung up on, and nothing is left")
        func refusesToReturn() async throws {
            try await TransferLab.changing { plan, _ in plan.afterTarget = .returnToService }.run(.reinvite) { lab in
                let caller = Scenario(.caller).adding {
                    $0.answer("INVITE", .sendReceive)
                    $0.answer("INVITE", status: "488 Not Acceptable Here")
                    $0.expectBye(.header("Reason", "No media"))
                }
                let peers = try await lab.peers(caller, Self.leavingTarget)
                await peers.target.expectSuccess()
                await peers.caller.expectSuccess()
                #expect(await lab.service.end() == .hungUp)
            }
        }

        // MARK: From a relay to the next target

        @Test(
            "Relay: the next target takes the place of the first, by each way",
            arguments: [TransferMethod.reinvite, .relay])
        func nextTarget(_ way: TransferMethod) async throws {
            try await TransferLab.run(.relay) { lab in
                let caller = Scenario(.caller).adding {
                    if way == .reinvite { $0.answer("INVITE", .sendReceive) }
                    $0.expectBye()
                }
                let first = Scenario(.target).adding { $0.expectBye(.header("Reason", "Transferred")) }
                let next = try await lab.target(Self.leavingTarget, port: Self.desk)
                let peers = try await lab.peers(caller, first)
                #expect(await lab.service.result() == "transferred")
                let call = try #require(lab.service.answered)
                try await call.transfer(to: Self.deskTarget(lab.addresses), by: way)
                #expect(await lab.media.status().leasedPairs == (way == .relay ? 2 : 0))
                await peers.target.expectSuccess()
                await next.expectSuccess()
                await peers.caller.expectSuccess()
                #expect(await lab.service.end() == .transferred)
            }
        }

        @Test("Relay: the next target is busy, and the two talk on", arguments: [TransferMethod.reinvite, .relay])
        func nextTargetBusy(_ way: TransferMethod) async throws {
            try await TransferLab.run(.relay) { lab in
                let next = try await lab.target("uas-pbx-busy", port: Self.desk)
                let target = try await lab.target(Scenario(.target).adding { $0.expectBye() })
                try await FlowPhone.calling(lab) { caller in
                    #expect(await lab.service.result() == "transferred")
                    let call = try #require(lab.service.answered)
                    await #expect(throws: CallError.self) {
                        try await call.transfer(to: Self.deskTarget(lab.addresses), by: way)
                    }
                    #expect(await lab.server.status.relayedCalls == 1)
                    await next.expectSuccess()
                    await caller.hangUp()
                    await target.expectSuccess()
                    #expect(await lab.service.end() == .transferred)
                }
            }
        }

        @Test(
            "The first target hangs up while the next one rings: the caller waits for it",
            arguments: [TransferMethod.reinvite, .relay])
        func leavesBeforeNext(_ way: TransferMethod) async throws {
            try await TransferLab.run(way) { lab in
                let caller = Scenario(.caller).adding {
                    // To the first, back here, and to the next.
                    if way == .reinvite { for _ in 0..<3 { $0.answer("INVITE", .sendReceive) } }
                    $0.expectBye()
                }
                let pbx = lab.addresses.pbx
                let (journal, mayAnswer) = (FlowJournal(), FlowMoment.target("may answer"))
                let first = try FlowPhone(
                    .target, at: pbx, port: Addresses.pbxPort, FlowPhone.Conduct(), FlowJournal())
                let next = try FlowPhone(
                    .target, at: pbx, port: Self.desk, FlowPhone.Conduct(answersAt: mayAnswer), journal)
                try await first.run {
                    try await next.run {
                        let caller = try lab.caller(caller)
                        #expect(await lab.service.result() == "transferred")
                        let call = try #require(lab.service.answered)
                        async let transfer: Void = call.transfer(to: Self.deskTarget(lab.addresses), by: way)
                        #expect(await journal.reaches(.target("sent 180")))
                        await first.hangUp()
                        let waits = await eventually {
                            lab.records.journal.has(.server("bye-received"))
                                && (way == .relay || caller.received.count { $0.hasPrefix("ACK") } == 2)
                        }
                        #expect(waits)
                        journal.add(mayAnswer.party, mayAnswer.event)
                        try await transfer
                        await next.hangUp()
                        await caller.expectSuccess()
                        #expect(await lab.service.end() == .transferred)
                    }
                }
            }
        }

        @Test("A second transfer while one is under way is refused, and does not disturb it")
        func underWay() async throws {
            try await TransferLab.run(.reinvite) { lab in
                let journal = lab.records.journal
                let mayAnswer = FlowMoment.target("may answer")
                let target = try FlowPhone(
                    .target, at: lab.addresses.pbx, port: Addresses.pbxPort,
                    FlowPhone.Conduct(answersAt: mayAnswer), journal)
                try await target.run {
                    let caller = try lab.caller(
                        Scenario(.caller).adding {
                            $0.answer("INVITE", .sendReceive)
                            $0.expectBye()
                        })
                    #expect(await journal.reaches(.target("sent 180")))
                    let call = try #require(lab.service.answered)
                    let refusal = await #expect(throws: CallError.self) {
                        try await call.transfer(to: Self.deskTarget(lab.addresses))
                    }
                    #expect(refusal.map { "\($0)" } == "transferUnderWay")
                    journal.add(mayAnswer.party, mayAnswer.event)
                    #expect(await lab.service.result() == "transferred")
                    await target.hangUp()
                    await caller.expectSuccess()
                }
            }
        }

        // MARK: Out of the relay

        @Test("A relayed call is released when the caller takes it at the second try")
        func releasedLater() async throws {
            try await TransferLab.changing { plan, _ in
                plan.ways = [.reinvite, .relay]
                plan.releaseRetry = .milliseconds(300)
            }.run(.reinvite) { lab in
                let caller = Scenario(.caller).adding {
                    $0.answer("INVITE", status: "488 Not Acceptable Here")
                    $0.answer("INVITE", .sendReceive, expecting: .body("o=- [0-9]+ [0-9]+ IN IP4"))
                    $0.pause()
                    $0.hangUp()
                }
                let target = Scenario(.target).adding {
                    // To us, and to the caller.
                    for _ in 0..<2 { $0.answer("INVITE", .sendReceive) }
                    $0.expectBye()
                }
                let peers = try await lab.peers(caller, target)
                #expect(await lab.service.result() == "transferred")
                #expect(await eventually { await lab.server.statistics.relaysReleased == 1 })
                #expect(await lab.media.status().leasedPairs == 0)
                #expect(await lab.server.status.relayedCalls == 0)
                await peers.caller.expectSuccess()
                await peers.target.expectSuccess()
                #expect(await lab.service.end() == .transferred)
                let offers = peers.target.received.filter { $0.hasPrefix("INVITE") }
                #expect(offers.last?.contains("c=IN IP4 \(lab.addresses.caller)") == true)
                let told = offers.dropFirst().compactMap(SessionOrigin.init)
                #expect(Set(told.map(\.session)).count == 1, "one session to the target as well")
            }
        }

        @Test("The target does not take the caller's description: the caller comes back to the relay")
        func releaseRefused() async throws {
            try await TransferLab.changing { plan, _ in plan.releaseRetry = .milliseconds(300) }.run(.relay) { lab in
                let caller = Scenario(.caller).adding {
                    $0.answer("INVITE", .sendReceive)
                    $0.answer("INVITE", .sendReceive)
                    $0.hangUp()
                }
                let target = Scenario(.target).adding {
                    $0.answer("INVITE", status: "488 Not Acceptable Here")
                    $0.expectBye()
                }
                let peers = try await lab.peers(caller, target)
                #expect(await lab.service.result() == "transferred")
                await peers.caller.expectSuccess()
                await peers.target.expectSuccess()
                #expect(await lab.server.statistics.relaysReleased == 0)
                let offers = peers.caller.received.filter { $0.hasPrefix("INVITE") }
                #expect(offers.last?.contains("c=IN IP4 \(lab.addresses.server)") == true)
            }
        }

        // MARK: Hold

        @Test("A caller who holds while the target rings is answered, and the target is told")
        func heldWhileRinging() async throws {
            try await TransferLab.run(.reinvite) { lab in
                let caller = Scenario(.caller).adding {
                    $0.pause(milliseconds: 300)
                    $0.ask("INVITE", .sendOnly, expecting: .body("a=recvonly"))
                    $0.answer("INVITE", .sendOnly)
                    $0.pause()
                    $0.ask("INVITE", .sendReceive, expecting: .body("a=sendrecv"))
                    $0.hangUp()
                }
                let target = Scenario(.target, expecting: .body("a=sendrecv")).adding {
                    $0.answer("INVITE", .receiveOnly, expecting: .body("a=sendonly"))
                    $0.answer("INVITE", .sendReceive, expecting: .body("a=sendrecv"))
                    $0.expectBye()
                }
                let peers = try await lab.peers(caller, target, pause: .milliseconds(900))
                #expect(await lab.service.result() == "transferred")
                await peers.caller.expectSuccess()
                await peers.target.expectSuccess()
            }
        }
    }
}
