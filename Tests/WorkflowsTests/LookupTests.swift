import Testing
import VoiceEngine
import WebPeers
import Workflows

/// Answers when it is told to.
private actor SlowResolver: AddressResolver {
    private(set) var questions = 0
    private var isSilent: Bool
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(isSilent: Bool) {
        self.isSilent = isSilent
    }

    func addresses(of host: String) async throws -> [String] {
        questions += 1
        if isSilent { await withCheckedContinuation { waiters.append($0) } }
        return ["127.0.0.1"]
    }

    func fallSilent() { isSilent = true }

    func answer() {
        isSilent = false
        for waiter in waiters { waiter.resume() }
        waiters = []
    }
}

/// Holds requests until so many are there.
private actor Barrier {
    private var missing: Int
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) {
        missing = count
    }

    func arrive() async {
        missing -= 1
        guard missing > 0 else {
            for waiter in waiters { waiter.resume() }
            waiters = []
            return
        }
        await withCheckedContinuation { waiters.append($0) }
    }

    /// Lets go of those who wait, and of whoever comes later.
    func open() {
        missing = 0
        for waiter in waiters { waiter.resume() }
        waiters = []
    }
}

@Suite("Names and connections of who is asked over HTTP", .timeLimit(.minutes(1)))
struct LookupTests {
    /// - Parameter pinTime: How long an address is used without asking again.
    private static func withClient(
        _ resolver: SlowResolver,
        pinTime: Duration = .seconds(60),
        barrier: Barrier? = nil,
        _ body: @escaping @Sendable (_ send: @escaping @Sendable (Duration) async throws -> Int) async throws -> Void
    ) async throws {
        try await TestServer.run { _, _ in
            await barrier?.arrive()
            return TestServer.json("{}")
        } _: { server in
            let origin = try #require(WebOrigin("http://crm.example:\(server.port)"))
            var rules = OutboundRules(allowedPrivate: [origin])
            rules.pinTime = pinTime
            let client = OutboundHTTPClient(rules: rules, resolver: resolver)
            let result: Result<Void, any Error>
            do {
                try await body { limit in
                    try await client.send(.init(method: "GET", origin: origin, url: "\(origin)/"), within: limit).status
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            // A server does not stop before it has answered.
            await barrier?.open()
            await resolver.answer()
            await client.shutDown()
            try result.get()
        }
    }

    @Test("A name server that is silent holds up nobody beyond the time limit")
    func silent() async throws {
        let resolver = SlowResolver(isSilent: true)
        try await Self.withClient(resolver) { send in
            await #expect(throws: OutboundHTTPError.timedOut) { try await send(.milliseconds(50)) }
            let task = Task { try await send(.seconds(600)) }
            task.cancel()
            await #expect(throws: OutboundHTTPError.cancelled) { try await task.value }
        }
    }

    @Test("Who asks for the same at a time asks once")
    func shared() async throws {
        let resolver = SlowResolver(isSilent: true)
        try await Self.withClient(resolver) { send in
            async let first = send(.seconds(60))
            async let second = send(.seconds(60))
            while await resolver.questions == 0, !Task.isCancelled { await Task.yield() }
            await resolver.answer()
            let statuses = try await [first, second]
            #expect(statuses == [200, 200])
            #expect(await resolver.questions == 1)
        }
    }

    @Test("An address goes on being used while it is looked up anew")
    func stale() async throws {
        let resolver = SlowResolver(isSilent: false)
        try await Self.withClient(resolver, pinTime: .zero) { send in
            let known = try await send(.seconds(60))
            await resolver.fallSilent()
            let stale = try await send(.seconds(60))
            #expect([known, stale] == [200, 200])
            while await resolver.questions < 2, !Task.isCancelled { await Task.yield() }
            #expect(await resolver.questions == 2)
        }
    }

    @Test("A server that is slow for some keeps no others waiting")
    func parallel() async throws {
        try await Self.withClient(SlowResolver(isSilent: false), barrier: Barrier(24)) { send in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<24 { group.addTask { try await send(.seconds(30)) } }
                for try await status in group { #expect(status == 200) }
            }
        }
    }
}
