import SIP
import Testing

@Suite("Proxy: what a caller asks for by Request-Disposition (RFC 3841 §9.1)")
struct ForkingWishesTests {
    private func bench(
        _ groups: [[String]],
        _ wishes: String,
        redirections: Int = 0
    ) throws -> ProxyBench {
        var configuration = Lab.configuration
        configuration.redirectionLimit = redirections
        return try ProxyBench(
            groups, of: Lab.message("INVITE", uri: "sip:bob@example.com", "Request-Disposition: \(wishes)"),
            configuration: configuration)
    }

    @Test("no-fork: the best target only, and its answer is the answer")
    func noFork() throws {
        var bench = try bench([["a@x", "b@x"], ["c@x"]], "proxy, no-fork")
        #expect(bench.start() == ["forward 0"])
        #expect(bench.forwards.map(\.request.requestURI) == ["sip:a@x"])
        #expect(try bench.receive(486, on: 0) == ["relay 486", "terminated"])
    }

    @Test("no-fork: of targets with different preferences the one that is preferred")
    func best() throws {
        let targets = try [("a", 300), ("b", 900), ("c", 900)].map { try Lab.target("sip:\($0.0)@x", q: $0.1) }
        var context = ProxyContext(
            request: try Lab.admit(Lab.message("INVITE", uri: "sip:bob@example.com", "Request-Disposition: no-fork")),
            targets: ProxyTargetSet(groups: [targets]), seed: "s", configuration: Lab.configuration, loops: Lab.loops)
        var out: [ProxyContext.Output] = []
        context.start(at: .zero, into: &out)
        let sent = out.compactMap { if case .forward(_, let forward) = $0 { forward.request.requestURI } else { nil } }
        #expect(sent == ["sip:b@x"])
    }

    @Test("sequential: one after another where the proxy would have them ring together")
    func sequential() throws {
        var bench = try bench([["a@x", "b@x"], ["c@x"]], "Sequential")
        #expect(bench.start() == ["forward 0"])
        #expect(try bench.receive(486, on: 0) == ["forward 1"])
        #expect(try bench.receive(486, on: 1) == ["forward 2"])
    }

    @Test("no-recurse: the contacts of a redirection go to the caller")
    func noRecurse() throws {
        let moved = try Lab.response(302, (.contact, "<sip:d@x>"))
        var plain = try bench([["a@x"]], "recurse", redirections: 4)
        _ = plain.start()
        #expect(plain.receive(moved, on: 0) == ["forward 1"])
        var asked = try bench([["a@x"]], "no-recurse", redirections: 4)
        _ = asked.start()
        #expect(asked.receive(moved, on: 0) == ["relay 302", "terminated"])
    }

    @Test("no-cancel: who has not answered rings on; the caller's own CANCEL still ends all")
    func noCancel() throws {
        var bench = try bench([["a@x", "b@x"], ["c@x"]], "no-cancel")
        _ = bench.start()
        #expect(try bench.receive(200, on: 0) == ["relay 200"])
        #expect(try bench.receive(200, on: 1) == ["relay 200", "terminated"])
        bench = try self.bench([["a@x", "b@x"]], "no-cancel")
        _ = bench.start()
        #expect(bench.cancel() == ["cancel 0", "cancel 1"])
    }

    @Test("no-cancel: what rings on behind the answer ends with timer C, however often it says that it rings")
    func noCancelForEver() throws {
        var bench = try bench([["a@x", "b@x"]], "no-cancel")
        _ = bench.start()
        #expect(try bench.receive(200, on: 0) == ["relay 200"])
        for _ in 0..<3 {
            #expect(bench.wait(.seconds(60)) == [])
            #expect(try bench.receive(180, on: 1) == [])
        }
        #expect(bench.wait(.seconds(21)) == ["cancel 1"])
        #expect(try bench.receive(487, on: 1) == ["terminated"])
    }

    @Test("fork, parallel, cancel, queue and what is no token ask for nothing else than what is done anyway")
    func ordinary() throws {
        for wishes in ["fork, parallel, cancel, recurse", "queue", "no-forks", "\"no-fork\"", ";;"] {
            var bench = try bench([["a@x", "b@x"]], wishes)
            #expect(bench.start() == ["forward 0", "forward 1"], "\(wishes)")
            #expect(try bench.receive(200, on: 0) == ["relay 200", "cancel 1"], "\(wishes)")
        }
    }
}
