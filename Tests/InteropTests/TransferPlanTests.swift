import ApplicationServer
import SIP
import Testing

extension Interoperation {
    @Suite(
        "Ways and targets of a transfer, one after another",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct TransferPlanTests {
        // MARK: Ways

        @Test("The caller declines the REFER and is moved by re-INVITE")
        func referThenReinvite() async throws {
            try await TransferLab.changing { plan, _ in plan.ways = [.refer, .reinvite] }.run(.refer) { lab in
                try await lab.play(
                    "uac-refer-declined-then-moved", to: "uas-pbx", pause: .milliseconds(500), result: "transferred",
                    leasedPairs: 0, end: .transferred)
            }
        }

        @Test("The caller refuses the re-INVITE and is referred")
        func reinviteThenRefer() async throws {
            try await TransferLab.changing { plan, _ in plan.ways = [.reinvite, .refer] }.run(.reinvite) { lab in
                try await lab.play(
                    "uac-move-refused-then-referred", to: "uas-pbx", result: "transferred", end: .transferred)
            }
        }

        @Test("A busy target is not called again in another way", arguments: ["uas-pbx-busy", "uas-pbx-declines"])
        func busyOnce(_ scenario: String) async throws {
            try await TransferLab.changing { plan, _ in plan.ways = [.reinvite, .refer] }.run(.reinvite) { lab in
                let peers = try await lab.play(
                    "uac-call-peer-hangs-up", to: scenario,
                    result: (scenario == "uas-pbx-busy" ? "refused(486)" : "refused(603)"))
                #expect(peers.caller.firstReceived("REFER") == nil)
            }
        }

        // MARK: Targets

        @Test("A target behind the S-CSCF is called as by an originating application server (TS 24.229 section 5.7.5)")
        func originating() async throws {
            var variation = TransferLab.changing { plan, _ in
                plan.targets = [.init(.originating("sip:carol@ims.example"))]
            }
            let servingCSCF = "sip:\(variation.addresses.pbx):\(Addresses.pbxPort)"
            variation.outbound = OutboundSettings(
                servingCSCF: try SIPURI(parsing: servingCSCF), servedUser: "sip:bank@ims.example",
                network: "ims.example")
            try await variation.run(.reinvite) { lab in
                let played = try await lab.play(
                    "uac-call-engine-lost", to: "uas-pbx", pause: .milliseconds(500), result: "transferred",
                    leasedPairs: 0, end: .transferred)
                let invite = try #require(played.target.firstReceived("INVITE"))
                #expect(invite.hasPrefix("INVITE sip:carol@ims.example SIP/2.0"))
                #expect(invite.contains("Route: <\(servingCSCF);lr;orig>") && !invite.contains("iscmark"))
                #expect(invite.contains("@ims.example>;sescase=orig;regstate=reg"))
                #expect(invite.contains(#"P-Asserted-Identity: "Alice" <sip:alice@ims.example>"#))
                #expect(invite.contains("orig-ioi=\"Type 3ims.example\""))
            }
        }

        @Test("Without an S-CSCF for calls of our own there is no way to it")
        func withoutServingCSCF() async throws {
            let variation = TransferLab.changing { plan, _ in
                plan.targets = [.init(.originating("sip:carol@ims.example"))]
            }
            try await variation.run(.reinvite) { lab in
                let caller = try lab.caller("uac-call-peer-hangs-up")
                #expect(await lab.service.result()?.hasPrefix("unreachable") == true)
                await lab.expectCallerKept()
                await caller.expectSuccess()
            }
        }

        @Test("The first target is busy, the next one answers")
        func nextTarget() async throws {
            try await TransferLab.changing { plan, addresses in
                plan.targets.append(.init(.direct("sip:desk@\(addresses.pbx):\(Addresses.pbxPort + 10)")))
            }.run(.reinvite) { lab in
                let first = try await lab.target("uas-pbx-busy")
                let second = try await lab.target("uas-pbx", port: Addresses.pbxPort + 10)
                let caller = try lab.caller("uac-call-engine-lost", pause: .milliseconds(500))
                #expect(await lab.service.result() == "transferred")
                await first.expectSuccess()
                await caller.expectSuccess()
                await second.expectSuccess()
                #expect(second.firstReceived("INVITE")?.hasPrefix("INVITE sip:desk@") == true)
                #expect(await lab.server.statistics.transfers == 1)
                #expect(await lab.server.statistics.transfersFailed == 0)
            }
        }

        @Test("The first target rings for too long, the next one answers")
        func nextTargetAfterSilence() async throws {
            try await TransferLab.changing { plan, addresses in
                plan.targets[0].ringTime = .milliseconds(300)
                plan.targets.append(.init(.direct("sip:desk@\(addresses.pbx):\(Addresses.pbxPort + 10)")))
            }.run(.reinvite) { lab in
                let first = try await lab.target("uas-pbx-ringing")
                let second = try await lab.target("uas-pbx", port: Addresses.pbxPort + 10)
                let caller = try lab.caller("uac-call-engine-lost", pause: .milliseconds(500))
                #expect(await lab.service.result() == "transferred")
                await first.expectSuccess()
                await caller.expectSuccess()
                await second.expectSuccess()
            }
        }

        @Test("When the time for all of them is over the caller is kept")
        func limit() async throws {
            try await TransferLab.changing { plan, addresses in
                plan.limit = .milliseconds(400)
                plan.targets.append(.init(.direct("sip:desk@\(addresses.pbx):\(Addresses.pbxPort + 10)")))
            }.run(.reinvite) { lab in
                try await lab.play("uac-call-peer-hangs-up", to: "uas-pbx-ringing", result: "noAnswer")
            }
        }

        // MARK: REFER

        @Test("No NOTIFY comes: no answer, the caller is kept")
        func silentRefer() async throws {
            try await TransferLab.changing { plan, _ in plan.notifyTime = .milliseconds(300) }.run(.refer) { lab in
                let caller = try lab.caller("uac-refer-silent")
                #expect(await lab.service.result() == "noAnswer")
                await lab.expectCallerKept()
                await caller.expectSuccess()
                #expect(await lab.service.end() == .hungUp)
            }
        }

        @Test("NOTIFY with 486: the target is busy, the caller is kept")
        func busyRefer() async throws {
            try await TransferLab.changing { plan, _ in plan.ways = [.refer, .reinvite] }.run(.refer) { lab in
                let caller = try lab.caller("uac-refer-busy")
                #expect(await lab.service.result() == "refused(486)")
                await lab.expectCallerKept()
                await caller.expectSuccess()
                #expect(caller.firstReceived("INVITE") == nil)
            }
        }

        @Test("REFER without a subscription: the caller who leaves was answered")
        func unreportedRefer() async throws {
            try await TransferLab.run(.refer) { lab in
                let caller = try lab.caller("uac-refer-unreported")
                await caller.expectSuccess()
                #expect(await lab.service.result() == "transferred")
            }
        }

        @Test("The caller hangs up instead of answering the REFER")
        func leavesAtRefer() async throws {
            try await TransferLab.run(.refer) { lab in
                let caller = try lab.caller("uac-refer-leaves")
                await caller.expectSuccess()
                #expect(await lab.service.result() == "callerGone")
                lab.service.letGo()
                #expect(await lab.service.end() == .callerHungUp)
            }
        }

        // MARK: The caller

        @Test("The caller hangs up instead of answering the re-INVITE: so does the server, towards the target")
        func leavesWhileMoved() async throws {
            try await TransferLab.run(.reinvite) { lab in
                let target = try await lab.target("uas-pbx")
                let caller = try lab.caller("uac-leaves-while-moved")
                await caller.expectSuccess()
                await target.expectSuccess()
                #expect(await lab.service.result() == "callerGone")
                lab.service.letGo()
                #expect(await lab.service.end() == .callerHungUp)
            }
        }

        @Test("The caller is moved by UPDATE")
        func update() async throws {
            try await TransferLab.changing { plan, _ in plan.offer = .update }.run(.reinvite) { lab in
                let peers = try await lab.play(
                    "uac-moved-by-update", to: "uas-pbx", pause: .milliseconds(500), result: "transferred",
                    leasedPairs: 0)
                let update = try #require(peers.caller.firstReceived("UPDATE"))
                #expect(update.contains("c=IN IP4 \(lab.addresses.pbx)"))
            }
        }

        @Test("The caller's user has to be asked: re-INVITE after UPDATE")
        func updateThenReinvite() async throws {
            try await TransferLab.changing { plan, _ in plan.offer = .update }.run(.reinvite) { lab in
                try await lab.play(
                    "uac-update-refused-then-moved", to: "uas-pbx", pause: .milliseconds(500), result: "transferred")
            }
        }

        // MARK: After a transfer

        @Test("A second transfer: the first target gets a BYE when the next one has answered")
        func secondTransfer() async throws {
            try await TransferLab.run(.reinvite) { lab in
                let first = try await lab.target("uas-pbx")
                let second = try await lab.target("uas-pbx", port: Addresses.pbxPort + 10)
                let caller = try lab.caller("uac-moved-twice", pause: .milliseconds(500))
                #expect(await lab.service.result() == "transferred")
                let call = try #require(lab.service.answered)
                try await call.transfer(to: .direct("sip:desk@\(lab.addresses.pbx):\(Addresses.pbxPort + 10)"))
                await first.expectSuccess()
                await caller.expectSuccess()
                await second.expectSuccess()
                #expect(first.firstReceived("BYE")?.contains("text=\"Transferred\"") == true)
                #expect(second.firstReceived("INVITE")?.contains("c=IN IP4 \(lab.addresses.caller)") == true)
                #expect(await lab.service.end() == .transferred)
            }
        }

        @Test("A second transfer that fails leaves the two together", arguments: ["uas-pbx-busy", "uas-pbx-ringing"])
        func secondTransferFails(_ scenario: String) async throws {
            try await TransferLab.run(.reinvite, ringTime: .milliseconds(300)) { lab in
                let first = try await lab.target("uas-pbx")
                let second = try await lab.target(scenario, port: Addresses.pbxPort + 10)
                let desk = RouteTarget.direct("sip:desk@\(lab.addresses.pbx):\(Addresses.pbxPort + 10)")
                try await FlowPhone.calling(lab) { caller in
                    #expect(await lab.service.result() == "transferred")
                    let call = try #require(lab.service.answered)
                    await #expect(throws: CallError.self) { try await call.transfer(to: desk) }
                    await second.expectSuccess()
                    #expect(await eventually { await lab.stack.legCount == 2 })
                    await caller.hangUp()
                    await first.expectSuccess()
                    #expect(await lab.service.end() == .transferred)
                }
            }
        }

        @Test("The caller refuses the second move: the two stay together")
        func secondMoveRefused() async throws {
            try await TransferLab.run(.reinvite) { lab in
                let first = try await lab.target("uas-pbx")
                let second = try await lab.target("uas-pbx", port: Addresses.pbxPort + 10)
                let caller = try lab.caller("uac-moved-once-refuses", pause: .milliseconds(500))
                #expect(await lab.service.result() == "transferred")
                let call = try #require(lab.service.answered)
                await #expect(throws: CallError.self) {
                    try await call.transfer(to: .direct("sip:desk@\(lab.addresses.pbx):\(Addresses.pbxPort + 10)"))
                }
                await second.expectSuccess()
                await caller.expectSuccess()
                await first.expectSuccess()
            }
        }

        @Test("The target refers the caller on, and hears how it went")
        func referredOn() async throws {
            try await TransferLab.run(.reinvite) { lab in
                try await lab.play(
                    "uac-moved-referred-on", to: "uas-pbx-refers", ringing: .milliseconds(500), result: "transferred",
                    end: .transferred)
            }
        }
    }
}
