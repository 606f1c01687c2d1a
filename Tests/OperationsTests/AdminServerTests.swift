import Operations
import Testing

@Suite("Admin server, over a socket")
struct AdminServerTests {
    @Test("/healthz and /readyz")
    func healthy() async throws {
        try await withAdminServer { port in
            let health = try await get("/healthz", port: port)
            #expect(health.status == 200)
            #expect(health.body == #"{"reasons":[],"status":"live"}"#)
            #expect(health.header("content-type") == "application/json")
            let ready = try await get("/readyz", port: port)
            #expect(ready.status == 200)
            #expect(ready.body == #"{"reasons":[],"status":"ready"}"#)
        }
    }

    @Test("A process that wants no calls says why, and is still alive")
    func notReady() async throws {
        let health = FixedHealth(reasons: [.draining, .engineDown("local")])
        try await withAdminServer(health: health) { port in
            let health = try await get("/healthz", port: port)
            #expect(health.status == 200)
            let ready = try await get("/readyz", port: port)
            #expect(ready.status == 503)
            #expect(
                ready.body
                    == #"{"reasons":[{"code":"draining","message":"shutting down, calls are being finished"},"#
                    + #"{"code":"engine-down","message":"engine local cannot be reached"}],"status":"not ready"}"#
            )
        }
    }

    @Test("A process that does not work says so")
    func dead() async throws {
        try await withAdminServer(health: FixedHealth(live: false)) { port in
            let response = try await get("/healthz", port: port)
            #expect(response.status == 503)
        }
    }

    @Test("/metrics is Prometheus text")
    func metrics() async throws {
        let metrics = MetricsRegistry()
        metrics.counter("calls_total", help: "Calls.").increment(by: 3)
        try await withAdminServer(metrics: metrics) { port in
            let response = try await get("/metrics", port: port)
            #expect(response.status == 200)
            #expect(response.header("content-type") == "text/plain; version=0.0.4; charset=utf-8")
            #expect(response.body == "# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total 3\n")
        }
    }

    @Test(
        "With a token set, everything but health needs it",
        arguments: [
            ("/metrics", "", 401), ("/metrics", "Authorization: Bearer wrong\r\n", 401),
            ("/metrics", "Authorization: Bearer secre\r\n", 401),
            ("/metrics", "Authorization: Bearer secrets\r\n", 401),
            ("/metrics", "Authorization: secret\r\n", 401), ("/metrics", "Authorization: Bearer secret\r\n", 200),
            ("/nothing", "", 401), ("/healthz", "", 200), ("/readyz", "", 200), ("/healthz/../metrics", "", 401),
            ("/healthz/metrics", "", 401),
        ]
    )
    func token(path: String, header: String, status: Int) async throws {
        try await withAdminServer(token: "secret") { port in
            let response = try await get(path, headers: header, port: port)
            #expect(response.status == status)
            #expect((response.header("www-authenticate") == "Bearer") == (status == 401))
        }
    }

    @Test(
        "What does not exist is 404, and nothing of the request comes back", arguments: ["/canary", "/metrics/canary"])
    func noEcho(path: String) async throws {
        try await withAdminServer { port in
            let response = try await get("\(path)?canary=1", headers: "X-Canary: canary\r\n", port: port)
            #expect(response.status == 404)
            #expect(!response.text.lowercased().contains("canary"))
        }
    }

    @Test(
        "Other methods change nothing without a token, and find nothing with one", arguments: ["POST", "PUT", "DELETE"])
    func methods(method: String) async throws {
        for (token, status) in [(nil, 403), ("secret", 404)] {
            try await withAdminServer(token: token) { port in
                let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
                let request =
                    "\(method) /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(authorization)"
                    + "Content-Length: 0\r\n\r\n"
                let response = try await exchange(request, port: port)
                #expect(response.status == status)
            }
        }
    }

    @Test(
        "A body beyond 1 MiB, or of unknown length, is refused unread",
        arguments: ["Content-Length: 1048577", "Content-Length: 99999999999999999999", "Transfer-Encoding: chunked"]
    )
    func longBody(header: String) async throws {
        try await withAdminServer { port in
            let request = "POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(header)\r\n\r\n"
            let status = try await exchange(request, port: port).status
            #expect(status == 413 || status == 400)
        }
    }

    @Test("More than 100 header fields, or 16 KiB of them, are refused")
    func longHeaders() async throws {
        try await withAdminServer { port in
            let many = String(repeating: "X: y\r\n", count: 101)
            let manyFields = try await get("/healthz", headers: many, port: port)
            #expect(manyFields.status != 200)
            let some = String(repeating: "X: y\r\n", count: 90)
            let fewerFields = try await get("/healthz", headers: some, port: port)
            #expect(fewerFields.status == 200)
            let long = (0..<20).map { "X\($0): \(String(repeating: "y", count: 1_000))\r\n" }.joined()
            let longFields = try await get("/healthz", headers: long, port: port)
            #expect(longFields.status != 200)
        }
    }
}
