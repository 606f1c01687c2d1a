import RawPeers
import SIP
import SIPTransport
import Testing

@Suite(
    "Next hops by name, with a real name server (RFC 3263)",
    .serialized,
    .enabled(if: NameServer.isInstalled, "dnsmasq is not installed: Scripts/setup.sh test")
)
struct NameTests {
    /// Runs a callee, a name server that knows the records made for it, and a caller that asks this one.
    private func run(
        records: Records,
        configure: Change = Change { _ in },
        _ body: (_ caller: TestStack, _ callee: TestStack) async throws -> Void
    ) async throws {
        try await TestStack.run(configure: Change { $0.policy.allowUntrusted = true }) { callee in
            try await NameServer.run(on: Loopback().server, records.make(callee)) { server in
                let change = Change { configuration in
                    configuration.dns.servers = [HostPort(host: server.address, port: NameServer.port)]
                    configuration.policy.allowUntrusted = true
                    configure.apply(&configuration)
                }
                try await TestStack.run(configure: change) { caller in try await body(caller, callee) }
            }
        }
    }

    @Test("NAPTR leads to TCP, SRV to the port, A to the address")
    func allRecords() async throws {
        try await run(
            records: Records { callee in
                [
                    "--naptr-record=ims.test,20,1,S,SIP+D2U,,_sip._udp.ims.test",
                    "--naptr-record=ims.test,10,1,S,SIP+D2T,,_sip._tcp.ims.test",
                    "--srv-host=_sip._tcp.ims.test,a.ims.test,\(callee.tcpPort),1,1",
                    "--host-record=a.ims.test,\(callee.loopback.server)",
                ]
            }
        ) { caller, callee in
            let response = try await caller.stack.request(Self.request(.options, 1), to: Self.hop("sip:ims.test"))
            #expect(response.status == .ok)
            let via = try #require(try callee.user.requests.first?.headers.topVia())
            #expect(via.transport == "TCP")
            #expect(via.sentBy.port == caller.tcpPort)
        }
    }

    @Test("A connection that is refused: the request goes to the next target, without the caller's notice")
    func refused() async throws {
        try await run(
            records: Records { callee in
                [
                    "--srv-host=_sip._tcp.ims.test,a.ims.test,9,1,1",
                    "--srv-host=_sip._tcp.ims.test,a.ims.test,\(callee.tcpPort),2,1",
                    "--host-record=a.ims.test,\(callee.loopback.server)",
                ]
            }
        ) { caller, callee in
            let hop = try Self.hop("sip:ims.test;transport=tcp")
            for sequence in 1...2 {
                #expect(try await caller.stack.request(Self.request(.options, sequence), to: hop).status == .ok)
            }
            #expect(await caller.stack.statistics.sendFailures == 0)
            #expect(callee.user.requests.count == 2)
        }
    }

    @Test("A target that does not answer: another transaction goes to the next one, and later requests at once")
    func silent() async throws {
        let address = Loopback().peer
        let silent = try await RawPeer.udp(from: address, to: address, 9)
        let port = await silent.port
        try await run(
            records: Records { callee in Self.udpRecords(callee, first: address, port) },
            configure: Change {
                $0.timers = SIPTimers(t1: .milliseconds(20), t2: .milliseconds(160), t4: .milliseconds(200))
            }
        ) { caller, callee in
            let hop = try Self.hop("sip:ims.test;transport=udp")
            #expect(try await caller.stack.request(Self.request(.options, 1), to: hop).status == .ok)
            let first = try #require(try callee.user.requests.first?.headers.topVia().branch)
            #expect(!silent.text.isEmpty && !silent.text.contains(first))
            let heard = silent.text
            #expect(try await caller.stack.request(Self.request(.options, 2), to: hop).status == .ok)
            #expect(silent.text == heard)
        }
        await silent.close()
    }

