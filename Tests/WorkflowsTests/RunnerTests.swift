import Hummingbird
import Testing
import WebPeers
import Workflows

@Suite("A function call becomes an HTTP request")
struct RunnerTests {
    static let schema =
        #"{"type":"object","properties":{"account":{"type":"string"},"limit":{"type":"integer"}},"required":["account"]}"#
    static let call = WorkflowCall(caller: "sip:+49301234@ims.example", id: "abc@host", service: "bank")

    static func workflow(
        _ server: TestServer,
        _ method: Workflow.Method = .get,
        path: String = "/accounts/{account}/balance",
        change: (inout Workflow) throws -> Void = { _ in }
    ) throws -> Workflow {
        var workflow = try Workflow(
            name: "balance",
            description: "Tells the balance.",
            parameters: ArgumentSchema(parsing: schema),
            method: method,
            url: URLTemplate(parsing: server.origin.description + path)
        )
        workflow.onFailure = "The bank's computer does not answer."
        try change(&workflow)
        return workflow
    }

    /// Runs one function against the server and gives back the client.
    static func run(
        _ workflow: Workflow,
        on server: TestServer,
        _ arguments: String = #"{"account":"12"}"#,
        isPrivate: Bool = true,
        limits: WorkflowLimits = WorkflowLimits(),
        resolver: any AddressResolver = SystemAddressResolver()
    ) async throws -> WorkflowResult {
        let origin = workflow.url.origin
        let rules = OutboundRules(allowed: isPrivate ? [] : [origin], allowedPrivate: isPrivate ? [origin] : [])
        let client = OutboundHTTPClient(rules: rules, resolver: resolver)
        let runner = WorkflowRunner(workflows: [workflow], client: client, limits: limits)
        let result = await runner.run("balance", arguments: arguments, for: call)
        #expect(runner.runningCount == 0)
        await client.shutDown()
        return result
    }

    static func expect(
        _ outcome: WorkflowResult.Outcome,
        _ workflow: Workflow,
        on server: TestServer,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let result = try await run(workflow, on: server)
        #expect(result.outcome == outcome, sourceLocation: sourceLocation)
    }

