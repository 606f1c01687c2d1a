import LocalEngine
import Logging
import Operations
import ReferenceAS
import Testing
import Workflows

/// A bank's computer: `GET /api/calls/{account}` is the balance.
struct Bank: CallControl, HealthSource {
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

    // MARK: The call

    /// What the engine says to a caller who asks for the balance.
    static func dialogue() throws -> Dialogue {
        try Dialogue(
            parsing: """
                greeting: Hello.
                reprompts: [Pardon?]
                giveUp: Goodbye.
                actionFailed: That did not work.
                intents:
                  - name: balance
                    phrases: ["what is my balance"]
                    reply: One moment.
                    action: { tool: balance, arguments: { account: "1234" }, result: "You have {amount}." }
                """)
    }

    /// Lets the engine of the first service ask for the balance.
    func offer(in configuration: inout ASConfiguration, at port: Int, timeout: Duration) {
        var workflow = WorkflowDefinition()
        workflow.description = "Tells the balance."
        workflow.parameters = #"{"type":"object","properties":{"account":{"type":"string"}},"required":["account"]}"#
        workflow.url = "http://127.0.0.1:\(port)/api/calls/{account}"
        workflow.result = "account"
        workflow.timeout = timeout
        workflow.onFailure = "The bank's computer is down."
        configuration.workflows = ["balance": workflow]
        configuration.http.allowPrivate = [WebOrigin("http://127.0.0.1:\(port)")].compactMap { $0 }
        configuration.services[0].assistant.workflows = ["balance"]
    }
}
