import Operations
import Testing

@Suite("The API on calls")
struct CallRoutesTests {
    /// Says what it was asked for.
    private struct Echo: CallControl {
        func startCall(_ body: [UInt8], for client: APIClient) async -> APIAnswer {
            APIAnswer(status: 202, json: Array(#""started by \#(client.name)""#.utf8))
        }
        func listCalls(for client: APIClient) async -> APIAnswer {
            APIAnswer(status: 200, json: Array(#""list""#.utf8))
        }
        func trace(of callID: String, for client: APIClient) async -> APIAnswer {
            APIAnswer(status: callID == "a@b" ? 200 : 404, json: Array(#""trace for \#(client.name)""#.utf8))
        }
        func handOver(of callID: String) async -> APIAnswer { APIAnswer(status: 200, json: Array(#""data""#.utf8)) }
        func endCall(_ callID: String) async -> APIAnswer { APIAnswer(status: 204) }
    }

    private static func send(_ line: String, _ authorization: String?, port: Int) async throws -> (Int, String) {
        let header = authorization.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        let text = "\(line) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(header)Content-Length: 0\r\n\r\n"
        let response = try await exchange(text, port: port)
        return (response.status, String(response.body))
    }

    /// Route, and its status without a token, with the reading one and with the writing one (SEC-21).
    static let table: [(String, Int, Int, Int)] = [
        ("GET /api/calls", 401, 200, 200), ("GET /api/calls/a@b", 401, 200, 200),
        ("GET /api/calls/a%40b", 401, 200, 200), ("GET /api/calls/other", 401, 404, 404),
        ("GET /api/calls/a@b/handover", 401, 200, 200), ("POST /api/calls", 401, 403, 202),
        ("DELETE /api/calls/a@b", 401, 403, 204), ("GET /metrics", 401, 200, 200), ("PUT /api/calls", 401, 403, 404),
        ("POST /metrics", 401, 403, 404), ("GET /healthz", 200, 200, 200),
    ]

    @Test("Each route needs the scope that its method has", arguments: table)
    func scopes(line: String, none: Int, read: Int, write: Int) async throws {
        try await withAdminServer(token: "writer", readToken: "reader", calls: Echo()) { port in
            for (token, status) in [(nil, none), ("wrong", none), ("reader", read), ("writer", write)] {
                let answer = try await Self.send(line, token, port: port)
                #expect(answer.0 == status, "\(line) with \(token ?? "no token")")
            }
        }
    }

    @Test("Without any token the API tells, and does nothing")
    func withoutToken() async throws {
        try await withAdminServer(calls: Echo()) { port in
            for (line, status) in [
                ("GET /api/calls", 200), ("POST /api/calls", 403), ("DELETE /api/calls/a@b", 403),
                ("DELETE //api/calls/a@b", 403), ("DELETE /./api//calls/a@b", 403), ("POST /metrics", 403),
            ] {
                let answer = try await Self.send(line, nil, port: port)
                #expect(answer.0 == status, "\(line)")
            }
        }
    }

    @Test("The bearer of the writing token is known by a name")
    func starter() async throws {
        try await withAdminServer(token: "writer", calls: Echo()) { port in
            let answer = try await Self.send("POST /api/calls", "writer", port: port)
            #expect(answer.1 == #""started by admin""#)
        }
    }

    @Test("Who asks is told apart by the token", arguments: [("reader", "reader"), ("writer", "admin")])
    func clients(token: String, name: String) async throws {
        try await withAdminServer(token: "writer", readToken: "reader", calls: Echo()) { port in
            let answer = try await Self.send("GET /api/calls/a@b", token, port: port)
            #expect(answer.1 == #""trace for \#(name)""#)
        }
    }

    @Test("What is asked of the API and what is refused is in the audit log; health and metrics are not")
    func audit() async throws {
        let log = LogLines()
        try await withAdminServer(token: "writer", readToken: "reader", calls: Echo(), logger: log.logger) { port in
            for (line, token) in [
                ("GET /healthz", nil), ("GET /metrics", "reader"), ("GET /metrics", "wrong"),
                ("DELETE //api/calls/a@b", "writer"), ("POST /api/calls", "reader"), ("GET /api/none", "reader"),
            ] {
                _ = try await Self.send(line, token, port: port)
            }
        }
        let lines = log.all.filter { $0.message == "admin request" }.map { line in
            ["client", "peer", "method", "path", "status"].map { line.metadata["admin.\($0)"] ?? "" }
        }
        #expect(
            lines == [
                ["-", "127.0.0.1", "GET", "/metrics", "401"],
                ["admin", "127.0.0.1", "DELETE", "//api/calls/a@b", "204"],
                ["reader", "127.0.0.1", "POST", "/api/calls", "403"],
                ["reader", "127.0.0.1", "GET", "/api/none", "404"],
            ])
        #expect(!log.all.contains { "\($0)".contains("wrong") || "\($0)".contains("writer") })
    }

    @Test("A server without calls has no API")
    func none() async throws {
        try await withAdminServer(token: "writer") { port in
            let answer = try await Self.send("GET /api/calls", "writer", port: port)
            #expect(answer.0 == 404)
        }
    }
}
