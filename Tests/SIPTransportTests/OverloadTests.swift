import RawPeers
import SIP
import Testing
import Timing

@testable import SIPTransport

@Suite("Overload, through the stack")
struct OverloadTests {
    /// No latency is below this target: the stack counts as overloaded as soon as it has seen some messages.
    private static var overloaded: Change {
        Change {
            $0.overload = OverloadControl.Targets(latency: .nanoseconds(1), processor: 0.000_001)
        }
    }

    @Test(
        "New calls are refused with 503 and Retry-After, without a transaction; OPTIONS and priority calls are served",
        arguments: [TransportKind.udp, .tcp])
    func refused(_ transport: TransportKind) async throws {
        try await TestStack.run(configure: Self.overloaded) { test in
            let peer = try await Self.connect(test, transport)
            let sequence = await Self.flood(test, from: peer, transport)
            let waits = peer.text.split(separator: "\r\n").filter { $0.hasPrefix("Retry-After: ") }
            #expect(!waits.isEmpty)
            #expect(waits.allSatisfy { (1...10).contains(Int($0.dropFirst("Retry-After: ".count)) ?? 0) })
            let priority = Self.invite(test, transport, "priority", extra: "Resource-Priority: wps.0\r\n")
            #expect(
                await eventually {
                    try? await peer.send(priority)
                    return test.user.requests.contains { $0.headers.first(.callID)?.hasPrefix("priority") == true }
                })
            #expect(await Self.areAnswered(sequence, test, peer, transport), "every OPTIONS is answered")
            let shed = await test.stack.statistics.shedOverload
            #expect(shed > 0)
            if transport.isReliable {
                // Nothing is lost there: each call has been let in or has had its 503.
                let sent = Set(stride(from: 20, through: sequence, by: 20).map { "a\($0)" })
                let letIn = Self.calls(test.user.requests.compactMap { $0.headers.first(.callID) }, of: sent)
                #expect(await eventually { Self.refused(peer, of: sent) == sent.subtracting(letIn) })
                #expect(peer.count(503) == Int(shed))
            }
            await peer.close()
        }
    }

    @Test(
        "What was let in is served: the INVITE that comes again, and requests of dialogs",
        arguments: [TransportKind.udp, .tcp])
    func letIn(_ transport: TransportKind) async throws {
        // By its processor only: nothing that waits is too late.
        let overloaded = Change {
            $0.overload = OverloadControl.Targets(latency: .seconds(60), processor: 0.000_001)
        }
        try await TestStack.run(configure: overloaded) { test in
            let peer = try await Self.connect(test, transport)
            // Nothing has been measured yet.
            try await peer.send(Self.invite(test, transport, "first"))
            #expect(await eventually { test.user.requests.count == 1 && Self.tryings(peer, "first") == 1 })
            let sequence = await Self.flood(test, from: peer, transport)
            #expect(await Self.areAnswered(sequence, test, peer, transport))
            try await peer.send(Self.invite(test, transport, "first"))
            #expect(await eventually { Self.tryings(peer, "first") == 2 })
            let inDialog = String(decoding: Self.invite(test, transport, "dialog"), as: UTF8.self)
                .replacing("To: <sip:\(test.loopback.server)>", with: "To: <sip:\(test.loopback.server)>;tag=gone")
            try await peer.send(Array(inDialog.utf8))
            #expect(await eventually { peer.count(481) == 1 })
            #expect(test.user.requests.count { $0.headers.first(.callID)?.hasPrefix("first") == true } == 1)
            await peer.close()
        }
    }

    @Test("A new call that has waited too long is refused though there is room; priority calls and OPTIONS are not")
    func late() async throws {
        try await TestStack.run { test in
            let source = SIPSource(
                transport: .udp, address: test.loopback.peer, port: 5_060, flow: FlowID(rawValue: .max))
            let served = ["Resource-Priority: wps.0\r\n", ""]
            for (id, extra) in zip(["priority", "punctual"], served) {
                let invite = try SIPMessage(parsing: Self.invite(test, .udp, id, extra: extra))
                await test.stack.admit(invite, from: source, extra.isEmpty ? .undecided : .late)
            }
            let options = try SIPMessage(parsing: test.options(from: test.loopback.peer, .udp))
            await test.stack.admit(options, from: source, .late)
            #expect(await test.stack.statistics.shedOverload == 0)
            let letIn = try SIPMessage(parsing: Self.invite(test, .udp, "punctual"))
            let late = try SIPMessage(parsing: Self.invite(test, .udp, "late"))
            for message in [letIn, late] { await test.stack.admit(message, from: source, .late) }
            #expect(await test.stack.statistics.shedOverload == 1)
            #expect(await !test.stack.overload.isShedding)
            #expect(await eventually { test.user.requests.count == 3 })
            let callIDs = test.user.requests.compactMap { $0.headers.first(.callID)?.split(separator: "@").first }
            #expect(Set(callIDs) == ["priority", "punctual", "1"])
        }
    }

    @Test("When nothing comes any more, a stack that has refused everything finds out by itself that there is room")
    func recovers() async throws {
        try await TestStack.run(configure: Change { $0.overload = OverloadControl.Targets() }) { test in
            await test.stack.overload(untilAgo: .seconds(3_600))
            #expect(await test.stack.overload.isShedding)
            await test.stack.handleIntake()
            #expect(await !test.stack.overload.isShedding)
            let peer = try await RawPeer.udp(from: test.loopback.peer, to: test.loopback.server, test.udpPort)
            try await peer.send(Self.invite(test, .udp, "later"))
            #expect(await eventually { test.user.requests.count == 1 })
            #expect(await test.stack.statistics.shedOverload == 0)
            await peer.close()
        }
    }

    @Test("A peer that offers loss-based control is told, in its Via (RFC 7339)")
    func told() async throws {
        try await TestStack.run(configure: Change { $0.overloadSequence = 17_000_000_000 }) { test in
            let peer = try await RawPeer.udp(from: test.loopback.peer, to: test.loopback.server, test.udpPort)
            let text = String(decoding: test.options(from: test.loopback.peer, .udp), as: UTF8.self)
            try await peer.send(Array(text.replacing(";rport", with: ";rport;oc;oc-algo=\"rate,loss\"").utf8))
            #expect(await eventually { peer.count(200) == 1 })
            #expect(peer.text.contains(";oc=0;oc-algo=\"loss\";oc-validity=0;oc-seq=17000000000.0"))
            await peer.close()
        }
    }

    @Test("What a stack tells of overload is above what any stack before it has told (RFC 7339 §4.4)")
    func restarted() async throws {
        // Ten changes in each second until 2023.
        let least: UInt64 = 17_000_000_000
        try await TestStack.run(configure: Change { $0.overload = OverloadControl.Targets() }) { test in
            let sequence = await test.stack.overload.sequence
            #expect(sequence > least)
            #expect(String(sequence).count <= 12)
            await test.stack.overload(untilAgo: .zero)
            #expect(await test.stack.overload.sequence > sequence)
        }
    }

    /// Sends OPTIONS and new calls until one of these is refused.
    ///
    /// - Returns: How many OPTIONS.
    private static func flood(
        _ test: TestStack, from peer: RawPeer, _ transport: TransportKind,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> Int {
        var sequence = 0
        let isShedding = await eventually {
            for _ in 0..<20 {
                sequence += 1
                try? await peer.send(test.options(from: test.loopback.peer, transport, sequence: sequence))
            }
            try? await peer.send(invite(test, transport, "a\(sequence)"))
            return peer.count(503) > 0
        }
        #expect(isShedding, sourceLocation: sourceLocation)
        return sequence
    }

    /// Whether the OPTIONS up to this number are answered; those that a socket had no room for are sent again.
    private static func areAnswered(
        _ count: Int, _ test: TestStack, _ peer: RawPeer, _ transport: TransportKind
    ) async -> Bool {
        var missing: [Int] = []
        for _ in 0..<100 {
            for sequence in missing.prefix(20) {
                try? await peer.send(test.options(from: test.loopback.peer, transport, sequence: sequence))
            }
            _ = await eventually(within: .milliseconds(300)) {
                let answers = peer.text.split(separator: "SIP/2.0 ").filter { $0.hasPrefix("200 ") }
                let lines = Set(
                    answers.joined(separator: "").split(separator: "\r\n").filter { $0.hasPrefix("CSeq: ") })
                missing = (1...count).filter { !lines.contains("CSeq: \($0) OPTIONS") }
                return missing.isEmpty
            }
            if missing.isEmpty { return true }
        }
        return false
    }

    /// How often 100 came for a call.
    private static func tryings(_ peer: RawPeer, _ id: String) -> Int {
        peer.text.split(separator: "\r\n\r\n").count { $0.hasPrefix("SIP/2.0 100") && $0.contains("Call-ID: \(id)") }
    }

    /// The calls of `ids` that have had 503.
    private static func refused(_ peer: RawPeer, of ids: Set<String>) -> Set<String> {
        let responses = peer.text.split(separator: "SIP/2.0 503").dropFirst()
        return calls(
            responses.flatMap { response in
                response.split(separator: "\r\n").prefix { !$0.hasPrefix("Retry-After") }
                    .filter { $0.hasPrefix("Call-ID: ") }.map { String($0.dropFirst("Call-ID: ".count)) }
            }, of: ids)
    }

    private static func calls(_ callIDs: [String], of ids: Set<String>) -> Set<String> {
        ids.intersection(callIDs.compactMap { $0.split(separator: "@").first.map(String.init) })
    }

    private static func connect(_ test: TestStack, _ transport: TransportKind) async throws -> RawPeer {
        let (own, server) = (test.loopback.peer, test.loopback.server)
        return transport.isReliable
            ? try await RawPeer.tcp(from: own, to: server, test.tcpPort)
            : try await RawPeer.udp(from: own, to: server, test.udpPort)
    }

    private static func invite(
        _ test: TestStack, _ transport: TransportKind, _ id: String, extra: String = ""
    ) -> [UInt8] {
        let text = String(decoding: test.options(from: test.loopback.peer, transport), as: UTF8.self)
        return Array(
            text.replacing("OPTIONS", with: "INVITE").replacing("z9hG4bK1", with: "z9hG4bK\(id)")
                .replacing("Call-ID: 1", with: "Call-ID: \(id)")
                .replacing(
                    "Content-Length", with: "Contact: <sip:peer@\(test.loopback.peer)>\r\n\(extra)Content-Length"
                )
                .utf8
        )
    }
}

extension SIPStack {
    /// As if messages had waited for seconds, until a while ago, and none had come since.
    fileprivate func overload(untilAgo time: Duration) {
        let end = now.nanoseconds - time.nanoseconds
        for index in (0..<1_000).reversed() {
            let then = MonotonicTime(nanoseconds: end - Int64(index) * 10_000_000)
            overload.observe(latency: .seconds(2), processor: 1, at: then)
        }
    }
}
