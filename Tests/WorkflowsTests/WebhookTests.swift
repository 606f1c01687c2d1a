import Hummingbird
import Testing
import WebPeers
import Workflows

@Suite("Events for an HTTP service")
struct WebhookTests {
    private static let body = Array(#"{"event":"incoming","id":"a-0"}"#.utf8)

    /// Sends one event and gives back what came of it.
    private static func send(
        to server: TestServer,
        keys: [String] = ["new", "old"],
        timeout: Duration = .seconds(30),
        retries: Int = 2,
        within limit: Duration? = nil
    ) async throws -> Result<String, WebhookError> {
        let url = try #require(WebURL("\(server.origin)/calls?v=1"))
        let client = OutboundHTTPClient(rules: OutboundRules(allowedPrivate: [url.origin]))
        let endpoint = WebhookEndpoint(
            url: url,
            signature: WebhookSignature(keys: keys.map { Array($0.utf8) }),
            timeout: timeout,
            retries: retries
        )
        let webhook = WebhookClient(endpoint, client: client) { 1_764_180_000 }
        let result: Result<String, WebhookError>
        do throws(WebhookError) {
            result = .success(
                String(decoding: try await webhook.send(body, identifier: "a-0", within: limit), as: UTF8.self))
        } catch {
            result = .failure(error)
        }
        await client.shutDown()
        return result
    }

    @Test("The signature is HMAC-SHA-256 over time, full stop and body, once for each key")
    func signature() {
        // As `printf '1764180000.{"event":"incoming","id":"a-0"}' | openssl dgst -sha256 -hmac new` has it.
        let signature = WebhookSignature(keys: [Array("new".utf8), Array("old".utf8)])
        #expect(
            signature.value(of: Self.body, at: 1_764_180_000)
                == "t=1764180000,v1=27867434af294d94ba5016f41f4cf13feccbfe887a628f41583f76db8a44b299,"
                + "v1=4ce26c074ef39995504a254b35b17c26ee7678eece612bb1c2065b6846df672a")
    }

    @Test("Body, identifier and signature get there, the answer comes back")
    func request() async throws {
        try await TestServer.run { _, _ in
            TestServer.json(#"[{"action":"answer"}]"#)
        } _: { server in
            #expect(try await Self.send(to: server) == .success(#"[{"action":"answer"}]"#))
            let seen = try #require(server.seen.all.first)
            #expect(seen.method == "POST")
            #expect(seen.target == "/calls?v=1")
            #expect(Array(seen.body.utf8) == Self.body)
            #expect(seen.headers["idempotency-key"] == "a-0")
            #expect(seen.headers["content-type"] == "application/json")
            #expect(seen.headers["sidetone-signature"]?.hasPrefix("t=1764180000,v1=") == true)
        }
    }

    @Test("204 is an empty answer; no other status but 200 is one")
    func statuses() async throws {
        for (status, result) in [
            (HTTPResponse.Status.noContent, Result<String, WebhookError>.success("")),
            (.created, .failure(.refused(201))),
            (.badRequest, .failure(.refused(400))), (.found, .failure(.http(.redirected))),
        ] {
            try await TestServer.run { _, _ in
                Response(status: status)
            } _: { server in
                let found = try await Self.send(to: server)
                #expect(found == result)
                #expect(server.seen.all.count == 1)
            }
        }
    }

    @Test("What may pass is tried again with the same identifier, as often as is allowed", arguments: [0, 1, 2])
    func retries(_ retries: Int) async throws {
        try await TestServer.run { _, count in
            count < 3 ? Response(status: .serviceUnavailable) : TestServer.json("[]")
        } _: { server in
            let result = try await Self.send(to: server, retries: retries)
            #expect(result == (retries == 2 ? .success("[]") : .failure(.refused(503))))
            #expect(server.seen.all.count == retries + 1)
            #expect(Set(server.seen.all.map { $0.headers["idempotency-key"] }) == ["a-0"])
        }
    }

    @Test("What has taken too long is not tried again")
    func timeout() async throws {
        try await TestServer.run { _, _ in
            try await Task.sleep(for: .seconds(600))
            return TestServer.json("[]")
        } _: { server in
            let alone = try await Self.send(to: server, timeout: .milliseconds(100))
            #expect(alone == .failure(.http(.timedOut)))
            let together = try await Self.send(to: server, within: .milliseconds(100))
            #expect(together == .failure(.http(.timedOut)))
            #expect(server.seen.all.count <= 2)
        }
    }

    @Test("An origin that is not on the list is not asked")
    func notAllowed() async throws {
        let url = try #require(WebURL("http://127.0.0.1:9/"))
        let client = OutboundHTTPClient(rules: OutboundRules())
        let endpoint = WebhookEndpoint(url: url, signature: WebhookSignature(keys: []))
        await #expect(throws: WebhookError.http(.originNotAllowed)) {
            try await WebhookClient(endpoint, client: client) { 0 }.send([], identifier: "", within: nil)
        }
        await client.shutDown()
    }

    @Test(
        "What is no URL of the web",
        arguments: [
            "", "https://", "ftp://a/b", "https://a b/", "https://u:p@a/", "https://a/#x", "https://a/\r\nx", "//a/b",
        ])
    func noURL(_ text: String) {
        #expect(WebURL(text) == nil)
    }

    @Test("A URL without a path has the root")
    func root() {
        #expect(WebURL("https://Crm.example")?.description == "https://crm.example/")
        #expect(WebURL("http://[::1]:8080/a?b=c")?.description == "http://[::1]:8080/a?b=c")
    }

    // MARK: Speech

    @Test("A text becomes a request for a WAV file")
    func speech() async throws {
        try await TestServer.run { _, count in
            count == 1 ? TestServer.json("RIFF") : Response(status: .unauthorized)
        } _: { server in
            let url = try #require(WebURL("\(server.origin)/v1/audio/speech"))
            let client = OutboundHTTPClient(rules: OutboundRules(allowedPrivate: [url.origin]))
            let speech = SpeechClient(
                SpeechEndpoint(url: url, model: "tts-1", voice: "alloy", token: "secret"), client: client)
            let bytes = try await speech.speech("Say \"hi\"", voice: nil, language: "en")
            #expect(bytes == Array("RIFF".utf8))
            let seen = try #require(server.seen.all.first)
            #expect(
                seen.body
                    == #"{"model":"tts-1","voice":"alloy","language":"en","input":"Say \"hi\"","response_format":"wav"}"#
            )
            #expect(seen.headers["authorization"] == "Bearer secret")
            let fault = await #expect(throws: WorkflowError.self) {
                try await speech.speech("x", voice: "nova", language: nil)
            }
            #expect(fault?.description == "HTTP 401")
            await client.shutDown()
        }
    }
}
