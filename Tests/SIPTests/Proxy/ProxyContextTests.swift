import SIP
import Testing
import Timing

@Suite("Proxy: the response context (RFC 3261 §16.7 to §16.10)")
struct ProxyContextTests {
    @Test("One target: 100 stays, 180 and 200 go up, the end comes once")
    func single() throws {
        var bench = try ProxyBench([["a@x"]])
        #expect(bench.start() == ["forward 0"])
        #expect(try bench.receive(100, on: 0) == [])
        #expect(try bench.receive(180, on: 0) == ["relay 180"])
        #expect(try bench.receive(200, on: 0) == ["relay 200", "terminated"])
        #expect(try bench.receive(200, on: 0) == [])
        #expect(ProxyContext.relaysAfterEnd(.ok, to: .invite))
        #expect(!ProxyContext.relaysAfterEnd(.busyHere, to: .invite))
        #expect(!ProxyContext.relaysAfterEnd(.ok, to: .message))
    }

    @Test("A 2xx cancels the other branches; a second 2xx goes up too, their 487 does not")
    func forkAnswered() throws {
        var bench = try ProxyBench([["a@x", "b@x", "c@x"]])
        #expect(bench.start() == ["forward 0", "forward 1", "forward 2"])
        #expect(Set(bench.forwards.map(\.viaBranch)).count == 3)
        #expect(try bench.receive(180, on: 1) == ["relay 180"])
        #expect(try bench.receive(200, on: 0) == ["relay 200", "cancel 1", "cancel 2"])
        #expect(try bench.receive(180, on: 2) == [])
        #expect(try bench.receive(200, on: 1) == ["relay 200"])
        #expect(try bench.receive(200, on: 0) == ["relay 200"])
        #expect(try bench.receive(487, on: 2) == ["terminated"])
    }

    @Test("A 6xx cancels the rest, goes up when they have ended, and starts no further target")
    func globalFailure() throws {
        var bench = try ProxyBench([["a@x", "b@x"], ["c@x"]])
        _ = bench.start()
        #expect(try bench.receive(486, on: 0) == [])
        #expect(try bench.receive(603, on: 1) == ["relay 603", "terminated"])
        bench = try ProxyBench([["a@x", "b@x"]])
        _ = bench.start()
        #expect(try bench.receive(603, on: 0) == ["cancel 1"])
        #expect(try bench.receive(180, on: 1) == [])
        #expect(try bench.receive(487, on: 1) == ["relay 603", "terminated"])
    }

    @Test("A 2xx that crosses the CANCEL after a 6xx goes up, and the 6xx does not")
    func answerAfterGlobalFailure() throws {
        var bench = try ProxyBench([["a@x", "b@x"]])
        _ = bench.start()
        _ = try bench.receive(600, on: 0)
        #expect(try bench.receive(200, on: 1) == ["relay 200", "terminated"])
    }

    @Test("Serial: the next group when all of one have failed; the best of all is relayed")
    func serial() throws {
        var bench = try ProxyBench([["a@x", "b@x"], ["c@x"], ["d@x"]])
        #expect(bench.start() == ["forward 0", "forward 1"])
        #expect(try bench.receive(404, on: 0) == [])
        #expect(bench.fail(.timeout, on: 1) == ["forward 2"])
        #expect(bench.fail(.transport, on: 2) == ["forward 3"])
        #expect(try bench.receive(486, on: 3) == ["relay 404", "terminated"])
    }

    @Test(
        "Step 6: lowest class, 6xx before all, within 4xx what helps to try again; 503 alone becomes 500",
        arguments: [
            ([486, 302], "relay 302"), ([500, 486], "relay 486"), ([486, 407, 404], "relay 407"),
            ([480, 484], "relay 484"), ([408, 480], "relay 480"), ([503], "respond 500"), ([503, 504], "relay 504"),
            ([503, 404], "relay 404"), ([302, 600, 404], "relay 600"), ([404, 486], "relay 404"),
            ([501, 500], "relay 501"), ([487, 486], "relay 486"),
        ]
    )
    func bestResponse(statuses: [Int], expected: String) throws {
        var bench = try ProxyBench([statuses.indices.map { "t\($0)@x" }])
        _ = bench.start()
        var last: [String] = []
        for (index, status) in statuses.enumerated() { last = try bench.receive(status, on: index) }
        if statuses.contains(600) {
            #expect(try bench.receive(487, on: 2).first ?? last.first == expected)
        } else {
            #expect(last == [expected, "terminated"])
        }
    }

    @Test("The challenges of all 401 and 407 go up together (step 7)")
    func challenges() throws {
        var bench = try ProxyBench([["a@x", "b@x", "c@x"]])
        _ = bench.start()
        _ = bench.receive(try Lab.response(401, ("WWW-Authenticate", "Digest realm=\"a\"")), on: 0)
        _ = bench.receive(try Lab.response(404, ("WWW-Authenticate", "Digest realm=\"no\"")), on: 1)
        let best = bench.relayed(
            try Lab.response(
                407, ("Proxy-Authenticate", "Digest realm=\"b\""), ("Proxy-Authenticate", "Digest realm=\"c\"")),
            on: 2
        )
        #expect(best?.status == .unauthorized)
        #expect(best?.headers.all("WWW-Authenticate") == ["Digest realm=\"a\""])
        #expect(best?.headers.all("Proxy-Authenticate") == ["Digest realm=\"b\"", "Digest realm=\"c\""])
    }

