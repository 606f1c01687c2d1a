import ApplicationServer
import ReferenceAS
import Testing

extension Interoperation {
    @Suite(
        "Queues",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct QueueTests {
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
    }
}
