import ApplicationServer
import Codecs
import Foundation
import LocalEngine
import ReferenceAS
import Testing

extension Interoperation {
    /// Callers whose engines are all lost, and engines whose wishes are refused.
    @Suite(
        "The caller between engine and people",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct RescueTests {
        private static let desk = Addresses.pbxPort + 10

        private static func lab(
            _ configure: @escaping (inout ASConfiguration, Addresses) -> Void,
            _ body: (TestSystem) async throws -> Void
        ) async throws {
            try await TestSystem.run(
                engine: .dropMidCall(after: .milliseconds(300)), configure: Change(configure), body)
        }

        @Test("The queue is busy, the desk rings for too long, the next one answers")
        func nextTarget() async throws {
            try await Self.lab { configuration, addresses in
                configuration.fallback["pbx"]?.rescue.next = [
                    .init("sip:desk@\(addresses.pbx):\(Self.desk)", ringTime: .milliseconds(300)),
                    .init("sip:home@\(addresses.pbx):\(Self.desk + 10)"),
                ]
                configuration.services[0].assistant.onward.policy.maximumCalls = 0
            } _: { lab in
                let queue = try await lab.pbx("uas-pbx-busy")
                let desk = try await lab.pbx("uas-pbx-ringing", port: Self.desk)
                let home = try await lab.pbx("uas-pbx", port: Self.desk + 10)
                let caller = try lab.caller(
                    "uac-call-engine-lost", pause: .seconds(1), keys: ["pbx": lab.addresses.pbx])
                await caller.expectSuccess()
                for peer in [queue, desk, home] { await peer.expectSuccess() }
                #expect(home.firstReceived("INVITE")?.hasPrefix("INVITE sip:home@") == true)
                let statistics = await lab.system.server.statistics
                #expect(statistics.callersRescued == 1)
                #expect(statistics.transfers == 1)
                #expect(statistics.transfersForbidden == 0, "the quota does not refuse it")
                await lab.expectIdle()
            }
        }

        @Test("Nobody takes the caller: the announcement, and a BYE that says why")
        func nobody() async throws {
            let folder = try TemporaryFolder()
            let file = "\(folder.path)/sorry.wav"
            let tone = (0..<8_000).map { Int16(8_000 * sin(Double($0) * 2 * .pi * 770 / 8_000)) }
            try Data(WAVAudio(sampleRate: 8_000, samples: tone).serialized()).write(to: URL(fileURLWithPath: file))
            try await Self.lab { configuration, _ in
                configuration.fallback["pbx"]?.rescue.announcement = file
                configuration.media.recordingDirectory = folder.path
            } _: { lab in
                let queue = try await lab.pbx("uas-pbx-busy")
                let caller = try lab.caller("uac-call-peer-hangs-up")
                await caller.expectSuccess()
                await queue.expectSuccess()
                #expect(caller.firstReceived("BYE")?.contains("Engine lost") == true)
                await lab.expectIdle()
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            let name = try #require(names.first { $0.hasSuffix("-engine.wav") })
            #expect(HeardAudio(path: "\(folder.path)/\(name)").seconds(of: 770) > 0.8, "the announcement is heard")
        }

        // MARK: What an engine may not do

        /// The engine transfers the caller who presses a key.
        private static func dialogue(to target: String) throws -> Dialogue {
            let text = target.unicodeScalars.map { $0.value < 0x20 ? "\\x0\(String($0.value, radix: 16))" : "\($0)" }
            return try Dialogue(
                parsing: """
                    greeting: Hello.
                    reprompts: [Pardon?]
                    giveUp: Goodbye.
                    actionFailed: That did not work.
                    intents:
                      - name: key
                        phrases: ["<digits>"]
                        reply: One moment.
                        action: { tool: transfer, arguments: { target: "\(text.joined())" } }
                    """)
        }

        @Test(
            "A transfer that the policy refuses: the caller stays, the engine is told, the record says why",
            arguments: [
                ("sip:boss@elsewhere.example", "target-not-allowed"), ("+19005551234", "target-not-allowed"),
                ("sip:x@y\r\nVia: SIP/2.0/UDP 192.0.2.66", "unknown-target"), ("queue", "too-many-transfers"),
                ("queue", "too-many-calls"),
            ])
        func refused(_ target: String, _ reason: String) async throws {
            let change = Change { configuration, _ in
                var policy = CallPolicy(
                    allowed: [TargetRule("+1")].compactMap { $0 },
                    denied: [TargetRule("+1900")].compactMap { $0 },
                    numberGateway: "sip:127.0.0.1:9"
                )
                if reason == "too-many-transfers" { policy.maximumTransfers = 0 }
                if reason == "too-many-calls" { policy.maximumCalls = 0 }
                configuration.services[0].assistant.onward.policy = policy
            }
            try await TestSystem.run(dialogue: try Self.dialogue(to: target), configure: change) { lab in
                let words = try #require(PolicyRefusal(rawValue: reason)).words
                let journal = lab.records.journal
                try await FlowPhone.calling(lab) { caller in
                    #expect(await journal.reaches(.server("first-audio")))
                    try await caller.press("5")
                    let isTold = await eventually {
                        journal.lines.contains {
                            $0.hasPrefix("server engine-said") && ($0.contains(words) || $0.contains("did not work"))
                        }
                    }
                    #expect(isTold, "\(journal.lines)")
                }
                let record = try await lab.record()
                let refusals = record.details("transfer-refused")
                #expect(refusals.count == 1)
                #expect(refusals.first?.hasPrefix("\(reason): ") == true)
                #expect(refusals.allSatisfy { !$0.contains("\r") && !$0.contains("\n") })
                #expect(record.has("bye-received"), "the caller keeps the call")
                #expect(await lab.system.server.statistics.transfersForbidden == 1)
                #expect(await lab.system.server.statistics.transfers == 0)
                await lab.expectIdle()
            }
        }

        @Test(
            "The person hangs up and the caller is with the engine again", arguments: [TransferMethod.reinvite, .relay])
        func backToEngine(_ way: TransferMethod) async throws {
            let change = Change { configuration, addresses in
                configuration.services[0].assistant.onward.transferTargets = [
                    "queue": "sip:queue@\(addresses.pbx):\(Addresses.pbxPort)"
                ]
                configuration.services[0].assistant.onward.transfer.ways = [way]
                configuration.services[0].assistant.onward.transfer.afterTarget = .returnToService
                configuration.services[0].assistant.conversation.welcome = "say: Welcome back."
            }
            try await TestSystem.run(dialogue: try Self.dialogue(to: "queue"), configure: change) { lab in
                let target = try await lab.target(
                    Scenario(.target).adding {
                        $0.pause()
                        $0.hangUp()
                    })
                let journal = lab.records.journal
                try await FlowPhone.calling(lab) { caller in
                    #expect(await journal.reaches(.server("first-audio")))
                    try await caller.press("5")
                    await target.expectSuccess()
                    let isWelcomed = await eventually {
                        journal.lines.contains { $0.hasPrefix("server engine-said") && $0.contains("Welcome back.") }
                    }
                    #expect(isWelcomed, "\(journal.lines)")
                    #expect(journal.has(.caller("got INVITE")) == (way == .reinvite))
                }
                let record = try await lab.record()
                #expect(record.details("engine-ready") == ["local", "local"])
                #expect(record.has("returned"))
                #expect(record.details("engine-said").last?.contains("Welcome back.") == true)
                #expect(await lab.system.server.statistics.callersReturned == 1)
                #expect(await lab.system.server.statistics.enginesLost == 0)
                await lab.expectIdle()
            }
        }
    }
}
