import ApplicationServer
import SIP
import Testing

extension Interoperation {
    /// What a caller is told is one session, each description with the next version (RFC 3264 §8).
    @Suite("Offers of the caller's that are open while the call moves")
    struct OpenOfferTests {
        private static let desk = Addresses.pbxPort + 10

        @Test("A hold that we have not answered when the target has")
        func whileMoved() async throws {
            let journal = FlowJournal()
            let isHeld = FlowMoment.server("answers the hold")
            var variation = TransferLab.Variation()
            variation.plane = { plane in
                // The first time is for the call itself.
                InterruptedMediaPlane(plane, at: .setRemote, number: 2) { _ in
                    journal.add(isHeld.party, isHeld.event)
                    await journal.reaches(.target("got ACK"))
                }
            }
            let conduct = FlowPhone.Conduct(answersAt: isHeld)
            try await Self.call(variation, conduct, journal) { _, caller, target in
                await journal.reaches(.target("got INVITE"))
                try await caller.hold()
                await journal.reaches(.caller("sent 200"))
                let told = try Self.origins(caller)
                #expect(told.map(\.version).sorted() == [1, 2, 3], "\(caller.told)")
            }
        }

        @Test("A hold that the target has not answered when the next one takes its place")
        func whileReplaced() async throws {
            let journal = FlowJournal()
            let hasNext = FlowMoment.server("has the next one")
            let conduct = FlowPhone.Conduct(offersWaitFor: hasNext)
            try await Self.call(TransferLab.Variation(), conduct, journal) { lab, caller, _ in
                #expect(await lab.service.result() == "transferred")
                let call = try #require(lab.service.answered)
                let host = lab.addresses.engine
                let others = FlowJournal()
                let next = try FlowPhone(.target, at: host, port: Self.desk, FlowPhone.Conduct(), others)
                try await next.run {
                    async let held: Void = caller.hold()
                    await journal.reaches(.target("got INVITE", after: "got ACK"))
                    async let moved: Void = call.transfer(to: .direct("sip:desk@\(host):\(Self.desk)"))
                    await others.reaches(.target("got ACK"))
                    journal.add(hasNext.party, hasNext.event)
                    try await held
                    try await moved
                    let told = try Self.origins(caller)
                    #expect(told.map(\.version).sorted() == [1, 2, 3, 4], "\(caller.told)")
                    let ofNext = zip(caller.told, told).filter { $0.0.contains("c=IN IP4 \(host)") }.map(\.1.version)
                    #expect(ofNext == [4], "\(caller.told)")
                    await caller.hangUp()
                    #expect(await eventually { await next.isQuiet })
                }
            }
        }

        private static func origins(_ phone: FlowPhone) throws -> [SessionOrigin] {
            let origins = phone.told.compactMap(SessionOrigin.init)
            #expect(Set(origins.map(\.session)).count == 1)
            return origins
        }

        /// A call that is answered and sent on by re-INVITE; the caller hangs up after `body`, unless they have.
        private static func call(
            _ variation: TransferLab.Variation,
            _ conduct: FlowPhone.Conduct,
            _ journal: FlowJournal,
            _ body: (TransferLab, _ caller: FlowPhone, _ target: FlowPhone) async throws -> Void
        ) async throws {
            let addresses = variation.addresses
            let caller = try FlowPhone(
                .caller, at: addresses.caller, port: Addresses.sipPort, FlowPhone.Conduct(), journal)
            let target = try FlowPhone(.target, at: addresses.pbx, port: Addresses.pbxPort, conduct, journal)
            let (invite, hop) = FlowPath.direct.invite(addresses)
            try await variation.run(.reinvite) { lab in
                try await caller.run {
                    try await target.run {
                        try await withThrowingTaskGroup(of: Void.self) { tasks in
                            tasks.addTask { try await caller.call(invite, to: hop) }
                            try await body(lab, caller, target)
                            await caller.hangUp()
                            let areQuiet = await eventually {
                                let isTargetQuiet = await target.isQuiet
                                return await caller.isQuiet && isTargetQuiet
                            }
                            #expect(areQuiet, "\(journal.lines)")
                            try await tasks.waitForAll()
                        }
                    }
                }
            }
        }
    }
}