    @Test("URL, query, headers, secret and caller get there; the wanted part comes back")
    func request() async throws {
        try await TestServer.run { _, _ in
            TestServer.json(#"{"data":[{"amount":12.50,"currency":"EUR"}]}"#)
        } _: { server in
            let workflow = try Self.workflow(server) { workflow in
                workflow.query = [
                    ("caller", try Template(parsing: "{call.caller}")), ("limit", try Template(parsing: "{limit}")),
                ]
                workflow.headers = [("X-Call", try Template(parsing: "{call.id}"))]
                workflow.secretHeaders = [("Authorization", "Bearer s3cret")]
                workflow.result = ResultPath("data[0]")
            }
            let result = try await Self.run(workflow, on: server)
            #expect(result.outcome == .succeeded)
            #expect(result.output == #"{"amount":12.50,"currency":"EUR"}"#)
            let seen = try #require(server.seen.all.first)
            #expect(seen.method == "GET")
            #expect(seen.target == "/accounts/12/balance?caller=sip%3A%2B49301234%40ims.example")
            #expect(seen.headers["x-call"] == "abc@host")
            #expect(seen.headers["authorization"] == "Bearer s3cret")
        }
    }

    @Test("A body is filled with the arguments, their types kept")
    func body() async throws {
        try await TestServer.run { _, _ in
            TestServer.json(#""done""#)
        } _: { server in
            let workflow = try Self.workflow(server, .post, path: "/transfers") { workflow in
                workflow.body = try BodyTemplate(
                    parsing: #"{"to":"{account}","limit":"{limit}","note":"for {call.id}","none":"{other}"}"#)
            }
            let result = try await Self.run(workflow, on: server, #"{"account":"a\"b","limit":7}"#)
            #expect(result.output == #"{"result":"done"}"#)
            let seen = try #require(server.seen.all.first)
            #expect(seen.body == #"{"to":"a\"b","limit":7,"note":"for abc@host"}"#)
            #expect(seen.headers["content-type"] == "application/json")
        }
    }

    @Test(
        "Arguments that do not fit never leave",
        arguments: [
            #"{}"#, #"{"account":7}"#, #"[1]"#, #"{"account":"1","limit":"many"}"#, #"{"account":"1""#,
            #"{"account":".."}"#, #"{"account":"a/b"}"#, #"{"account":""}"#, #"{"account":"a\r\nX: y"}"#,
            #"{"account":"a\\b"}"#, #"{"account":"1","account":"2"}"#,
        ]
    )
    func hostile(arguments: String) async throws {
        try await TestServer.run { _, _ in
            TestServer.json("{}")
        } _: { server in
            let result = try await Self.run(try Self.workflow(server), on: server, arguments)
            #expect(result.outcome == .invalidArguments)
            #expect(server.seen.all.isEmpty)
        }
    }

    @Test("Neither host nor path nor query can be changed by an argument")
    func encoded() async throws {
        try await TestServer.run { _, _ in
            TestServer.json("{}")
        } _: { server in
            let workflow = try Self.workflow(server)
            _ = try await Self.run(workflow, on: server, ##"{"account":"x@evil.example?a=b&c#d%2F"}"##)
            #expect(server.seen.all.map(\.target) == ["/accounts/x%40evil.example%3Fa%3Db%26c%23d%252F/balance"])
        }
    }

    @Test("An argument puts no second line into a header")
    func header() async throws {
        try await TestServer.run { _, _ in
            TestServer.json("{}")
        } _: { server in
            let workflow = try Self.workflow(server, path: "/") { workflow in
                workflow.headers = [("X-Account", try Template(parsing: "{account}"))]
            }
            let result = try await Self.run(workflow, on: server, #"{"account":"1\r\nX-Admin: yes"}"#)
            #expect(result.outcome == .invalidArguments)
            #expect(server.seen.all.isEmpty)
        }
    }

    @Test("A failure that may pass is tried again")
    func retry() async throws {
        try await TestServer.run { _, count in
            count < 3 ? TestServer.json("{}", .internalServerError) : TestServer.json(#"{"amount":1}"#)
        } _: { server in
            let result = try await Self.run(try Self.workflow(server) { $0.retries = 2 }, on: server)
            #expect(result.outcome == .succeeded)
            #expect(result.attempts == 3)
        }
    }

    @Test("What may have been done is not done again")
    func unsafeMethod() async throws {
        try await TestServer.run { _, _ in
            TestServer.json("{}", .serviceUnavailable)
        } _: { server in
            let result = try await Self.run(try Self.workflow(server, .post) { $0.retries = 2 }, on: server)
            #expect(result.outcome == .unreachable)
            #expect(result.output.contains("The bank's computer does not answer."))
            #expect(server.seen.all.count == 1)
            let again = try await Self.run(
                try Self.workflow(server, .post) {
                    $0.retries = 1
                    $0.retriesUnsafeMethods = true
                }, on: server)
            #expect(again.attempts == 2)
        }
    }

    @Test("A server that is too slow is given up")
    func slow() async throws {
        try await TestServer.run { _, _ in
            try await Task.sleep(for: .seconds(60))
            return TestServer.json("{}")
        } _: { server in
            let workflow = try Self.workflow(server) { $0.timeout = .milliseconds(200) }
            try await Self.expect(.timedOut, workflow, on: server)
        }
    }

    @Test("A body that never ends is given up as well")
    func slowBody() async throws {
        try await TestServer.run { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "{"))
                    try await Task.sleep(for: .seconds(60))
                    try await writer.finish(nil)
                }
            )
        } _: { server in
            let workflow = try Self.workflow(server) { $0.timeout = .milliseconds(300) }
            try await Self.expect(.timedOut, workflow, on: server)
        }
    }

    @Test("More than a mebibyte is not taken")
    func tooLarge() async throws {
        try await TestServer.run { _, _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(repeating: 0x20, count: 1_100_000)))
        } _: { server in
            try await Self.expect(.tooLarge, try Self.workflow(server), on: server)
        }
    }

    @Test("A result too long for the engine is not given to it")
    func tooLong() async throws {
        try await TestServer.run { _, _ in
            TestServer.json("\"" + String(repeating: "x", count: 20_000) + "\"")
        } _: { server in
            try await Self.expect(.tooLarge, try Self.workflow(server), on: server)
        }
    }

    @Test("A redirection is not followed, to whatever host")
    func redirected() async throws {
        try await TestServer.run { seen, _ in
            Response(status: .found, headers: [.location: "/elsewhere"])
        } _: { server in
            let result = try await Self.run(try Self.workflow(server), on: server)
            #expect(result.outcome == .notAllowed)
            #expect(server.seen.all.count == 1)
        }
    }

    @Test("A status of refusal and a missing part are words, not results")
    func refused() async throws {
        try await TestServer.run { _, count in
            count == 1 ? TestServer.json(#"{"amount":1}"#, .notFound) : TestServer.json(#"{"amount":1}"#)
        } _: { server in
            try await Self.expect(.refused, try Self.workflow(server), on: server)
            let workflow = try Self.workflow(server) { $0.result = ResultPath("$.other") }
            try await Self.expect(.noResult, workflow, on: server)
        }
    }

    @Test("Only so many run in one call")
    func busy() async throws {
        try await TestServer.run { _, _ in
            TestServer.json("{}")
        } _: { server in
            let limits = WorkflowLimits(total: 8, perCall: 0)
            let result = try await Self.run(try Self.workflow(server), on: server, limits: limits)
            #expect(result.outcome == .busy)
            #expect(server.seen.all.isEmpty)
        }
    }

    @Test("A run ends with its task")
    func cancelled() async throws {
        try await TestServer.run { _, _ in
            try await Task.sleep(for: .seconds(60))
            return TestServer.json("{}")
        } _: { server in
            let workflow = try Self.workflow(server) { $0.timeout = .seconds(50) }
            let task = Task { try await Self.run(workflow, on: server) }
            while server.seen.all.isEmpty { await Task.yield() }
            task.cancel()
            let result = try await task.value
            #expect(result.outcome == .cancelled)
        }
    }
}
