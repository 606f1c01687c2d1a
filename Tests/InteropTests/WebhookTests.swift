import ApplicationServer
import Codecs
import Foundation
import Hummingbird
import ReferenceAS
import Testing
import VoiceEngine
import WebPeers
import Workflows

extension Interoperation {
    @Suite(
        "Calls that an operator's HTTP service leads",
        .enabled(if: SIPp.isInstalled, "SIPp is not installed (apt-get install sip-tester)")
    )
    struct WebhookTests {
        private static let answer = Operator.Answer.actions(#"[{"action":"answer"}]"#)
        private static let hangUp = Operator.Answer.actions(#"[{"action":"hangup"}]"#)

        /// What a service does wrong.
        static let faults: [Operator.Answer] = [
            .status(500), .silence, .text("<html>"), .text(#"[{"action":"dance"}]"#), .text("[]"),
            .text(#"[{"action":"play","file":"../../etc/passwd"}]"#),
        ]

        // MARK: Whole calls

        @Test("Answer, prompt, keys, transfer: with what the service found out", arguments: SIPp.Transport.allCases)
        func whole(_ transport: SIPp.Transport) async throws {
            try await Operator.run(
                configuring: Operator.Setting { configuration, webhook in
                    webhook.onward.handOver.headers = ["X-Intent": .intent]
                }
            ) { event in
                switch (event.name, event.results("digits").compactMap { $0 }.last) {
                case ("incoming", _):
                    .actions(
                        """
                        [{"action":"ring"},{"action":"answer"},
                         {"action":"collect","max":2,
                          "prompt":[{"action":"play","file":"short.wav"},{"action":"play","tone":"ringback"}]}]
                        """)
                case ("finished", "42"):
                    .actions(
                        #"""
                        [{"action":"set","data":{"intent":"balance\r\nVia: SIP/2.0/UDP 192.0.2.66"}},
                         {"action":"transfer","targets":["queue"],"reason":"wants a person"}]
                        """#)
                default: .status(204)
                }
            } _: { it in
                let target = try await it.lab.pbx("uas-pbx")
                let caller = try it.lab.caller(
                    "uac-keys-then-moved", transport, pause: .milliseconds(300), keys: ["pbx": it.lab.addresses.pbx])
                await caller.expectSuccess()
                await target.expectSuccess()
                #expect(try await it.end().reason == "transferred")
                let events = try it.events
                #expect(events.map(\.name) == ["incoming", "finished", "ended"])
                let incoming = try #require(events.first)
                #expect(incoming.call("caller") == "sip:alice@ims.example")
                #expect(incoming.call("servedUser")?.hasSuffix("@ims.example") == true)
                #expect(incoming.call("sessionCase") == "terminating-registered")
                #expect(incoming.call("service") == "line")
                #expect(events.map { $0.json["sequence"] } == events.indices.map { .number("\($0)") })
                let invite = try #require(target.firstReceived("INVITE"))
                #expect(invite.fields("X-Intent") == ["balance Via: SIP/2.0/UDP 192.0.2.66"])
                #expect(invite.hasPrefix("INVITE sip:queue@"))
                #expect(caller.received.contains { $0.hasPrefix("SIP/2.0 180") })
            }
        }

        @Test("A call is rejected, and routed, as the service wants it")
        func beforeAnswer() async throws {
            try await Operator.run { _ in
                .actions(#"[{"action":"reject","status":486}]"#)
            } _: { it in
                let caller = try it.lab.caller("uac-call-expect-486")
                await caller.expectSuccess()
                #expect(try await it.end().reason == "rejected")
            }
            try await Operator.run { _ in
                .actions(#"[{"action":"route","target":"queue"}]"#)
            } _: { it in
                let pbx = try await it.lab.pbx("uas-pbx")
                let caller = try it.lab.caller("uac-call-expect-fallback")
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try await it.end().reason == "routed")
            }
        }

        @Test("The caller gives up before the answer, while the service thinks")
        func cancelled() async throws {
            try await Operator.run { _ in
                .silence
            } _: { it in
                let caller = try it.lab.caller("uac-cancel-before-ringing", pause: .milliseconds(100))
                await caller.expectSuccess()
                #expect(try await it.end().reason == "cancelled")
                #expect(try await it.lab.record().outcome == .cancelled)
            }
        }

        // MARK: The caller leaves

        static let unfinished = [
            #"[{"action":"answer"}]"#,
            #"[{"action":"answer"},{"action":"collect","max":20,"firstDigitMs":60000}]"#,
            #"[{"action":"answer"},{"action":"play","tone":"ringback","timeMs":60000}]"#,
            #"[{"action":"answer"},{"action":"pause","timeMs":60000}]"#,
        ]

        @Test("The caller hangs up: in a request, in a collection, in a prompt, in a pause", arguments: unfinished)
        func callerLeaves(_ list: String) async throws {
            try await Operator.run { event in
                event.name == "incoming" ? .actions(list) : .silence
            } _: { it in
                let caller = try it.lab.caller("uac-call", pause: .milliseconds(400))
                await caller.expectSuccess()
                #expect(try await it.end().reason == "caller-hung-up")
            }
        }

        @Test("The caller is gone without a word: the call ends")
        func inactive() async throws {
            try await Operator.run(
                configuring: Operator.Setting { configuration, _ in
                    configuration.media.inactivity = .seconds(1)
                }
            ) { _ in
                .actions(#"[{"action":"answer"},{"action":"pause","timeMs":60000}]"#)
            } _: { it in
                let caller = try it.lab.caller("uac-call-peer-hangs-up")
                await caller.expectSuccess()
                #expect(try await it.end().reason == "hung-up")
                let bye = try #require(caller.firstReceived("BYE"))
                #expect(bye.fields("Reason") == ["SIP;cause=408;text=\"No media\""])
            }
        }

        // MARK: Faults

        @Test("The service fails before the answer: the PBX takes the call", arguments: faults)
        func failsFirst(_ fault: Operator.Answer) async throws {
            try await Operator.run(
                configuring: Operator.Setting { configuration, _ in
                    if fault.isSilence { configuration.fallback["pbx"]?.engineTimeout = .milliseconds(700) }
                }
            ) { _ in
                fault
            } _: { it in
                let pbx = try await it.lab.pbx("uas-pbx", pause: .milliseconds(50))
                let caller = try it.lab.caller("uac-call-expect-fallback")
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try await it.end().reason == "fallback")
                #expect(try await it.lab.record().has("abandoned"))
            }
        }

        @Test("The service fails after the answer: the caller goes to a person", arguments: faults)
        func failsLater(_ fault: Operator.Answer) async throws {
            try await Operator.run(
                configuring: Operator.Setting { _, webhook in
                    webhook.announcement = webhook.files.map { "\($0)/short.wav" }
                    if fault.isSilence { webhook.timeout = .seconds(3) }
                }
            ) { event in
                event.name == "incoming" ? Self.answer : fault
            } _: { it in
                let pbx = try await it.lab.pbx("uas-pbx", pause: .milliseconds(50))
                let caller = try it.lab.caller("uac-call-engine-lost", keys: ["pbx": it.lab.addresses.pbx])
                await caller.expectSuccess()
                await pbx.expectSuccess()
                #expect(try await it.end().reason == "transferred")
                #expect(try await it.lab.record().has("abandoned"))
            }
        }

        @Test(
            "Nobody is there for a call whose service fails: it ends",
            arguments: [Operator.Answer.status(500), .silence])
        func failsAlone(_ fault: Operator.Answer) async throws {
            try await Operator.run(
                configuring: Operator.Setting { configuration, webhook in
                    configuration.fallback["pbx"]?.mode = .reject
                    configuration.fallback["pbx"]?.uri = nil
                    if fault.isSilence { webhook.timeout = .seconds(3) }
                }
            ) { event in
                event.name == "incoming" ? Self.answer : fault
            } _: { it in
                let caller = try it.lab.caller("uac-call-peer-hangs-up")
                await caller.expectSuccess()
                #expect(try await it.end().reason == "hung-up")
                let bye = try #require(caller.firstReceived("BYE"))
                #expect(bye.fields("Reason") == ["SIP;cause=503;text=\"Service failed\""])
            }
        }

        static let slowAfter = [
            (#"[{"action":"answer"}]"#, "answer"),
            (#"[{"action":"answer"},{"action":"play","file":"absent.wav"}]"#, "answer play"),
        ]

        @Test("The service takes its time: the caller hears filler, and then what it says", arguments: slowAfter)
        func slow(_ list: String, _ names: String) async throws {
            try await Operator.run(
                configuring: Operator.Setting { _, webhook in
                    webhook.filler.pause = .milliseconds(200)
                }
            ) { event in
                event.name == "incoming" ? .actions(list) : .slow(.milliseconds(1_500), #"[{"action":"hangup"}]"#)
            } _: { it in
                let caller = try it.lab.caller("uac-call-peer-hangs-up")
                await caller.expectSuccess()
                #expect(try await it.end().reason == "hung-up")
                let record = try await it.lab.record()
                #expect(record.has("filler"))
                #expect(record.details("actions") == ["incoming: \(names)", "finished: hangup"])
            }
        }

        // MARK: Transfers that come to nothing

        static let targets = [
            (#"["queue"]"#, "busy"), (#"["sip:+900@192.0.2.66"]"#, "target-not-allowed"),
            (#"["nobody"]"#, "unknown-target"),
            (#"["queue","sip:evil@192.0.2.66\r\nVia: x"]"#, "unknown-target"),
        ]

        @Test(
            "The target is busy, or the policy does not permit it: the service is told and has the call",
            arguments: targets)
        func transferFails(_ targets: String, _ reason: String) async throws {
            try await Operator.run { event in
                switch event.name {
                case "incoming":
                    .actions(#"[{"action":"answer"},{"action":"transfer","targets":\#(targets)}]"#)
                default: Self.hangUp
                }
            } _: { it in
                let pbx = reason == "busy" ? try await it.lab.pbx("uas-pbx-busy") : nil
                let caller = try it.lab.caller("uac-call-peer-hangs-up")
                await caller.expectSuccess()
                await pbx?.expectSuccess()
                #expect(try await it.end().reason == "hung-up")
                let failed = try #require(try it.events.first { $0.name == "transfer-failed" })
                #expect(failed.reason == reason)
                #expect(failed.results("outcome") == ["done", "failed"])
            }
        }

        @Test("The target is busy: those of transfer.next are tried, and the service is not asked")
        func transferGoesOn() async throws {
            let nextPort = Addresses.pbxPort + 10
            try await Operator.run(
                configuring: Operator.Setting { _, webhook in
                    let queue = webhook.onward.transferTargets["queue"] ?? ""
                    webhook.onward.transferTargets["desk"] = queue.replacing(
                        ":\(Addresses.pbxPort)", with: ":\(nextPort)")
                    webhook.onward.transfer.next = ["desk"]
                }
            ) { _ in
                .actions(#"[{"action":"answer"},{"action":"transfer","targets":["queue"]}]"#)
            } _: { it in
                let busy = try await it.lab.pbx("uas-pbx-busy")
                let desk = try await it.lab.pbx("uas-pbx", port: nextPort)
                let caller = try it.lab.caller("uac-call-engine-lost", keys: ["pbx": it.lab.addresses.pbx])
                await caller.expectSuccess()
                await busy.expectSuccess()
                await desk.expectSuccess()
                #expect(try await it.end().reason == "transferred")
                #expect(try it.events.map(\.name) == ["incoming", "ended"])
            }
        }

        // MARK: Speech

        @Test("A text is rendered once and said; one that cannot be is told of", arguments: [200, 500])
        func speech(_ status: Int) async throws {
            let tone = WAVAudio(sampleRate: 24_000, samples: [Int16](repeating: 900, count: 2_400)).serialized()
            try await TestServer.run { _, _ in
                Response(status: .init(code: status), body: ResponseBody(byteBuffer: .init(bytes: tone)))
            } _: { voice in
                let origin = try voice.origin
                try await Operator.run(
                    configuring: Operator.Setting { configuration, _ in
                        configuration.http.allowPrivate.append(origin)
                        configuration.speech.url = WebURL("\(origin)/v1/audio/speech")
                    }
                ) { event in
                    event.name == "incoming"
                        ? .actions(
                            #"[{"action":"answer"},{"action":"say","text":"Grüezi \"<&>","voice":"nova","repeat":2}]"#)
                        : Self.hangUp
                } _: { it in
                    let caller = try it.lab.caller("uac-call-peer-hangs-up")
                    await caller.expectSuccess()
                    _ = try await it.end()
                    let finished = try #require(try it.events.first { $0.name == "finished" })
                    let expected = status == 200 ? ["done"] : ["failed"]
                    #expect(Array(finished.results("outcome").suffix(1)) == expected)
                    #expect(voice.seen.all.count == 1)
                    let request = try JSONValue(parsing: try #require(voice.seen.all.first).body)
                    #expect(request["input"]?.text == "Grüezi \"<&>")
                    #expect(request["voice"]?.text == "nova")
                }
            }
        }

        @Test("The local engine is a voice: what it renders is heard")
        func localVoice() async throws {
            let recording = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: recording, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: recording) }
            let folder = recording.path
            try await Operator.run(
                configuring: Operator.Setting { configuration, _ in
                    let engine = configuration.engines[0].url.replacing("ws://", with: "http://")
                    configuration.speech.url = WebURL(engine.replacing("/v1/realtime", with: "/v1/audio/speech"))
                    configuration.speech.timeout = .seconds(60)
                    configuration.http.allowPrivate += [configuration.speech.url?.origin].compactMap { $0 }
                    configuration.media.recordingDirectory = folder
                }
            ) { event in
                event.name == "incoming"
                    ? .actions(
                        #"""
                        [{"action":"answer"},{"action":"record"},{"action":"say","text":"Your balance is two hundred euros."}]
                        """#)
                    : Self.hangUp
            } _: { it in
                let caller = try it.lab.caller("uac-call-peer-hangs-up")
                await caller.expectSuccess()
                _ = try await it.end()
                let finished = try #require(try it.events.first { $0.name == "finished" })
                #expect(finished.results("outcome") == ["done", "done", "done"])
                let files = try FileManager.default.contentsOfDirectory(atPath: folder)
                let sent = try #require(files.first { $0.hasSuffix("-engine.wav") })
                #expect(HeardAudio(path: "\(folder)/\(sent)").seconds(above: -40) > 1)
            }
        }
    }
}