    @Test("CANCEL: every branch is cancelled, no target follows, 487 goes up")
    func cancel() throws {
        var bench = try ProxyBench([["a@x", "b@x"], ["c@x"]])
        _ = bench.start()
        _ = try bench.receive(180, on: 0)
        #expect(try bench.receive(486, on: 1) == [])
        #expect(bench.cancel() == ["cancel 0"])
        #expect(bench.cancel() == [])
        #expect(try bench.receive(487, on: 0) == ["relay 487", "terminated"])
        bench = try ProxyBench([["a@x"]])
        _ = bench.start()
        #expect(bench.cancel() == ["cancel 0"])
        #expect(bench.fail(.timeout, on: 0) == ["respond 487", "terminated"])
    }

    @Test("CANCEL after the 2xx does nothing; a 2xx that crosses it goes up")
    func cancelRaces() throws {
        var bench = try ProxyBench([["a@x", "b@x"]])
        _ = bench.start()
        _ = try bench.receive(200, on: 0)
        #expect(bench.cancel() == [])
        bench = try ProxyBench([["a@x"]])
        _ = bench.start()
        _ = bench.cancel()
        #expect(try bench.receive(200, on: 0) == ["relay 200", "terminated"])
    }

    @Test("Timer C is set anew by 101 to 199, not by 100; then CANCEL, and the 487 counts as 408 (§16.8)")
    func timerC() throws {
        var bench = try ProxyBench([["a@x"], ["b@x"]])
        _ = bench.start()
        #expect(bench.wait(.seconds(150)) == [])
        _ = try bench.receive(100, on: 0)
        #expect(bench.context.nextTimeout == .zero + .seconds(200))
        _ = try bench.receive(180, on: 0)
        #expect(bench.wait(.seconds(100)) == [])
        #expect(bench.context.nextTimeout == .zero + .seconds(350))
        #expect(bench.wait(.seconds(100)) == ["cancel 0"])
        #expect(bench.context.nextTimeout == nil)
        #expect(try bench.receive(487, on: 0) == ["forward 1"])
        #expect(bench.wait(.seconds(200)) == ["cancel 1", "respond 408", "terminated"])
    }

    @Test("A contact of a 3xx is tried once and no more than the limit; the rest goes up")
    func redirection() throws {
        var configuration = Lab.configuration
        configuration.redirectionLimit = 2
        var bench = try ProxyBench([["a@x"]], configuration: configuration)
        _ = bench.start()
        let moved = try Lab.response(
            302, (.contact, "<sip:a@x>, <sip:b@x>;q=0.5"), (.contact, "<sip:c@x>;q=0.9"),
            (.contact, "<mailto:a@x>, <sip:d@x>"))
        #expect(bench.receive(moved, on: 0) == ["forward 1"])
        #expect(bench.forwards.last?.request.requestURI == "sip:c@x")
        #expect(try bench.receive(486, on: 1) == ["forward 2"])
        #expect(bench.forwards.last?.request.requestURI == "sip:b@x")
        let best = bench.relayed(moved, on: 2)
        #expect(best?.status == .movedTemporarily)
        #expect(best?.headers.all(.contact) == ["<sip:a@x>", "<mailto:a@x>", "<sip:d@x>"])
    }

    @Test("No recursion from sips to sip, none without a limit")
    func redirectionRefused() throws {
        var bench = try ProxyBench([["a@x"]])
        _ = bench.start()
        #expect(
            bench.receive(try Lab.response(302, (.contact, "<sip:b@x>")), on: 0) == ["relay 302", "terminated"])
        var configuration = Lab.configuration
        configuration.redirectionLimit = 5
        bench = try ProxyBench([["a@x"]], of: Lab.message(uri: "sips:a@x"), configuration: configuration)
        _ = bench.start()
        #expect(
            bench.receive(try Lab.response(302, (.contact, "<sip:b@x>")), on: 0) == ["relay 302", "terminated"])
    }

    @Test("Breadth is shared out; what has none waits until a branch ends (RFC 5393 §5.3.3)")
    func breadth() throws {
        var bench = try ProxyBench([["a@x", "b@x", "c@x"]], of: Lab.message("INVITE", "Max-Breadth: 7"))
        _ = bench.start()
        #expect(bench.forwards.map { $0.request.headers.first("Max-Breadth") } == ["3", "2", "2"])
        bench = try ProxyBench([["a@x", "b@x", "c@x"]], of: Lab.message("INVITE", "Max-Breadth: 2"))
        #expect(bench.start() == ["forward 0", "forward 1"])
        #expect(try bench.receive(486, on: 1) == ["forward 2"])
        #expect(bench.forwards.map { $0.request.headers.first("Max-Breadth") } == ["1", "1", "1"])
    }

    @Test("Non-INVITE: no 1xx and no 408 go up, no CANCEL goes out (RFC 4320 §4)")
    func nonInvite() throws {
        var bench = try ProxyBench([["a@x", "b@x"]], of: Lab.message("MESSAGE"))
        _ = bench.start()
        #expect(bench.context.nextTimeout == nil)
        #expect(try bench.receive(182, on: 0) == [])
        #expect(bench.cancel() == [])
        #expect(try bench.receive(200, on: 0) == ["relay 200"])
        #expect(try bench.receive(200, on: 1) == ["terminated"])
        bench = try ProxyBench([["a@x"]], of: Lab.message("MESSAGE"))
        _ = bench.start()
        #expect(bench.fail(.timeout, on: 0) == ["terminated"])
    }

    @Test("No target is 480; a target that cannot be reached counts as its response")
    func noTarget() throws {
        var bench = try ProxyBench([])
        #expect(bench.start() == ["respond 480", "terminated"])
        bench = try ProxyBench([["a@x;transport=sctp"], ["b@x"]])
        #expect(bench.start() == ["forward 1"])
        bench = try ProxyBench([["a@x", "a@x"]])
        #expect(bench.start() == ["forward 0"])
    }
}
