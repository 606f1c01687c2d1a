#if LocalEngine
    import Foundation
    import IMS
    import LocalEngine
    import Logging
    import NIOCore
    import ReferenceAS
    import SIP

    /// The parties of the demonstration and its two calls.
    struct Demo {
        private let printer = DemoPrinter()
        private let engine: LocalEngineServer
        private let system: ReferenceSystem
        private let pbx: Softphone
        private let caller: Softphone
        private let criteria: DemoCriteria
        private let network: DemoNetwork
        private let output: String

        private static let domain = "ims.example"

        init(profile: String, servingCSCF: String?, output: String, group: any EventLoopGroup) async throws {
            let logger = Output.logger("sidetone.demo", level: .warning)
            self.output = output
            criteria = try DemoCriteria(file: profile)
            engine = LocalEngineServer(
                configuration: LocalEngineConfiguration(host: "127.0.0.1", port: 0),
                group: group,
                logger: logger
            )
            let enginePort = try await engine.start()

            let greeting = "\(output)/pbx-greeting.wav"
            let words = "This is the switchboard. A person will be with you in a moment."
            try FileManager.default.moveItem(
                atPath: SpokenFiles.make([words])[0],
                toPath: Self.cleared(greeting)
            )
            let printer = printer
            pbx = try Softphone(
                configuration: Softphone.Configuration(
                    mediaPorts: 17_000...17_999,
                    answering: Softphone.AnsweringPlan(greeting: greeting) { invite in
                        let identity = invite.headers.first(.pAssertedIdentity) ?? "nobody"
                        printer.line("PBX", "INVITE answered with 200; asserted caller \(identity)")
                    }
                ),
                group: group,
                logger: logger
            )
            try await pbx.start()
            let pbxAddress = await pbx.localAddress.map(\.description) ?? ""

            var configuration = ASConfiguration.defaults
            configuration.engines[0].url = "ws://127.0.0.1:\(enginePort)/v1/realtime"
            configuration.fallback["pbx"]?.uri = "sip:\(pbxAddress)"
            configuration.services[0].assistant.onward.transferTargets = ["queue": "sip:queue@\(pbxAddress)"]
            configuration.media.recordingDirectory = output
            system = try ReferenceSystem(
                configuration: configuration, group: group, observers: [printer], logger: logger)
            caller = try Softphone(
                configuration: Softphone.Configuration(mediaPorts: 18_000...18_999),
                group: group,
                logger: logger
            )
            try await system.start()
            try await caller.start()
            network = try DemoNetwork(servingCSCF: servingCSCF, domain: Self.domain)
        }

        private static func cleared(_ path: String) -> String {
            try? FileManager.default.removeItem(atPath: path)
            return path
        }

        /// - Returns: Whether both calls went as they should.
        func run() async -> Bool {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await system.run() }
                group.addTask { await pbx.answerCalls() }
                group.addTask { await caller.answerCalls() }
                var succeeded = false
                do {
                    try await network.register("bob", with: caller, application: applicationServer)
                    let first = try await conversation()
                    let second = try await refusal()
                    succeeded = first && second
                } catch {
                    Output.note("sidetone: \(error)")
                }
                await caller.stop()
                await pbx.stop()
                await system.shutDown(within: .zero)
                await engine.stop()
                return succeeded
            }
        }

        private var applicationServer: Hop { Hop(transport: .udp, host: "127.0.0.1", port: 5_060) }

        private func leasedPorts() async -> Int { await system.media.status().leasedPairs * 2 }

        // MARK: Calls

        private func conversation() async throws -> Bool {
            Output.line("Call 1: the engine answers, understands, and hands the caller to a person")
            engine.setBehaviour(.normal)
            let before = await leasedPorts()
            let report = try await place(
                1,
                saying: ["what is my balance", "what are your opening hours", "a person please", "thank you, goodbye"],
                linger: .milliseconds(500)
            ) { event in
                let moment: String
                switch event {
                case "200 OK":
                    moment = "during the conversation"
                case _ where event.hasPrefix("play") && printer.isTransferred:
                    moment = "while caller and person talk"
                default:
                    return
                }
                printer.line("AS", "RTP and RTCP ports leased \(moment): \(await leasedPorts())")
            }
            let delays = await printer.record()?.turnDelays ?? []
            let after = await leasedPorts()
            Output.line("  RTP and RTCP ports leased before \(before), after \(after)")
            if let delay = delays.first, let first = report.firstAudioMs {
                Output.line("  first audio \(first) ms after the 200; of these the AS added \(Int(delay.rounded())) ms")
            }
            return report.outcome == .completed && before == after && !delays.isEmpty
        }

        private func refusal() async throws -> Bool {
            Output.line("")
            Output.line("Call 2: the engine answers 503, the legacy PBX takes the call")
            engine.setBehaviour(.refuse(status: 503))
            let before = await leasedPorts()
            let report = try await place(2, saying: [], linger: .seconds(5))
            guard let decision = await printer.record()?.decisionMilliseconds else {
                Output.line("  the server decided nothing")
                return false
            }
            let after = await leasedPorts()
            Output.line("  the PBX's status: \(report.status ?? 0); the decision took \(Int(decision.rounded(.up))) ms")
            Output.line("  RTP and RTCP ports leased before \(before), after \(after)")
            return report.status == 200 && decision < 1_500 && before == after
        }

        private func place(
            _ number: Int,
            saying phrases: [String],
            linger: Duration,
            onEvent: @escaping @Sendable (String) async -> Void = { _ in }
        ) async throws -> SoftphoneReport {
            var plan = SoftphoneCallPlan(target: "sip:bob@\(Self.domain)", from: "sip:alice@\(Self.domain)")
            plan.headers.append(.pAssertedIdentity, "<sip:alice@\(Self.domain)>")
            plan.headers.append(.pChargingVector, "icid-value=demo-\(number);orig-ioi=\(Self.domain)")
            plan.steps = try SpokenFiles.make(phrases).map { .play(file: $0) }
            plan.takesTurns = true
            plan.linger = linger
            plan.recordReceived = "\(output)/call-\(number)-caller-heard.wav"
            plan.recordSent = "\(output)/call-\(number)-caller-said.wav"
            printer.begin()
            for line in criteria.explain(callee: "sip:bob@\(Self.domain)") { printer.line("S-CSCF", line) }
            network.route(&plan, to: applicationServer)
            let printer = printer
            return try await caller.call(plan) { event in
                printer.line("caller", event.event)
                await onEvent(event.event)
            }
        }
    }
#endif
