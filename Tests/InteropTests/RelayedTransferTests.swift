import ApplicationServer
import SIP
import Testing

extension Interoperation {
    @Suite(
        "Transfers in which we call the target first",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct RelayedTransferTests {
        // MARK: Relay

        @Test("Relay: the target gets our description, both ports stay in use until the caller hangs up")
        func relay() async throws {
            try await TransferLab.run(.relay) { lab in
                let target = try await lab.target("uas-pbx")
                try await FlowPhone.calling(lab) { caller in
                    #expect(await lab.service.result() == "transferred")
                    #expect(await lab.media.status().leasedPairs == 2)
                    #expect(await lab.server.statistics.callsRelayed == 1)
                    let invite = try #require(target.firstReceived("INVITE"))
                    #expect(invite.contains("c=IN IP4 \(lab.addresses.server)"))
                    await caller.hangUp()
                    await target.expectSuccess()
                    #expect(!lab.records.journal.has(.caller("got INVITE")))
                    #expect(await lab.service.end() == .transferred)
                }
            }
        }

        @Test("Relay: the target hangs up, so does the server")
        func targetHangsUp() async throws {
            try await TransferLab.run(.relay) { lab in
                try await lab.play(
                    "uac-call-peer-hangs-up", to: "uas-pbx-hangs-up", ringing: .milliseconds(300),
                    result: "transferred", end: .transferred)
            }
        }

        @Test("Relay: the caller's hold is answered here")
        func hold() async throws {
            try await TransferLab.run(.relay) { lab in
                try await lab.play("uac-holds", to: "uas-pbx", pause: .seconds(1), result: "transferred")
            }
        }

        @Test("Relay: the target holds and takes back")
        func targetHolds() async throws {
            try await TransferLab.run(.relay) { lab in
                try await lab.play(
                    "uac-call-peer-hangs-up", to: "uas-pbx-holds-us", ringing: .milliseconds(300), result: "transferred"
                )
            }
        }

        @Test(
            "Relay that comes to nothing: the caller is kept",
            arguments: [
                ("uas-pbx-busy", "refused(486)"), ("uas-pbx-declines", "refused(603)"),
                ("uas-pbx-ringing", "noAnswer"),
            ])
        func relayFails(_ scenario: String, _ error: String) async throws {
            try await TransferLab.run(.relay, ringTime: .milliseconds(300)) { lab in
                try await lab.play("uac-call-peer-hangs-up", to: scenario, result: error)
                #expect(await lab.server.statistics.callsRelayed == 0)
            }
        }

        @Test("The caller refuses the re-INVITE: the target that has answered is kept, and the audio passed on")
        func reinviteThenRelay() async throws {
            try await TransferLab.changing { plan, _ in plan.ways = [.reinvite, .relay] }.run(.reinvite) { lab in
                let peers = try await lab.play(
                    "uac-move-refused-then-hangs-up", to: "uas-pbx-moved-to-us", pause: .seconds(1),
                    result: "transferred", leasedPairs: 2)
                let offer = try #require(peers.target.received.last { $0.hasPrefix("INVITE") })
                #expect(offer.contains("c=IN IP4 \(lab.addresses.server)"))
                #expect(await lab.service.end() == .transferred)
            }
        }

        // MARK: Attended

        /// The caller takes the REFER and cannot reach the target.
        private static let reportingFailure = FlowPhone.Conduct(reports: [.serviceUnavailable])

        @Test("Attended: REFER with the dialog that the target knows, then both are hung up on")
        func attended() async throws {
            try await TransferLab.run(.attended) { lab in
                let peers = try await lab.play("uac-referred-to-dialog", to: "uas-pbx", result: "transferred")
                let invite = try #require(peers.target.firstReceived("INVITE"))
                let callID = try #require(invite.firstMatch(of: /\nCall-ID: (.*)\n/)?.1)
                let tag = try #require(invite.firstMatch(of: /\nFrom: .*;tag=(.*)\n/)?.1)
                let refer = try #require(peers.caller.firstReceived("REFER"))
                let referTo = try #require(refer.firstMatch(of: /\nRefer-To: (.*)\n/)?.1)
                let replaces = try #require(try ReferTo(parsing: String(referTo), field: .referTo).replaces())
                #expect(replaces.callID == callID)
                #expect(replaces.fromTag == tag)
                #expect(peers.target.sent.contains { $0.contains(";tag=\(replaces.toTag)") })
                #expect(referTo.hasPrefix("<sip:pbx@\(lab.addresses.pbx):\(Addresses.pbxPort)"))
                #expect(referTo.contains("&Require=replaces"))
                #expect(await lab.service.end() == .transferred)
            }
        }

        @Test("Attended: the caller cannot reach the target, and the target is hung up on")
        func attendedFails() async throws {
            try await TransferLab.run(.attended) { lab in
                let target = try await lab.target("uas-pbx")
                try await FlowPhone.calling(lab, Self.reportingFailure) { caller in
                    #expect(await lab.service.result() == "refused(503)")
                    await target.expectSuccess()
                    await lab.expectCallerKept()
                }
            }
        }

        @Test("Attended: the caller cannot reach the target, and the audio is passed on instead")
        func attendedThenRelay() async throws {
            try await TransferLab.changing { plan, _ in plan.ways = [.attended, .relay] }.run(.attended) { lab in
                let target = try await lab.target("uas-pbx")
                try await FlowPhone.calling(lab, Self.reportingFailure) { caller in
                    #expect(await lab.service.result() == "transferred")
                    #expect(await lab.media.status().leasedPairs == 2)
                    await caller.hangUp()
                    await target.expectSuccess()
                    #expect(target.received.filter { $0.hasPrefix("INVITE") }.count == 1, "the target is called once")
                    #expect(await lab.service.end() == .transferred)
                }
            }
        }
    }
}
