import ApplicationServer
import IMS
import ReferenceAS
import Testing

extension Interoperation {
    @Suite(
        "Services by their type",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct ServiceTypeTests {
        // MARK: Announcement

        static let announcements: [ServiceFlow] = [
            ServiceFlow(
                testDescription: "Early media in a reliable 183, then 480 with its cause",
                caller: "uac-announced", outcome: .rejected, events: ["early-media"]
            ) { _, folder in
                try playing(folder) { settings in settings.cause = 31 }
            },
            ServiceFlow(
                testDescription: "A caller without 100rel gets a 183 that is not reliable, then the party's answer",
                caller: "uac-no-100rel", parties: ["uas-pbx"], outcome: .routed, events: ["early-media"]
            ) { addresses, folder in
                try playing(folder) { settings in
                    settings.end = .route
                    settings.target = "desk"
                    settings.onward.transferTargets = ["desk": ServiceFlow.party(0, addresses)]
                }
            },
            ServiceFlow(
                testDescription: "Early media, then another party in a dialog of its own",
                caller: "uac-announced-then-answered", parties: ["uas-pbx"], outcome: .routed
            ) { addresses, folder in
                try playing(folder) { settings in
                    settings.end = .route
                    settings.target = "desk"
                    settings.onward.transferTargets = ["desk": ServiceFlow.party(0, addresses)]
                }
            },
            ServiceFlow(
                testDescription: "The caller gives up during early media",
                caller: "uac-cancel", outcome: .cancelled, events: ["early-media"], pause: .milliseconds(50)
            ) { _, folder in
                try playing(folder, seconds: 20) { _ in }
            },
            ServiceFlow(
                testDescription: "A file that is not there: what follows comes at once",
                caller: "uac-call-expect-486", outcome: .rejected, events: ["announcement-skipped"]
            ) { _, folder in
                try playing(folder) { settings in
                    settings.sounds = [.file("\(folder.path)/absent.wav")]
                    settings.status = 486
                }
            },
            ServiceFlow(
                testDescription: "Answered, then hung up",
                caller: "uac-call-peer-hangs-up", outcome: .answered
            ) { _, folder in
                try playing(folder) { settings in settings.when = .answered }
            },
            ServiceFlow(
                testDescription: "Answered, then transferred by re-INVITE",
                caller: "uac-call-engine-lost", parties: ["uas-pbx"], outcome: .answered, events: ["transferred"]
            ) { addresses, folder in
                try playing(folder) { settings in
                    settings.when = .answered
                    settings.end = .transfer
                    settings.target = "desk"
                    settings.onward.transferTargets = ["desk": ServiceFlow.party(0, addresses)]
                }
            },
            ServiceFlow(
                testDescription: "Answered, then transferred to the next target when the first one is busy",
                caller: "uac-call-engine-lost", parties: ["uas-pbx-busy", "uas-pbx"], outcome: .answered,
                events: ["transfer-way-failed", "transferred"]
            ) { addresses, folder in
                try playing(folder) { settings in
                    settings.when = .answered
                    settings.end = .transfer
                    settings.target = "desk"
                    settings.onward.transferTargets = [
                        "desk": ServiceFlow.party(0, addresses), "next": ServiceFlow.party(1, addresses),
                    ]
                    settings.onward.transfer.next = ["next"]
                }
            },
            ServiceFlow(
                testDescription: "The caller hangs up during the announcement",
                caller: "uac-call", outcome: .answered, pause: .milliseconds(100)
            ) { _, folder in
                try playing(folder, seconds: 20) { settings in settings.when = .answered }
            },
            ServiceFlow(
                testDescription: "The caller is gone without a word: hung up on before the end",
                caller: "uac-call-peer-hangs-up", outcome: .answered, events: ["rtp-inactive"],
                inactivity: .seconds(1)
            ) { _, folder in
                try playing(folder, seconds: 20) { settings in settings.when = .answered }
            }
            .checking { caller, _ in
                let reason = caller.firstReceived("BYE")?.fields("Reason")
                #expect(reason == ["SIP;cause=408;text=\"No media\""])
            },
        ]

        @Test("Announcement", arguments: announcements)
        func announcement(_ flow: ServiceFlow) async throws {
            try await flow.run()
        }

        private static func playing(
            _ folder: TemporaryFolder, seconds: Int = 1, _ change: (inout AnnouncementDefinition) -> Void
        ) throws -> ServiceSettings {
            var settings = AnnouncementDefinition()
            settings.sounds = [.file(try folder.tone(440, seconds: seconds))]
            change(&settings)
            return .announcement(settings)
        }

        // MARK: Diversion

        static let diversions: [ServiceFlow] = [
            ServiceFlow(
                testDescription: "Busy: 181, and the target is told where the call was bound for",
                caller: "uac-call", parties: ["uas-pbx-busy", "uas-pbx"], outcome: .routed, events: ["diverted"]
            ) { addresses, _ in
                diverting(addresses) { $0.writesDiversion = true }
            }
            .checking { caller, parties in
                #expect(caller.firstReceived("SIP/2.0 181") != nil)
                let invite = parties[1].firstReceived("INVITE") ?? ""
                #expect(invite.contains("History-Info: <sip:bob@ims.example>;index=1\n"))
                #expect(invite.contains(";cause=486>;index=1.1;mp=1\n"))
                #expect(invite.contains("Diversion: <sip:bob@ims.example>;reason=user-busy;counter=1\n"))
            },
            ServiceFlow(
                testDescription: "No reply: the served user is cancelled",
                caller: "uac-call", parties: ["uas-pbx-ringing", "uas-pbx"], outcome: .routed, events: ["diverted"]
            ) { addresses, _ in
                diverting(addresses) { $0.ringTime = .milliseconds(300) }
            }
            .checking { _, parties in
                #expect(parties[1].firstReceived("INVITE")?.contains(";cause=408>") == true)
            },
            ServiceFlow(
                testDescription: "Not reachable, and the caller is not told",
                caller: "uac-call", parties: ["uas-as-unavailable", "uas-pbx"], outcome: .routed
            ) { addresses, _ in
                diverting(addresses) { $0.notifiesCaller = false }
            }
            .checking { caller, parties in
                #expect(caller.firstReceived("SIP/2.0 181") == nil)
                #expect(parties[1].firstReceived("INVITE")?.contains(";cause=503>") == true)
            },
            ServiceFlow(
                testDescription: "Unconditional",
                caller: "uac-call", parties: ["uas-pbx"], outcome: .routed
            ) { addresses, _ in
                diverting(addresses) { settings in
                    settings.targets[.unconditional] = "desk"
                    settings.onward.transferTargets = ["desk": ServiceFlow.party(0, addresses)]
                }
            }
            .checking { _, parties in
                #expect(parties[0].firstReceived("INVITE")?.contains(";cause=302>") == true)
            },
            ServiceFlow(
                testDescription: "To the S-CSCF, with its identifier and another Request-URI",
                caller: "uac-isc-odi", parties: ["uas-scscf"], outcome: .routed
            ) { addresses, _ in
                diverting(addresses) { settings in
                    settings.servedBy = nil
                    settings.notifiesCaller = false
                    settings.targets[.unconditional] = "carol"
                    settings.onward.transferTargets["carol"] = "sip:carol@ims.example"
                }
            }
            .checking { _, parties in
                let invite = parties[0].firstReceived("INVITE") ?? ""
                #expect(invite.hasPrefix("INVITE sip:carol@ims.example SIP/2.0\n"))
                #expect(invite.contains("History-Info: <sip:carol@ims.example;cause=302>;index=1.1;mp=1\n"))
            },
            ServiceFlow(
                testDescription: "Declined: that is the served user's answer",
                caller: "uac-call-expect-603", parties: ["uas-pbx-declines"], outcome: .rejected
            ) { addresses, _ in
                diverting(addresses)
            },
            ServiceFlow(
                testDescription: "The target is busy as well",
                caller: "uac-call-expect-486", parties: ["uas-pbx-busy", "uas-pbx-busy"], outcome: .rejected
            ) { addresses, _ in
                diverting(addresses)
            },
            ServiceFlow(
                testDescription: "A target that the policy denies is not called",
                caller: "uac-call-expect-486", parties: ["uas-pbx-busy"], outcome: .rejected, events: ["target-refused"]
            ) { addresses, _ in
                diverting(addresses) { $0.onward.policy.maximumCalls = 0 }
            },
            ServiceFlow(
                testDescription: "The caller gives up while the served user's telephone rings",
                caller: "uac-cancel", parties: ["uas-pbx-ringing"], outcome: .cancelled
            ) { addresses, _ in
                diverting(addresses)
            },
            ServiceFlow(
                testDescription: "The caller gives up while the target's telephone rings",
                caller: "uac-cancel", parties: ["uas-pbx-busy", "uas-pbx-ringing"], outcome: .cancelled,
                events: ["diverted"]
            ) { addresses, _ in
                diverting(addresses)
            },
        ]

        @Test("Diversion", arguments: diversions)
        func diversion(_ flow: ServiceFlow) async throws {
            try await flow.run()
        }

        /// The served user is the first party, whom everything is diverted to the second.
        private static func diverting(
            _ addresses: Addresses, _ change: (inout DiversionDefinition) -> Void = { _ in }
        ) -> ServiceSettings {
            var settings = DiversionDefinition()
            settings.servedBy = ServiceFlow.party(0, addresses)
            for condition in [CommunicationDiversion.Condition.busy, .noReply, .notReachable] {
                settings.targets[condition] = "desk"
            }
            settings.onward.transferTargets = ["desk": ServiceFlow.party(1, addresses)]
            change(&settings)
            return .diversion(settings)
        }

        // MARK: Screening

        static let screenings: [ServiceFlow] = [
            ServiceFlow(
                testDescription: "A caller of the allow list gets through",
                caller: "uac-call", parties: ["uas-pbx"], outcome: .routed, events: ["screening"]
            ) { addresses, _ in
                judging(addresses) { $0.rules.allowed = [TargetRule("sip:*@ims.example")].compactMap { $0 } }
            },
            ServiceFlow(
                testDescription: "An unknown caller is rejected",
                caller: "uac-call-expect-486", outcome: .rejected, events: ["screening"]
            ) { addresses, _ in
                judging(addresses) { $0.status = 486 }
            },
            ServiceFlow(
                testDescription: "An unknown caller gives up while the served user's telephone rings",
                caller: "uac-cancel", parties: ["uas-pbx-ringing"], outcome: .cancelled
            ) { addresses, _ in
                judging(addresses) { $0.rules.unknown = .allow }
            },
        ]

        @Test("Screening", arguments: screenings)
        func screening(_ flow: ServiceFlow) async throws {
            try await flow.run()
        }

        @Test("An unknown caller is asked who it is by an assistant, which transfers to the served user")
        func interview() async throws {
            let addresses = Addresses()
            try await TestSystem.run(
                addresses: addresses,
                configure: Change { configuration, addresses in
                    var screening = ScreeningDefinition()
                    screening.rules.unknown = .ask
                    screening.interviewer = "assistant"
                    var service = ServiceDefinition(.screening(screening))
                    service.name = "screening"
                    configuration.services.append(service)
                }
            ) { lab in
                await (try lab.caller("uac-call", pause: .milliseconds(500))).expectSuccess()
                let record = try await lab.record()
                #expect(record.service == "screening")
                #expect(record.details("screening") == ["ask: unknown"])
                #expect(record.engines == ["local"])
                await lab.expectIdle()
            }
        }

        private static func judging(
            _ addresses: Addresses, _ change: (inout ScreeningDefinition) -> Void
        ) -> ServiceSettings {
            var settings = ScreeningDefinition()
            settings.servedBy = ServiceFlow.party(0, addresses)
            settings.rules.unknown = .reject
            change(&settings)
            return .screening(settings)
        }
    }
}