    @Test("503 to an INVITE: the call goes to the next target")
    func unavailable() async throws {
        let address = Loopback().peer
        // Where the callers' stack will be is not known yet.
        let loopback = Loopback()
        let busy = try await RawPeer.udp(from: address, to: loopback.server, 5_060)
        let port = await busy.port
        try await run(
            records: Records { callee in Self.udpRecords(callee, first: address, port) },
            configure: Self.patient(at: loopback)
        ) { caller, callee in
            let leg = await caller.stack.invite(
                Self.request(.invite, 1), to: try Self.hop("sip:ims.test;transport=udp"))
            #expect(await eventually { busy.text.hasSuffix("\r\n\r\n") })
            guard case .request(let received) = try SIPMessage(parsing: Array(busy.text.utf8)) else {
                Issue.record("not a request")
                return
            }
            var response = SIPResponse(.serviceUnavailable, to: received)
            response.headers.append(.retryAfter, "60")
            try await busy.send(response.serialized())
            #expect(await eventually { callee.user.requests.count == 1 })
            let invite = try #require(callee.user.requests.first)
            #expect(invite.headers.first(.callID) == received.headers.first(.callID))
            #expect(try invite.headers.topVia().branch != received.headers.topVia().branch)
            // The refusal has its ACK, and the refused target gets no second INVITE.
            #expect(await eventually { busy.text.contains("\r\nCSeq: 1 ACK\r\n") })
            #expect(busy.text.split(separator: "CSeq: 1 INVITE").count == 2)
            await leg.cancel()
        }
        await busy.close()
    }

    @Test("503 to a request that we forward: it goes to the next target, and the sender hears of that one only")
    func unavailableForwarded() async throws {
        let loopback = Loopback()
        let busy = try await RawPeer.udp(from: loopback.peer, to: loopback.server, 5_060)
        let (address, port) = (loopback.peer, await busy.port)
        try await run(
            records: Records { callee in Self.udpRecords(callee, first: address, port) },
            configure: Self.patient(at: loopback)
        ) { proxy, callee in
            proxy.user.becomeProxy()
            let sender = try await RawPeer.udp(from: Loopback().peer, to: loopback.server, 5_060)
            let text = String(decoding: proxy.options(from: "192.0.2.7", .udp), as: UTF8.self)
            let route = "Route: <sip:ims.test;transport=udp;lr>\r\nMax-Forwards"
            try await sender.send(Array(text.replacing("Max-Forwards", with: route).utf8))
            try await Self.refuse(busy)
            #expect(await eventually { sender.count(200) == 1 })
            #expect(sender.count(500) == 0)
            #expect(callee.user.requests.map(\.method) == [.options])
            #expect(busy.text.split(separator: "CSeq: 1 OPTIONS").count == 2)
            await sender.close()
        }
        await busy.close()
    }

