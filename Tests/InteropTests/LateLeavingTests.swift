import ApplicationServer
import SIP
import SIPTransport
import Testing

extension Interoperation {
    /// Targets that hang up, refuse or are lost while the call is about to go on to them or to the next one.
    @Suite(
        "Targets that leave at a bad moment",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct LateLeavingTests {
        private static let desk = Addresses.pbxPort + 10

        private static func deskTarget(_ addresses: Addresses) -> RouteTarget {
            .direct("sip:desk@\(addresses.pbx):\(desk)")
        }

        /// A target that hangs up when the test says.
        private static func telephone(_ addresses: Addresses, _ journal: FlowJournal) throws -> FlowPhone {
            try FlowPhone(.target, at: addresses.pbx, port: Addresses.pbxPort, FlowPhone.Conduct(), journal)
        }

        /// Checks that what a side was told is one session, each version of it the next one (RFC 3264 §8).
        private static func expectOneSession(_ side: SIPp, versions: Int) {
            let origins = side.received.compactMap(SessionOrigin.init)
            #expect(Set(origins.map(\.session)).count == 1)
            let told = Set(origins.map(\.version)).sorted()
            #expect(told.count == versions)
            #expect(zip(told, told.dropFirst()).allSatisfy { $0 + 1 == $1 }, "\(told)")
        }

        // MARK: Put through

        @Test("Relay: the target hangs up while its audio is being passed on")
        func leavesWhileBridged() async throws {
            try await Self.leaving(at: .bridge, whenDone: (.release, 1)) { lab, caller in
                #expect(await lab.service.result() == "noAnswer")
                await lab.expectCallerKept()
                await caller.expectSuccess()
            }
        }

        @Test("Relay: the target hangs up when it has just been put through")
        func leavesWhenBridged() async throws {
            try await Self.leaving(at: .stopPlayback, whenDone: (.playTone, 2)) { lab, caller in
                #expect(await lab.service.result() == "transferred")
                await caller.expectSuccess()
                #expect(await lab.service.end() == .transferred)
            }
        }

        /// - Parameter whenDone: What the server asks of the media plane once it has the BYE, and how often by then.
        private static func leaving(
            at step: InterruptedMediaPlane.Step,
            whenDone: (step: InterruptedMediaPlane.Step, count: Int),
            _ body: (TransferLab, SIPp) async throws -> Void
        ) async throws {
            var variation = TransferLab.Variation()
            let target = try telephone(variation.addresses, FlowJournal())
            variation.plane = { plane in
                InterruptedMediaPlane(plane, at: step) { calls in
                    await target.hangUp()
                    _ = await eventually { calls.count(of: whenDone.step) >= whenDone.count }
                }
            }
            try await variation.run(.relay) { lab in
                try await target.run {
                    let caller = try lab.caller(Scenario(.caller).adding { $0.expectBye() })
                    try await body(lab, caller)
                }
            }
        }

        @Test("Relay: a target whose answer in the ACK cannot be taken is hung up on, and so is the caller")
        func lateAnswerRefused() async throws {
            try await TransferLab.run(.relay) { lab in
                let target = Scenario(.target).adding {
                    $0.ask("INVITE", nil, .g729, expecting: .body("m=audio"))
                    $0.expectBye()
                }
                let peers = try await lab.peers(Scenario(.caller).adding { $0.expectBye() }, target)
                let result = await lab.service.result()
                await peers.target.expectSuccess()
                // The re-INVITE comes right behind the ACK: the target may be lost before it has been put through.
                let isKept = result == "noAnswer"
                if isKept { await lab.expectCallerKept() } else { #expect(result == "transferred") }
                await peers.caller.expectSuccess()
                #expect(await lab.service.end() == (isKept ? .hungUp : .transferred))
                #expect(lab.records.journal.has(.server("dialog-lost")))
            }
        }

        // MARK: While the next one rings

        @Test(
            "The target of a released call hangs up, and the next one does not answer: the caller waits here",
            arguments: [AfterTarget.hangUp, .returnToService])
        func nextDoesNotAnswer(_ after: AfterTarget) async throws {
            let variation = TransferLab.changing { plan, _ in plan.afterTarget = after }
            let first = try Self.telephone(variation.addresses, FlowJournal())
            try await variation.run(.reinvite, ringTime: .seconds(3)) { lab in
                try await first.run {
                    let caller = try lab.caller(
                        Scenario(.caller).adding {
                            $0.answer("INVITE", .sendReceive)
                            $0.answer("INVITE", .sendReceive, expecting: .body("c=IN IP4 \(lab.addresses.server)"))
                            $0.expectBye()
                        })
                    #expect(await lab.service.result() == "transferred")
                    let call = try #require(lab.service.answered)
                    let next = try await lab.target("uas-pbx-ringing", port: Self.desk)
                    async let failure = #expect(throws: CallError.self) {
                        try await call.transfer(to: Self.deskTarget(lab.addresses))
                    }
                    #expect(await eventually { next.firstReceived("INVITE") != nil })
                    await first.hangUp()
                    #expect(await eventually { await lab.media.status().leasedPairs == 1 })
                    _ = await failure
                    if after == .returnToService {
                        #expect(await eventually { lab.service.hasReturned })
                        await call.hangUp()
                    }
                    await next.expectSuccess()
                    await caller.expectSuccess()
                    #expect(await lab.service.end() == (after == .hangUp ? .transferred : .hungUp))
                    Self.expectOneSession(caller, versions: 3)
                }
            }
        }

        // MARK: The next one does not take the caller

        /// What becomes of caller and target when the next one has not taken the caller.
        enum After: CaseIterable {
            case together, relayed, apart
        }

        @Test("The next target refuses the caller's description", arguments: After.allCases)
        func nextRefuses(_ after: After) async throws {
            let addresses = Addresses()
            let journal = FlowJournal()
            let first = try Self.telephone(addresses, journal)
            var variation = TransferLab.Variation()
            variation.addresses = addresses
            try await variation.run(.reinvite) { lab in
                try await first.run {
                    let caller = try lab.caller(
                        Scenario(.caller).adding {
                            $0.answer("INVITE", .sendReceive)
                            $0.answer("INVITE", .sendOnly)
                            switch after {
                            case .together:
                                // A telephone's port.
                                $0.answer("INVITE", .sendOnly, expecting: .body("m=audio 1800"))
                                $0.hangUp()
                            case .relayed:
                                $0.answer("INVITE", status: "488 Not Acceptable Here")
                                $0.answer(
                                    "INVITE", .sendReceive, expecting: .body("c=IN IP4 \(lab.addresses.server)"))
                                $0.expectBye()
                            case .apart:
                                $0.answer("INVITE", status: "488 Not Acceptable Here")
                                $0.answer("INVITE", status: "488 Not Acceptable Here")
                                $0.expectBye()
                            }
                        })
                    #expect(await lab.service.result() == "transferred")
                    let call = try #require(lab.service.answered)
                    let next = try await lab.target(
                        Scenario(.target).adding {
                            $0.answer("INVITE", status: "488 Not Acceptable Here")
                            $0.expectBye()
                        }, port: Self.desk)
                    await #expect(throws: CallError.self) {
                        try await call.transfer(to: Self.deskTarget(addresses))
                    }
                    if after == .relayed { await first.hangUp() }
                    await next.expectSuccess()
                    await caller.expectSuccess()
                    #expect(await lab.service.end() == (after == .apart ? .hungUp : .transferred))
                    #expect(await eventually { await first.isQuiet })
                    #expect(journal.has(.target("got INVITE", after: "got ACK")))
                    #expect(await lab.server.statistics.callsRelayed == (after == .relayed ? 1 : 0))
                    let told = first.told.compactMap(SessionOrigin.init)
                    #expect(Set(told.map(\.session)).count == 1, "\(first.told)")
                    #expect(zip(told, told.dropFirst()).allSatisfy { $0.version < $1.version }, "\(first.told)")
                }
            }
        }

        @Test("The next target of a call that was relayed before is told in one session")
        func oneSession() async throws {
            try await TransferLab.changing { plan, _ in plan.releaseRetry = .milliseconds(100) }.run(.relay) { lab in
                let caller = Scenario(.caller).adding {
                    $0.answer("INVITE", .sendReceive)
                    $0.answer("INVITE", .sendOnly)
                    $0.expectBye()
                }
                let first = Scenario(.target).adding {
                    $0.answer("INVITE", .sendReceive)
                    $0.expectBye()
                }
                let peers = try await lab.peers(caller, first)
                let isReleased = await eventually {
                    await lab.media.status().leasedPairs == 0 && lab.records.journal.has(.server("media-path"))
                }
                #expect(isReleased)
                let call = try #require(lab.service.answered)
                let next = try await lab.target(
                    Scenario(.target).adding {
                        $0.answer("INVITE", .receiveOnly, expecting: .body("a=sendonly"))
                        $0.hangUp()
                    }, port: Self.desk)
                try await call.transfer(to: Self.deskTarget(lab.addresses))
                await next.expectSuccess()
                await peers.target.expectSuccess()
                await peers.caller.expectSuccess()
                Self.expectOneSession(next, versions: 2)
            }
        }

        // MARK: Lost in the call

        enum Loss: CaseIterable {
            case unknownDialog, silence, hangsUp
        }

        @Test("A target that is lost over a hold of the caller's: the caller comes back", arguments: Loss.allCases)
        func lost(_ loss: Loss) async throws {
            try await TransferLab.changing { plan, _ in plan.afterTarget = .returnToService }.run(.reinvite) { lab in
                let target = Scenario(.target).adding {
                    switch loss {
                    case .unknownDialog:
                        $0.answer("INVITE", status: "481 Call/Transaction Does Not Exist")
                    case .silence:
                        $0.answer("INVITE", status: "408 Request Timeout")
                        $0.expectBye()
                    case .hangsUp:
                        $0.ignore("INVITE")
                        $0.hangUp()
                    }
                }
                let peer = try await lab.target(target)
                let journal = lab.records.journal
                try await FlowPhone.calling(lab) { caller in
                    #expect(await lab.service.result() == "transferred")
                    try await caller.hold()
                    #expect(await eventually { lab.service.hasReturned })
                    await peer.expectSuccess()
                    #expect(!journal.has(.caller("got 481")) && !journal.has(.caller("got 408")))
                    if loss == .hangsUp { #expect(journal.has(.caller("got 491"))) }
                    await caller.hangUp()
                    #expect(await lab.service.end() == .callerHungUp)
                }
            }
        }

        @Test(
            "A target that does not know its dialog or its own name any more, or is silent: the caller's goes on",
            arguments: ["481 Call/Transaction Does Not Exist", "408 Request Timeout", "404 Not Found"])
        func lostOverInfo(_ status: String) async throws {
            try await TransferLab.changing { plan, _ in plan.afterTarget = .returnToService }.run(.reinvite) { lab in
                let peer = try await lab.target(
                    Scenario(.target).adding {
                        $0.answer("INFO", status: status)
                        if status.hasPrefix("408") { $0.expectBye() }
                        // To an INFO it does not end the target's dialog either.
                        if status.hasPrefix("404") {
                            $0.pause()
                            $0.hangUp()
                        }
                    })
                let journal = lab.records.journal
                let caller = try FlowPhone(
                    .caller, at: lab.addresses.caller, port: Addresses.sipPort, FlowPhone.Conduct(), journal)
                let (invite, hop) = FlowPath.direct.invite(lab.addresses)
                try await caller.run {
                    try await withThrowingTaskGroup(of: Void.self) { tasks in
                        tasks.addTask { try await caller.call(invite, to: hop) }
                        #expect(await lab.service.result() == "transferred")
                        try await caller.ask(.info)
                        #expect(journal.has(.caller("got 500")), "\(journal.lines)")
                        #expect(await eventually { lab.service.hasReturned })
                        await peer.expectSuccess()
                        await caller.hangUp()
                        #expect(await lab.service.end() == .callerHungUp)
                        try await tasks.waitForAll()
                    }
                }
            }
        }

        // MARK: Out of the relay

        @Test("A call in which the caller has held and taken back is released all the same")
        func heldOften() async throws {
            try await TransferLab.changing { plan, _ in plan.releaseRetry = .seconds(2) }.run(.relay) { lab in
                let caller = Scenario(.caller).adding {
                    for _ in 0..<3 {
                        $0.ask("INVITE", .sendOnly, expecting: .body("a=recvonly"))
                        $0.ask("INVITE", .sendReceive, expecting: .body("a=sendrecv"))
                    }
                    $0.answer("INVITE", .sendReceive)
                    $0.expectBye()
                }
                let target = Scenario(.target).adding {
                    $0.answer("INVITE", .sendReceive)
                    $0.pause()
                    $0.hangUp()
                }
                let peers = try await lab.peers(caller, target)
                await peers.target.expectSuccess()
                await peers.caller.expectSuccess()
                #expect(await lab.server.statistics.relaysReleased == 1)
            }
        }
    }
}
