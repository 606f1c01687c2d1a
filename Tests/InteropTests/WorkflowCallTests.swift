import ApplicationServer
import Codecs
import Foundation
import LocalEngine
import Logging
import Operations
import ReferenceAS
import Testing
import Workflows

/// A bank's computer: `GET /api/calls/{account}` is the balance.
private struct Bank: CallControl, HealthSource {
    var delay = Duration.zero
    var status = 200

    func trace(of account: String, for client: APIClient) async -> APIAnswer {
        try? await Task.sleep(for: delay)
        return APIAnswer(status: status, json: Array(#"{"account":{"id":"\#(account)","amount":"42 euros"}}"#.utf8))
    }
    func startCall(_ body: [UInt8], for client: APIClient) async -> APIAnswer { APIAnswer(status: 500) }
    func listCalls(for client: APIClient) async -> APIAnswer { APIAnswer(status: 500) }
    func handOver(of callID: String) async -> APIAnswer { APIAnswer(status: 500) }
    func endCall(_ callID: String) async -> APIAnswer { APIAnswer(status: 500) }
    func reasonsNotReady() async -> [NotReadyReason] { [] }

    /// Serves for as long as `body` runs.
    func serve(_ body: @escaping @Sendable (_ port: Int) async throws -> Void) async throws {
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "bank")
        logger.logLevel = .critical
        let server = AdminServer(
            configuration: AdminServer.Configuration(port: 0),
            metrics: MetricsRegistry(),
            health: self,
            logger: logger,
            calls: self,
            onListening: { continuation.yield($0) }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            var iterator = ports.makeAsyncIterator()
            let listening = await iterator.next()
            let port = try #require(listening)
            defer { group.cancelAll() }
            try await body(port)
        }
    }
}

extension Interoperation {
    @Suite("Functions of the engine in a call")
    struct WorkflowCallTests {
        private static let dialogue = """
            greeting: Hello.
            reprompts: [Pardon?]
            giveUp: Goodbye.
            actionFailed: That did not work.
            intents:
              - name: balance
                phrases: ["what is my balance"]
                reply: One moment.
                action: { tool: balance, arguments: { account: "1234" }, result: "You have {amount}." }
            """

        /// A call in which the caller asks for the balance.
        private static func ask(_ bank: Bank, timeout: Duration = .seconds(30)) async throws -> CallRecord {
            let dialogue = try Dialogue(parsing: Self.dialogue)
            let speech = LocalSpeech.synthesize(text: "what is my balance", voice: .rms)
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).wav")
            try Data(WAVAudio(sampleRate: speech.rate, samples: speech.samples).serialized()).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            let kept = RecordKeeper()
            try await bank.serve { port in
                let change = Change { configuration, _ in
                    var workflow = WorkflowDefinition()
                    workflow.description = "Tells the balance."
                    workflow.parameters =
                        #"{"type":"object","properties":{"account":{"type":"string"}},"required":["account"]}"#
                    workflow.url = "http://127.0.0.1:\(port)/api/calls/{account}"
                    workflow.result = "account"
                    workflow.timeout = timeout
                    workflow.onFailure = "The bank's computer is down."
                    configuration.workflows = ["balance": workflow]
                    configuration.http.allowPrivate = [WebOrigin("http://127.0.0.1:\(port)")].compactMap { $0 }
                    configuration.services[0].assistant.workflows = ["balance"]
                }
                try await TestSystem.run(dialogue: dialogue, configure: change) { lab in
                    let report = try await lab.softphoneCall(
                        for: .seconds(18), steps: [.play(file: file.path)], takesTurns: true
                    ) { _ in }
                    #expect(report.status == 200)
                    kept.callEnded(try await lab.record())
                    await lab.expectIdle()
                }
            }
            return try #require(kept.all.first)
        }

        @Test("The result is said to the caller")
        func result() async throws {
            let record = try await Self.ask(Bank(delay: .milliseconds(500)))
            #expect(record.tools.map(\.name) == ["balance"])
            #expect(record.tools.map(\.outcome) == ["succeeded"])
            #expect(record.entries.contains { $0.event == "engine-said" && $0.detail.contains("You have 42 euros.") })
        }

        @Test("A function that takes four seconds is bridged by filler, and its result is said")
        func filler() async throws {
            let record = try await Self.ask(Bank(delay: .seconds(4)))
            #expect(record.tools.map(\.outcome) == ["succeeded"])
            #expect(record.entries.contains { $0.event == "engine-said" && $0.detail.contains("You have 42 euros.") })
            let called = try #require(record.entries.firstIndex { $0.event == "engine-called" })
            let done = try #require(record.entries.firstIndex { $0.event == "tool" })
            let filler = record.entries.indices.filter { record.entries[$0].event == "filler" }
            #expect(filler.contains { (called..<done).contains($0) })
        }

        @Test("A failure becomes words")
        func failure() async throws {
            let record = try await Self.ask(Bank(status: 404))
            #expect(record.tools.map(\.outcome) == ["refused"])
            #expect(record.entries.contains { $0.event == "engine-said" && $0.detail.contains("computer is down") })
        }

        @Test("What still runs when the caller hangs up is given up")
        func hangUp() async throws {
            let record = try await Self.ask(Bank(delay: .seconds(600)), timeout: .seconds(60))
            #expect(record.tools.map(\.outcome).allSatisfy { $0 == "cancelled" })
            #expect(record.has("engine-called"))
        }
    }
}