    @Test("Every server of a name says 503, and that it is back at once: each is asked once", arguments: [false, true])
    func nobodyServes(isForwarded: Bool) async throws {
        let loopback = Loopback()
        let peers = [Loopback().peer, Loopback().peer]
        var busy: [RawPeer] = []
        for peer in peers { busy.append(try await RawPeer.udp(from: peer, to: loopback.server, 5_060)) }
        var records: [String] = []
        for (index, peer) in busy.enumerated() {
            records.append("--srv-host=_sip._udp.ims.test,s\(index).ims.test,\(await peer.port),\(index),1")
            records.append("--host-record=s\(index).ims.test,\(peers[index])")
        }
        try await run(
            records: Records { [records] _ in records },
            configure: Self.patient(at: loopback)
        ) { stack, _ in
            let sender = try await RawPeer.udp(from: Loopback().peer, to: loopback.server, 5_060)
            async let status: StatusCode? = isForwarded ? nil : Self.options(by: stack)
            if isForwarded {
                stack.user.becomeProxy()
                let text = String(decoding: stack.options(from: "192.0.2.7", .udp), as: UTF8.self)
                let route = "Route: <sip:ims.test;transport=udp;lr>\r\nMax-Forwards"
                try await sender.send(Array(text.replacing("Max-Forwards", with: route).utf8))
            }
            for peer in busy { try await Self.refuse(peer) }
            if isForwarded {
                #expect(await eventually { sender.count(500) == 1 })
            }
            let final = try await status
            #expect(final == (isForwarded ? nil : .serviceUnavailable))
            for peer in busy { #expect(peer.text.split(separator: " OPTIONS\r\n").count == 2) }
            await sender.close()
        }
        for peer in busy { await peer.close() }
    }

    private static func options(by stack: TestStack) async throws -> StatusCode? {
        try await stack.stack.request(request(.options, 1), to: hop("sip:ims.test;transport=udp")).status
    }

    /// Answers the first request with 503.
    private static func refuse(_ peer: RawPeer) async throws {
        #expect(await eventually { peer.text.hasSuffix("\r\n\r\n") })
        guard case .request(let received) = try SIPMessage(parsing: Array(peer.text.utf8)) else {
            Issue.record("not a request")
            return
        }
        var refusal = SIPResponse(.serviceUnavailable, to: received)
        refusal.headers.set(.via, received.headers.splitValues(.via).joined(separator: ", "))
        refusal.headers.append(.retryAfter, "0")
        try await peer.send(refusal.serialized())
    }

    @Test("A name that does not exist fails at once")
    func unknown() async throws {
        try await run(records: Records { _ in [] }) { caller, _ in
            await #expect(throws: TransactionFailure.transport) {
                try await caller.stack.request(Self.request(.options, 1), to: Self.hop("sip:nowhere.test"))
            }
        }
    }

    @Test("A name server that does not answer: the request fails when the time is over")
    func silentServer() async throws {
        let address = Loopback().peer
        let silent = try await RawPeer.udp(from: address, to: address, 9)
        let port = await silent.port
        let change = Change {
            $0.dns = DNSSettings(servers: [HostPort(host: address, port: port)], timeout: .milliseconds(300))
        }
        try await TestStack.run(configure: change) { caller in
            let start = ContinuousClock.now
            await #expect(throws: TransactionFailure.transport) {
                try await caller.stack.request(Self.request(.options, 1), to: Self.hop("sip:ims.test"))
            }
            #expect(start.duration(to: .now) < .seconds(5))
            #expect(await eventually { !silent.text.isEmpty })
        }
        await silent.close()
    }

    /// A stack at a place that is known before it is there, which sends nothing twice.
    private static func patient(at loopback: Loopback) -> Change {
        Change {
            $0.listeners = [SIPListener(transport: .udp, host: loopback.server, port: 5_060)]
            $0.timers = SIPTimers(t1: .seconds(60), t2: .seconds(60), t4: .seconds(60))
        }
    }

    private static func udpRecords(_ callee: TestStack, first address: String, _ port: UInt16) -> [String] {
        [
            "--srv-host=_sip._udp.ims.test,first.ims.test,\(port),1,1",
            "--srv-host=_sip._udp.ims.test,second.ims.test,\(callee.udpPort),2,1",
            "--host-record=first.ims.test,\(address)",
            "--host-record=second.ims.test,\(callee.loopback.server)",
        ]
    }

    private static func hop(_ text: String) throws -> Hop {
        let uri = try SIPURI(parsing: text)
        return try #require(Hop(uri))
    }

    private static func request(_ method: SIPMethod, _ sequence: Int) -> SIPRequest {
        var request = SIPRequest(method: method, requestURI: "sip:ims.test")
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<sip:caller@ims.example>" + (method == .invite ? "" : ";tag=1"))
        request.headers.append(.to, "<sip:ims.test>")
        request.headers.append(.callID, "\(sequence)@name.test")
        request.headers.append(.cSeq, "\(sequence) \(method.rawValue)")
        return request
    }
}

/// The records of a name server, made for a callee.
private struct Records {
    let make: (TestStack) -> [String]

    init(_ make: @escaping (TestStack) -> [String]) {
        self.make = make
    }
}
