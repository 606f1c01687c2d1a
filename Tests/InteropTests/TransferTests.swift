import ApplicationServer
import Testing

extension Interoperation {
    @Suite(
        "SIPp as caller and target of a transfer",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct TransferTests {
        // MARK: REFER

        @Test("REFER: the caller reports 200, and is hung up on", arguments: SIPp.Transport.allCases)
        func refer(_ transport: SIPp.Transport) async throws {
            try await TransferLab.run(.refer) { lab in
                let caller = try lab.caller("uac-referred", transport)
                await caller.expectSuccess()
                let refer = try #require(caller.firstReceived("REFER"))
                #expect(refer.contains("\nRefer-To: <sip:queue@\(lab.addresses.pbx):\(Addresses.pbxPort)>\n"))
                #expect(await lab.service.result() == "transferred")
                #expect(await lab.service.end() == .transferred)
                #expect(await lab.server.statistics.transfers == 1)
            }
        }

        @Test(
            "REFER that comes to nothing: the error says why, the caller is kept",
            arguments: [
                ("uac-refer-declined", "refused(603)"), ("uac-refer-fails", "refused(503)"),
                ("uac-refer-unfinished", "noAnswer"),
            ])
        func referFails(_ scenario: String, _ error: String) async throws {
            try await TransferLab.run(.refer) { lab in
                let caller = try lab.caller(scenario)
                #expect(await lab.service.result() == error)
                await lab.expectCallerKept()
                await caller.expectSuccess()
                #expect(await lab.service.end() == .hungUp)
                #expect(await lab.server.statistics.transfersFailed == 1)
            }
        }

        @Test("REFER without an outcome in time: no answer, the caller is kept")
        func referWithoutOutcome() async throws {
            try await TransferLab.run(.refer, ringTime: .milliseconds(300)) { lab in
                try await FlowPhone.calling(lab, FlowPhone.Conduct(reports: [.trying])) { caller in
                    #expect(await lab.service.result() == "noAnswer")
                    await lab.expectCallerKept()
                    #expect(await lab.service.end() == .hungUp)
                }
            }
        }

        @Test("The caller hangs up after the REFER")
        func callerLeavesAfterRefer() async throws {
            try await TransferLab.run(.refer) { lab in
                let caller = try lab.caller("uac-refer-hangs-up", pause: .milliseconds(100))
                await caller.expectSuccess()
                #expect(await lab.service.result() == "callerGone")
                lab.service.letGo()
                #expect(await lab.service.end() == .callerHungUp)
            }
        }

        // MARK: re-INVITE

        @Test("re-INVITE: the caller's media goes to the target, ports are free", arguments: SIPp.Transport.allCases)
        func reinvite(_ transport: SIPp.Transport) async throws {
            try await TransferLab.run(.reinvite, transport: transport) { lab in
                let target = try await lab.target("uas-pbx", transport)
                let caller = try lab.caller("uac-call-engine-lost", transport, pause: .seconds(1))
                #expect(await lab.service.result() == "transferred")
                #expect(await lab.media.status().leasedPairs == 0)
                #expect(await lab.media.status().sessions == 0)
                await caller.expectSuccess()
                await target.expectSuccess()
                let invite = try #require(target.firstReceived("INVITE"))
                #expect(invite.contains("c=IN IP4 \(lab.addresses.caller)"))
                #expect(target.received.filter { $0.hasPrefix("INVITE") }.count == 1, "nothing new to tell the target")
                #expect(await lab.service.end() == .transferred)
            }
        }

        @Test("The target is busy: the caller is kept and never hears of it")
        func busy() async throws {
            try await TransferLab.run(.reinvite) { lab in
                let peers = try await lab.play("uac-call-peer-hangs-up", to: "uas-pbx-busy", result: "refused(486)")
                #expect(peers.caller.firstReceived("INVITE") == nil)
                #expect(await lab.service.end() == .hungUp)
            }
        }

        @Test("The target rings for too long: CANCEL, no answer, the caller is kept")
        func rings() async throws {
            try await TransferLab.run(.reinvite, ringTime: .milliseconds(300)) { lab in
                try await lab.play("uac-call-peer-hangs-up", to: "uas-pbx-ringing", result: "noAnswer")
            }
        }

        @Test("The caller refuses the re-INVITE: the target is hung up on, the caller is kept")
        func callerRefuses() async throws {
            try await TransferLab.run(.reinvite) { lab in
                try await lab.play("uac-move-refused", to: "uas-pbx", result: "refused(488)", end: .hungUp)
            }
        }

        @Test("Glare: the re-INVITE is sent again")
        func glare() async throws {
            try await TransferLab.run(.reinvite) { lab in
                try await lab.play("uac-move-glare", to: "uas-pbx", result: "transferred", end: .transferred)
            }
        }

        @Test(
            "The caller hangs up while the target rings: CANCEL",
            arguments: [TransferMethod.reinvite, .relay, .attended])
        func callerLeaves(_ way: TransferMethod) async throws {
            try await TransferLab.run(way) { lab in
                let target = try await lab.target("uas-pbx-ringing")
                try await FlowPhone.calling(lab) { caller in
                    #expect(await eventually { target.firstReceived("INVITE") != nil })
                    await caller.hangUp()
                    await target.expectSuccess()
                    #expect(await lab.service.result() == "callerGone")
                    lab.service.letGo()
                    #expect(await lab.service.end() == .callerHungUp)
                }
            }
        }

        @Test("The caller answers from another port: the target is told")
        func callerMoves() async throws {
            try await TransferLab.run(.reinvite) { lab in
                try await lab.play(
                    "uac-moved-elsewhere", to: "uas-pbx-peer-moves", pause: .milliseconds(500), result: "transferred")
            }
        }

        @Test("The target will not have the caller's other port: the caller's media comes back to us")
        func targetRefusesUpdate() async throws {
            try await TransferLab.run(.reinvite) { lab in
                let peers = try await lab.play(
                    "uac-moved-and-back", to: "uas-pbx-peer-may-not-move", result: "refused(488)")
                let offers = peers.caller.received.filter { $0.hasPrefix("INVITE") }
                #expect(offers.count == 2)
                #expect(offers.first?.contains("c=IN IP4 \(lab.addresses.pbx)") == true)
                #expect(offers.last?.contains("c=IN IP4 \(lab.addresses.server)") == true)
            }
        }

        // MARK: After the transfer

        @Test("The target hangs up: so does the server, towards the caller", arguments: SIPp.Transport.allCases)
        func targetHangsUp(_ transport: SIPp.Transport) async throws {
            try await TransferLab.run(.reinvite, transport: transport) { lab in
                try await lab.play(
                    "uac-moved-peer-hangs-up", to: "uas-pbx-hangs-up", transport, ringing: .milliseconds(500),
                    result: "transferred", end: .transferred)
            }
        }

        @Test("The target answers and hangs up while the caller is being moved")
        func targetHangsUpAtOnce() async throws {
            try await TransferLab.run(.reinvite) { lab in
                let target = try await lab.target("uas-pbx-hangs-up", pause: .zero)
                let caller = try lab.caller("uac-moved-peer-hangs-up")
                await target.expectSuccess()
                await caller.expectSuccess()
                #expect(await lab.service.end() == .transferred)
            }
        }

        @Test("The caller holds: the target is held", arguments: SIPp.Transport.allCases)
        func hold(_ transport: SIPp.Transport) async throws {
            try await TransferLab.run(.reinvite, transport: transport) { lab in
                let peers = try await lab.play(
                    "uac-moved-hold", to: "uas-pbx-held", transport, result: "transferred", end: .transferred)
                let held = try #require(peers.target.received.last { $0.hasPrefix("INVITE") })
                #expect(held.contains("c=IN IP4 \(lab.addresses.caller)"))
                // One session to the caller (RFC 3264 §8): the 200, the re-INVITE, the answer to the hold.
                let origins = peers.caller.received.compactMap(SessionOrigin.init)
                let versions = origins.map(\.version)
                #expect(versions.count == 3)
                #expect(Set(origins.map(\.session)).count == 1)
                #expect(zip(versions, versions.dropFirst()).allSatisfy { $0 < $1 }, "\(versions)")
            }
        }
    }
}
