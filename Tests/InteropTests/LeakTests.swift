import ApplicationServer
import Foundation
import LocalEngine
import Media
import NIOPosix
import ReferenceAS
import SIP
import Testing

extension Interoperation {
    /// After many calls a server holds what it held before them: no port, socket, task, leg, dialog or transaction
    /// more.
    @Suite("Nothing is left after many calls")
    struct LeakTests {
        static let callsInARow = 200
        static let callsAtOnce = 20

        @Test("The engine answers")
        func answered() async throws {
            try await Self.run(engine: .normal) { lab in
                let counters = await lab.system.server.statistics
                #expect(counters.callsAnswered == counters.callsReceived)
                #expect(counters.fallbacks == 0)
            }
        }

        @Test("The engine answers 503, the PBX takes the calls")
        func fallback() async throws {
            try await Self.run(engine: .refuse(status: 503)) { lab in
                let counters = await lab.system.server.statistics
                #expect(counters.callsRouted == counters.callsReceived)
                #expect(counters.fallbacks == counters.callsReceived)
            }
        }

        @Test("The engine dies in mid-call, the PBX takes the calls over")
        func engineLost() async throws {
            try await Self.run(engine: .dropMidCall(after: .milliseconds(30)), duration: .milliseconds(150)) { lab in
                let counters = await lab.system.server.statistics
                #expect(counters.enginesLost > 0)
                #expect(counters.transfers > 0)
                #expect(counters.transfers + counters.transfersFailed <= counters.enginesLost)
                // Some callers hang up while they are being moved; nothing else goes wrong.
                let failures = lab.records.all.flatMap(\.entries).filter { $0.event == "transfer-failed" }
                #expect(Set(failures.map(\.detail)).subtracting(["callerGone"]).isEmpty)
            }
        }

        @Test("The engine and the PBX are silent, the callers give up")
        func givenUp() async throws {
            try await Self.run(engine: .refuse(status: 503), pbxAnswers: false) { lab in
                let counters = await lab.system.server.statistics
                #expect(counters.callsCancelled == counters.callsReceived)
            }
        }

        @Test("Three agents take the calls of a queue")
        func queue() async throws {
            let queue: (Addresses) -> ServiceSettings = { addresses in
                var settings = QueueDefinition()
                settings.queue.agents = ["ann", "bob", "eve"]
                settings.queue.pause = .milliseconds(100)
                for agent in settings.queue.agents {
                    settings.onward.transferTargets[agent] = "sip:\(agent)@\(addresses.pbx):\(Addresses.pbxPort)"
                }
                return .queue(settings)
            }
            try await Self.run(service: queue, duration: .milliseconds(150)) { lab in
                let counters = await lab.system.server.statistics
                #expect(counters.callsAnswered == counters.callsReceived)
                #expect(counters.transfers > 0)
                let failures = lab.records.all.flatMap(\.entries).filter { $0.event == "transfer-failed" }
                #expect(Set(failures.map(\.detail)).subtracting(["callerGone"]).isEmpty)
            }
        }

        // MARK: Steps

        private static func run(
            engine behaviour: LocalEngineBehaviour = .normal,
            service settings: ((Addresses) -> ServiceSettings)? = nil,
            duration: Duration = .milliseconds(50),
            pbxAnswers: Bool = true,
            _ verify: (TestSystem) async throws -> Void
        ) async throws {
            try await TestSystem.run(
                engine: behaviour,
                configure: Change { configuration, addresses in
                    if let settings { configuration.services[0].settings = settings(addresses) }
                    configuration.sip.timers.t1 = .milliseconds(50)
                    configuration.sip.timers.t2 = .milliseconds(200)
                    configuration.sip.timers.t4 = .milliseconds(200)
                    // Twenty calls at once on a busy machine: how long the engine's handshakes take is not the matter.
                    configuration.fallback["pbx"]?.engineTimeout = .seconds(60)
                }
            ) { lab in
                let caller = try Self.phone(lab.addresses.caller, port: Addresses.sipPort)
                let pbx = try Self.phone(lab.addresses.pbx, port: Addresses.pbxPort)
                try await caller.start()
                try await pbx.start()
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    if pbxAnswers { tasks.addTask { await pbx.answerCalls() } }
                    let expectation: SoftphoneReport.Outcome = pbxAnswers ? .completed : .rejected
                    let plan = Self.plan(lab, duration: pbxAnswers ? duration : nil)
                    let result: Result<Void, any Error>
                    do {
                        try await Self.place(callsInARow, by: caller, plan, expectation, against: lab)
                        try await verify(lab)
                        result = .success(())
                    } catch {
                        result = .failure(error)
                    }
                    await caller.stop()
                    await pbx.stop()
                    tasks.cancelAll()
                    try result.get()
                }
            }
        }

        private static func place(
            _ count: Int,
            by caller: Softphone,
            _ plan: SoftphoneCallPlan,
            _ expectation: SoftphoneReport.Outcome,
            against lab: TestSystem
        ) async throws {
            // What opens once and stays is open after this.
            for _ in 0..<5 { _ = try await caller.call(plan) }
            let before = try await settled(lab)
            let descriptors = KernelSockets.descriptorCount

            var outcomes: [SoftphoneReport.Outcome: Int] = [:]
            for _ in 0..<count { outcomes[try await caller.call(plan).outcome, default: 0] += 1 }
            try await withThrowingTaskGroup(of: SoftphoneReport.Outcome.self) { calls in
                for _ in 0..<callsAtOnce { calls.addTask { try await caller.call(plan).outcome } }
                for try await outcome in calls { outcomes[outcome, default: 0] += 1 }
            }
            #expect(outcomes == [expectation: count + callsAtOnce])

            let after = try await settled(lab)
            #expect(after == before)
            // Other tests of this process open and close theirs meanwhile, and a telephone waits 32 s for an ACK.
            #expect(await eventually(within: .seconds(60)) { KernelSockets.descriptorCount <= descriptors })
        }

        private static func phone(_ address: String, port: Int) throws -> Softphone {
            try Softphone(
                configuration: Softphone.Configuration(
                    address: address,
                    port: UInt16(port),
                    answering: Softphone.AnsweringPlan()
                ),
                group: MultiThreadedEventLoopGroup.singleton,
                logger: TestSystem.logger
            )
        }

        private static func plan(_ lab: TestSystem, duration: Duration?) -> SoftphoneCallPlan {
            var plan = SoftphoneCallPlan(target: "sip:bob@ims.example", from: "sip:alice@ims.example")
            plan.hop = Hop(transport: .udp, host: lab.addresses.server, port: UInt16(Addresses.sipPort))
            plan.headers.append(.route, "<\(lab.uri);lr>, <sip:odi-1@\(lab.addresses.caller);lr>")
            plan.headers.append(.pServedUser, "<sip:bob@ims.example>;sescase=term;regstate=reg")
            plan.duration = duration
            plan.answerTime = duration == nil ? .milliseconds(60) : .seconds(20)
            return plan
        }

        /// Waits until every transaction is over, which takes 64 times T1 and more, and no socket is open but SIP over UDP
        /// and TCP and the engine's listener.
        private static func settled(_ lab: TestSystem) async throws -> Holdings {
            var holdings = await lab.holdings()
            let isSettled = await eventually {
                holdings = await lab.holdings()
                return holdings.isLike(holdings, withTransactions: true) && holdings.sockets.count == 3
            }
            try #require(isSettled, "still there: \(holdings)")
            return holdings
        }
    }
}
