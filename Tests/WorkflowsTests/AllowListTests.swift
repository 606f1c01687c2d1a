import Hummingbird
import Testing
import VoiceEngine
import WebPeers
import Workflows

@Suite("What may be asked for over HTTP")
struct AllowListTests {
    @Test(
        "What an address reaches",
        arguments: [
            ("8.8.8.8", AddressPolicy.Reach.global), ("127.0.0.1", .local), ("10.1.2.3", .local),
            ("172.31.0.1", .local), ("172.32.0.1", .global), ("192.168.0.1", .local), ("100.64.0.1", .local),
            ("169.254.169.254", .forbidden), ("0.0.0.0", .forbidden), ("224.0.0.1", .forbidden),
            ("255.255.255.255", .forbidden), ("::1", .local), ("::", .forbidden), ("fe80::1", .forbidden),
            ("fc00::1", .local), ("fd00:ec2::254", .forbidden), ("::ffff:127.0.0.1", .local),
            ("::ffff:169.254.169.254", .forbidden), ("64:ff9b::a9fe:a9fe", .forbidden), ("2002:7f00:1::", .local),
            ("2606:4700::1", .global), ("ff02::1", .forbidden), ("no address", .forbidden),
        ]
    )
    func reach(address: String, expected: AddressPolicy.Reach) {
        #expect(AddressPolicy.reach(of: address) == expected)
    }

    @Test("A public name that leads to a private address is not asked")
    func rebinding() async throws {
        try await TestServer.run { _, _ in
            TestServer.json("{}")
        } _: { server in
            for address in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"] {
                let resolver = FixedResolver(names: ["crm.example": ["93.184.216.34", address]])
                let workflow = try Workflow(
                    name: "balance",
                    description: "",
                    url: URLTemplate(parsing: "http://crm.example:\(server.port)/")
                )
                let result = try await RunnerTests.run(
                    workflow, on: server, "{}", isPrivate: false, resolver: resolver)
                #expect(result.outcome == .notAllowed)
            }
            #expect(server.seen.all.isEmpty)
        }
    }

    @Test("A name is asked at the address that was judged, under its own name")
    func pinned() async throws {
        try await TestServer.run { _, _ in
            TestServer.json("{}")
        } _: { server in
            let resolver = FixedResolver(names: ["crm.example": ["127.0.0.1"]])
            let workflow = try Workflow(
                name: "balance",
                description: "",
                url: URLTemplate(parsing: "http://crm.example:\(server.port)/x")
            )
            let result = try await RunnerTests.run(workflow, on: server, "{}", resolver: resolver)
            #expect(result.outcome == .succeeded)
            #expect(server.seen.all.map(\.target) == ["/x"])
        }
    }

    @Test("The metadata service of a cloud is never asked, whatever is allowed")
    func metadata() async throws {
        let origin = try #require(WebOrigin("http://169.254.169.254"))
        let client = OutboundHTTPClient(rules: OutboundRules(allowed: [origin], allowedPrivate: [origin]))
        await #expect(throws: OutboundHTTPError.addressNotAllowed("169.254.169.254")) {
            try await client.send(
                .init(method: "GET", origin: origin, url: "http://169.254.169.254/"), within: .seconds(5))
        }
        await client.shutDown()
    }

    @Test("An origin that is not on the list is not asked")
    func notListed() async throws {
        let origin = try #require(WebOrigin("https://other.example"))
        let client = OutboundHTTPClient(rules: OutboundRules())
        await #expect(throws: OutboundHTTPError.originNotAllowed) {
            try await client.send(
                .init(method: "GET", origin: origin, url: "https://other.example/"), within: .seconds(5))
        }
        await client.shutDown()
    }

    @Test(
        "What is no fixed origin",
        arguments: [
            "ftp://a", "http://", "http://a b", "http://u@a", "http://a/b", "http://a:0", "http://a:99999",
            "http://{x}", "http://[::1", "//a", "http://a#b",
        ]
    )
    func noOrigin(text: String) {
        #expect(WebOrigin(text) == nil)
    }

    @Test("Templates with bad places are refused", arguments: ["{", "a}", "{a b}", "{call.password}", "{}"])
    func badTemplate(text: String) {
        #expect(throws: WorkflowError.self) { try Template(parsing: text) }
    }

    @Test(
        "A path into a result",
        arguments: [
            ("$", #"{"a":[1,{"x y":true}]}"#), ("a[0]", "1"), ("$.a[1][\"x y\"]", "true"), ("$['a'][0]", "1"),
        ])
    func path(path: String, expected: String) throws {
        let value = try JSONValue(parsing: #"{"a":[1,{"x y":true}]}"#)
        let part = ResultPath(path)?.part(of: value)
        #expect(part.map { String(decoding: $0.bytes, as: UTF8.self) } == expected)
    }

    @Test("What is no path", arguments: ["a..b", "a[", "a[x]", "a[-1]", "$x", "a['b"])
    func noPath(text: String) {
        #expect(ResultPath(text) == nil)
    }
}
