import ApplicationServer
import Codecs
import Foundation
import LocalEngine
import ReferenceAS
import Testing

extension Interoperation {
    @Suite(
        "SIPp as the caller whose engine fails in mid-call",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct EngineFailoverTests {
        // MARK: Before the answer

        @Test("The first engine refuses, stalls or is not there: the second takes the call", arguments: [0, 1, 2])
        func nextEngine(_ fault: Int) async throws {
            let behaviour: LocalEngineBehaviour = fault == 0 ? .refuse(status: 503) : fault == 1 ? .stall : .normal
            try await EnginePair.run(behaviour, .normal) { service in
                if fault == 2 { service.engine = "absent" }
            } _: { lab, _ in
                let caller = try lab.caller("uac-call", pause: .milliseconds(500))
                await caller.expectSuccess()
                let record = try await lab.record()
                #expect(record.outcome == .answered)
                #expect(record.details("engine-ready") == ["spare"])
                #expect(record.has("engine-failed"))
                #expect(await lab.system.server.statistics.fallbacks == 0)
                await lab.expectIdle()
            }
        }

        // MARK: In mid-call

        @Test("Reset: the second engine goes on with the conversation, and the caller hears filler until it speaks")
        func reset() async throws {
            let folder = try TemporaryFolder()
            try await EnginePair.run(
                .dropMidCall(after: .milliseconds(2_500)), .slow(firstAudio: .seconds(3)), recording: folder
            ) { service in
                // The second one is slow, and not to be judged for it.
                service.conversation.stallTime = .seconds(30)
                service.conversation.longestWait = .seconds(30)
                service.conversation.slowTurn = nil
            } _: { lab, _ in
                try await FlowPhone.calling(lab) { _ in
                    let speaks = FlowMoment.server("first-audio", after: "engine-ready spare")
                    #expect(await lab.records.journal.reaches(speaks))
                    #expect(await lab.system.server.statistics.enginesChanged == 1)
                }
                let record = try await lab.record()
                #expect(record.outcome == .answered)
                #expect(record.details("engine-ready") == ["local", "spare"])
                #expect(record.has("bye-received"), "the caller keeps the call")
                #expect(record.has("filler"))
                let heard = try Self.heard(in: folder)
                #expect(heard.seconds(of: 330) + heard.seconds(of: 495) > 0.2, "filler")
                #expect(await lab.system.server.statistics.enginesLost == 1)
                await lab.expectIdle()
            }
        }

        @Test("Stall: the second engine speaks")
        func stall() async throws {
            try await EnginePair.run(.mute, .normal) { service in
                service.conversation.stallTime = .seconds(3)
            } _: { lab, _ in
                let record = try await Self.expectChange(lab)
                #expect(record.details("engine-lost") == ["local: stalled"])
                #expect(record.has("filler"))
            }
        }

        @Test("A slow turn: the second engine speaks")
        func slow() async throws {
            try await EnginePair.run(.slow(firstAudio: .seconds(30)), .normal) { service in
                service.conversation.slowTurn = .seconds(3)
                service.conversation.slowTurnLimit = 1
            } _: { lab, _ in
                let record = try await Self.expectChange(lab)
                #expect(record.details("engine-lost") == ["local: slow turns"])
            }
        }

        @Test("Both are lost: the human queue")
        func human() async throws {
            try await EnginePair.run(
                .dropMidCall(after: .milliseconds(300)), .dropMidCall(after: .milliseconds(300))
            ) { _ in
            } _: { lab, _ in
                let pbx = try await lab.pbx("uas-pbx")
                let caller = try lab.caller(
                    "uac-call-engine-lost", pause: .seconds(1), keys: ["pbx": lab.addresses.pbx])
                #expect(await eventually { await lab.system.server.statistics.transfers == 1 })
                #expect(await lab.system.media.status().leasedPairs == 0)
                await caller.expectSuccess()
                await pbx.expectSuccess()
                let record = try await lab.record()
                #expect(record.details("engine-ready") == ["local", "spare"])
                #expect(await lab.system.server.statistics.enginesLost == 2)
                await lab.expectIdle()
            }
        }

        @Test("The caller hangs up before, while and after the engine is changed, and while filler plays")
        func hangsUp() async throws {
            try await EnginePair.run(.dropMidCall(after: .milliseconds(600)), .slow(firstAudio: .seconds(9))) { _ in
            } _: { lab, _ in
                for (index, pause) in [300, 580, 600, 620, 660, 1_500, 4_000].enumerated() {
                    let caller = try lab.caller("uac-call", pause: .milliseconds(pause))
                    await caller.expectSuccess()
                    #expect(try await lab.record(index + 1).outcome == .answered)
                    await lab.expectIdle()
                }
            }
        }

        // MARK: The circuit breaker

        @Test("An engine that is down costs no caller anything; a probe finds it again")
        func probes() async throws {
            try await EnginePair.run(.refuse(status: 503), .normal) { _ in
            } _: { lab, _ in
                for _ in 0..<3 { await (try lab.caller("uac-call")).expectSuccess() }
                #expect(await lab.system.server.status.enginesDown == ["local"])
                await (try lab.caller("uac-call")).expectSuccess()
                #expect(try await lab.record(4).details("engine-down") == ["local"])
                lab.engine.setBehaviour(.normal)
                #expect(await eventually(within: .seconds(30)) { await lab.system.server.status.enginesDown == [] })
                #expect(await lab.system.server.statistics.engineProbes > 0)
                await (try lab.caller("uac-call")).expectSuccess()
                #expect(try await lab.record(5).details("engine-ready") == ["local"])
                await lab.expectIdle()
            }
        }

        // MARK: Silent callers

        @Test("Nobody answers: asked once, then hung up on")
        func noInput() async throws {
            try await EnginePair.run(.normal, .normal) { service in
                service.conversation.silence.time = .seconds(1)
                service.conversation.silence.prompts = 1
                service.conversation.silence.prompt = "say: Are you there?"
            } _: { lab, _ in
                let caller = try lab.caller("uac-call-peer-hangs-up")
                await caller.expectSuccess()
                let bye = try #require(caller.firstReceived("BYE"))
                #expect(bye.fields("Reason").first?.contains("No input") == true)
                let record = try await lab.record()
                #expect(record.details("no-input") == ["prompt 1", "given up after 1 prompts"])
                #expect(record.entries.filter { $0.event == "first-audio" }.count == 2)
                await lab.expectIdle()
            }
        }

        // MARK: Filler

        @Test("The caller speaks while filler plays: it stops, and comes again when there is still no answer")
        func bargeIn() async throws {
            let folder = try TemporaryFolder()
            let file = "\(folder.path)/question.wav"
            let speech = LocalSpeech.synthesize(text: "Can I have my account balance please?", voice: .slt)
            let question = WAVAudio(sampleRate: speech.rate, samples: speech.samples)
            try Data(question.serialized()).write(to: URL(fileURLWithPath: file))
            try await EnginePair.run(.normal, .normal) { service in
                service.greeting = nil
                service.conversation.stallTime = .seconds(30)
                service.conversation.longestWait = .seconds(30)
                service.conversation.slowTurn = nil
            } _: { lab, _ in
                lab.engine.setBehaviour(.mute)
                let pause = "\(folder.path)/pause.wav"
                let silence = WAVAudio(sampleRate: 16_000, samples: Array(repeating: 0, count: 3 * 16_000))
                try Data(silence.serialized()).write(to: URL(fileURLWithPath: pause))
                let report = try await lab.softphoneCall(
                    for: .seconds(11), steps: [file, pause, file].map { .play(file: $0) }
                ) { _ in }
                #expect(report.outcome == .completed)
                let record = try await lab.record()
                #expect(record.entries.filter { $0.event == "filler" }.count == 2)
                #expect(record.details("engine-ready") == ["local"])
                await lab.expectIdle()
            }
        }

        // MARK: Steps

        /// The caller keeps the call, and hears the second engine.
        private static func expectChange(_ lab: TestSystem) async throws -> CallRecord {
            try await FlowPhone.calling(lab) { _ in
                let speaks = FlowMoment.server("first-audio", after: "engine-ready spare")
                #expect(await lab.records.journal.reaches(speaks))
            }
            let record = try await lab.record()
            #expect(record.outcome == .answered)
            #expect(record.details("engine-ready") == ["local", "spare"])
            #expect(record.has("bye-received"))
            #expect(await lab.system.server.statistics.enginesChanged == 1)
            await lab.expectIdle()
            return record
        }

        /// What was said to the only caller.
        private static func heard(in folder: TemporaryFolder) throws -> HeardAudio {
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            let file = try #require(files.first { $0.hasSuffix("-engine.wav") })
            return HeardAudio(path: "\(folder.path)/\(file)")
        }
    }
}
