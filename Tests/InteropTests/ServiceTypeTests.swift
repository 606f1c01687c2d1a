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
                check: { caller, _ in
                    let reason = caller.firstReceived("BYE")?.fields("Reason")
                    #expect(reason == ["SIP;cause=408;text=\"No media\""])
                },
                inactivity: .seconds(1)
            ) { _, folder in
                try playing(folder, seconds: 20) { settings in settings.when = .answered }
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
                caller: "uac-call", parties: ["uas-pbx-busy", "uas-pbx"], outcome: .routed, events: ["diverted"],
                check: { caller, parties in
                    #expect(caller.firstReceived("SIP/2.0 181") != nil)
                    let invite = parties[1].firstReceived("INVITE") ?? ""
                    #expect(invite.contains("History-Info: <sip:bob@ims.example>;index=1\n"))
                    #expect(invite.contains(";cause=486>;index=1.1;mp=1\n"))
                    #expect(invite.contains("Diversion: <sip:bob@ims.example>;reason=user-busy;counter=1\n"))
                }
            ) { addresses, _ in
                diverting(addresses) { $0.writesDiversion = true }
            },
            ServiceFlow(
                testDescription: "No reply: the served user is cancelled",
                caller: "uac-call", parties: ["uas-pbx-ringing", "uas-pbx"], outcome: .routed, events: ["diverted"],
                check: { _, parties in
                    #expect(parties[1].firstReceived("INVITE")?.contains(";cause=408>") == true)
                }
            ) { addresses, _ in
                diverting(addresses) { $0.ringTime = .milliseconds(300) }
            },
            ServiceFlow(
                testDescription: "Not reachable, and the caller is not told",
                caller: "uac-call", parties: ["uas-as-unavailable", "uas-pbx"], outcome: .routed,
                check: { caller, parties in
                    #expect(caller.firstReceived("SIP/2.0 181") == nil)
                    #expect(parties[1].firstReceived("INVITE")?.contains(";cause=503>") == true)
                }
            ) { addresses, _ in
                diverting(addresses) { $0.notifiesCaller = false }
            },
            ServiceFlow(
                testDescription: "Unconditional",
                caller: "uac-call", parties: ["uas-pbx"], outcome: .routed,
                check: { _, parties in
                    #expect(parties[0].firstReceived("INVITE")?.contains(";cause=302>") == true)
                }
            ) { addresses, _ in
                diverting(addresses) { settings in
                    settings.targets[.unconditional] = "desk"
                    settings.onward.transferTargets = ["desk": ServiceFlow.party(0, addresses)]
                }
            },
            ServiceFlow(
                testDescription: "To the S-CSCF, with its identifier and another Request-URI",
                caller: "uac-isc-odi", parties: ["uas-scscf"], outcome: .routed,
                check: { _, parties in
                    let invite = parties[0].firstReceived("INVITE") ?? ""
                    #expect(invite.hasPrefix("INVITE sip:carol@ims.example SIP/2.0\n"))
                    #expect(invite.contains("History-Info: <sip:carol@ims.example;cause=302>;index=1.1;mp=1\n"))
                }
            ) { addresses, _ in
                diverting(addresses) { settings in
                    settings.servedBy = nil
                    settings.notifiesCaller = false
                    settings.targets[.unconditional] = "carol"
                    settings.onward.transferTargets["carol"] = "sip:carol@ims.example"
                }
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

        // MARK: Queue

        static let queues: [ServiceFlow] = [
            ServiceFlow(
                testDescription: "The only agent answers",
                caller: "uac-call-engine-lost", parties: ["uas-pbx"], outcome: .answered,
                events: ["queued", "transferred"]
            ) { addresses, _ in
                try waiting(for: ["ann"], addresses)
            },
            ServiceFlow(
                testDescription: "The first agent is busy, the second rings in vain, the third answers",
                caller: "uac-call-engine-lost", parties: ["uas-pbx-busy", "uas-pbx-ringing", "uas-pbx"],
                outcome: .answered, events: ["transfer-failed", "transferred"]
            ) { addresses, folder in
                try waiting(for: ["ann", "bob", "eve"], addresses) { settings in
                    settings.queue.ringTime = .seconds(1)
                    settings.queue.music = .file(try folder.tone(440, seconds: 1))
                }
            },
            ServiceFlow(
                testDescription: "Nobody is free for long enough: the overflow takes the call",
                caller: "uac-call-engine-lost", parties: ["uas-pbx", "uas-pbx-busy"], outcome: .answered,
                events: ["queue-overflow", "transferred"]
            ) { addresses, _ in
                try waiting(for: ["bob"], addresses) { settings in
                    settings.queue.longestWait = .seconds(2)
                    settings.queue.overflow = "ann"
                }
            },
            ServiceFlow(
                testDescription: "No place: the overflow gets the INVITE",
                caller: "uac-call", parties: ["uas-pbx"], outcome: .routed, events: ["queue-full"]
            ) { addresses, _ in
                try waiting(for: ["bob"], addresses) { settings in
                    settings.queue.capacity = 0
                    settings.queue.overflow = "ann"
                }
            },
            ServiceFlow(
                testDescription: "No place and no overflow: 486",
                caller: "uac-call-expect-486", outcome: .rejected, events: ["queue-full"]
            ) { addresses, _ in
                try waiting(for: ["bob"], addresses) { $0.queue.capacity = 0 }
            },
            ServiceFlow(
                testDescription: "The caller hangs up while an agent's telephone rings",
                caller: "uac-call", parties: ["uas-pbx-ringing"], outcome: .answered,
                events: ["transfer"], pause: .seconds(1)
            ) { addresses, _ in
                try waiting(for: ["ann"], addresses)
            },
            ServiceFlow(
                testDescription: "The caller hangs up between two attempts",
                caller: "uac-call", parties: ["uas-pbx-busy"], outcome: .answered,
                events: ["transfer-failed"], pause: .seconds(1)
            ) { addresses, _ in
                try waiting(for: ["ann"], addresses)
            },
        ]

        @Test("Queue", arguments: queues)
        func queue(_ flow: ServiceFlow) async throws {
            try await flow.run()
        }

        @Test("The second caller gets the only agent when the first one has hung up")
        func firstComeFirstServed() async throws {
            let addresses = Addresses()
            let service = ServiceDefinition(try Self.waiting(for: ["ann"], addresses))
            try await TestSystem.run(service, addresses: addresses) { lab in
                let agent = try await SIPp.listening(
                    "uas-pbx", at: addresses, transport: .udp, pause: .milliseconds(100), calls: 2)
                let keys = ["pbx": addresses.pbx]
                let first = try lab.caller("uac-call-engine-lost", pause: .seconds(1), keys: keys)
                #expect(await eventually { agent.firstReceived("INVITE") != nil })
                let second = try lab.caller("uac-call-engine-lost", port: Addresses.sipPort + 10, keys: keys)
                await first.expectSuccess()
                await second.expectSuccess()
                await agent.expectSuccess()
                let methods = agent.received.compactMap { $0.split(separator: " ").first }
                let calls = methods.filter { $0 == "INVITE" || $0 == "BYE" }
                #expect(calls.lastIndex(of: "INVITE") ?? 0 > calls.firstIndex(of: "BYE") ?? .max)
                _ = try await lab.record(2)
                let metrics = await lab.system.metrics.exposition()
                let connected = #"sidetone_queue_calls_total{outcome="connected",service="tested"} 2"#
                #expect(metrics.contains(connected), "\(metrics)")
                #expect(metrics.contains(#"sidetone_queue_waiting{service="tested"} 0"#))
                #expect(metrics.contains("sidetone_queue_wait_seconds_count 2"))
                await lab.expectIdle()
            }
        }

        /// The first party is Ann, the second Bob, the third Eve.
        private static func waiting(
            for agents: [String], _ addresses: Addresses, _ change: (inout QueueDefinition) throws -> Void = { _ in }
        ) throws -> ServiceSettings {
            var settings = QueueDefinition()
            settings.queue.agents = agents
            for (index, name) in ["ann", "bob", "eve"].enumerated() {
                settings.onward.transferTargets[name] = ServiceFlow.party(index, addresses)
            }
            try change(&settings)
            return .queue(settings)
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
