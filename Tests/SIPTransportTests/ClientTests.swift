import NIOCore
import NIOPosix
import RawPeers
import SIP
import SIPTransport
import Testing

@Suite("Requests of our own")
struct ClientTests {
    @Test("Two stacks talk", arguments: [TransportKind.udp, .tcp])
    func answered(_ transport: TransportKind) async throws {
        try await TestStack.run(configure: Change { $0.policy.allowUntrusted = true }) { callee in
            try await TestStack.run(configure: Change { $0.policy.allowUntrusted = true }) { caller in
                let port = transport == .udp ? callee.udpPort : callee.tcpPort
                let hop = Hop(transport: transport, host: callee.loopback.server, port: port)
                let response = try await caller.stack.request(Self.options(to: callee, sequence: 1), to: hop)
                #expect(response.status == .ok)
            }
        }
    }

    @Test("Requests that wait for the same connection all go out, on one connection")
    func shared() async throws {
        try await TestStack.run(configure: Change { $0.policy.allowUntrusted = true }) { callee in
            try await TestStack.run { caller in
                let hop = Hop(transport: .tcp, host: callee.loopback.server, port: callee.tcpPort)
                let statuses = try await withThrowingTaskGroup(of: StatusCode.self) { group in
                    for sequence in 1...20 {
                        group.addTask {
                            try await caller.stack.request(Self.options(to: callee, sequence: sequence), to: hop).status
                        }
                    }
                    var statuses: [StatusCode] = []
                    for try await status in group { statuses.append(status) }
                    return statuses
                }
                #expect(statuses == Array(repeating: .ok, count: 20))
                #expect(await callee.stack.statistics.connectionsAccepted == 1)
            }
        }
    }

    /// Left alone, the transaction would end with `timeout`.
    @Test("A refused TCP connection fails the request at once, and the next one too")
    func refused() async throws {
        try await TestStack.run { test in
            let hop = Hop(transport: .tcp, host: test.loopback.peer, port: 9)
            for sequence in 1...3 {
                await #expect(throws: TransactionFailure.transport) {
                    try await test.stack.request(Self.options(to: test, sequence: sequence), to: hop)
                }
            }
            #expect(await test.stack.statistics.sendFailures == 3)
            #expect(await test.stack.counts.clientTransactions == 0)
        }
    }

    /// Left alone, the transaction would end with `timeout`.
    @Test("A peer that reads a request and closes the connection fails it at once (RFC 3263 §4.3)")
    func closedBehindIt() async throws {
        try await TestStack.run { test in
            let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ReadsAndCloses())
                    }
                }
                .bind(host: test.loopback.peer, port: 0).get()
            let hop = Hop(
                transport: .tcp, host: test.loopback.peer,
                port: UInt16(truncatingIfNeeded: server.localAddress?.port ?? 0))
            for sequence in 1...2 {
                await #expect(throws: TransactionFailure.transport) {
                    try await test.stack.request(Self.options(to: test, sequence: sequence), to: hop)
                }
            }
            #expect(await test.stack.counts.clientTransactions == 0)
            try await server.close()
        }
    }

    @Test("A datagram that the system does not send cuts off nobody else")
    func unsendable() async throws {
        let change = Change {
            $0.timers = SIPTimers(t1: .milliseconds(10), t2: .milliseconds(80), t4: .milliseconds(100))
        }
        try await TestStack.run(configure: change) { test in
            let peer = try await RawPeer.udp(from: test.loopback.peer, to: test.loopback.server, test.udpPort)
            // Nobody may send there who has not asked for it, and without a route nobody at all.
            let hop = Hop(transport: .udp, host: "255.255.255.255", port: 5_060)
            await #expect(throws: TransactionFailure.self) {
                try await test.stack.request(Self.options(to: test, sequence: 1), to: hop)
            }
            #expect(await test.stack.statistics.sendFailures >= 1)
            for sequence in 1...3 {
                #expect(
                    await eventually {
                        try? await peer.send(test.options(from: test.loopback.peer, .udp, sequence: sequence))
                        return peer.count(200) >= sequence
                    })
            }
            await peer.close()
        }
    }

    @Test("A peer that comes up after it refused is reached")
    func reachedLater() async throws {
        try await TestStack.run { caller in
            let loopback = Loopback()
            let hop = Hop(transport: .tcp, host: loopback.server, port: 5_060)
            await #expect(throws: TransactionFailure.transport) {
                try await caller.stack.request(Self.options(to: caller, sequence: 1), to: hop)
            }
            try await TestStack.run(
                configure: Change {
                    $0.listeners = [SIPListener(transport: .tcp, host: loopback.server, port: 5_060)]
                    $0.policy.allowUntrusted = true
                }
            ) { _ in
                let response = try await caller.stack.request(Self.options(to: caller, sequence: 2), to: hop)
                #expect(response.status == .ok)
            }
        }
    }

    @Test("A host that has no address fails the request at once")
    func unresolvable() async throws {
        try await TestStack.run { test in
            let hop = Hop(transport: .udp, host: "nowhere.invalid", port: 5_060)
            await #expect(throws: TransactionFailure.transport) {
                try await test.stack.request(Self.options(to: test, sequence: 1), to: hop)
            }
        }
    }

    @Test("Requests still under way when the stack stops fail")
    func stopped() async throws {
        try await TestStack.run { test in
            // Bound by nobody: nothing answers, and UDP does not say so.
            let hop = Hop(transport: .udp, host: test.loopback.peer, port: 9)
            async let failure = Self.failure(of: {
                _ = try await test.stack.request(Self.options(to: test, sequence: 1), to: hop)
            })
            #expect(await eventually { await test.stack.counts.clientTransactions == 1 })
            await test.stack.stop()
            #expect(await failure as? TransactionFailure == .transport)
        }
    }

    @Test("An address that is taken: the error names it, and nothing stays open")
    func addressTaken() async throws {
        try await TestStack.run { first in
            await #expect(throws: SIPBindError.self) {
                try await TestStack.run(
                    configure: Change {
                        $0.listeners = [SIPListener(transport: .tcp, host: first.loopback.server, port: first.tcpPort)]
                    }
                ) { _ in }
            }
        }
    }

    private static func failure(of work: () async throws -> Void) async -> (any Error)? {
        do {
            try await work()
            return nil
        } catch {
            return error
        }
    }

    private static func options(to test: TestStack, sequence: Int) -> SIPRequest {
        var request = SIPRequest(method: .options, requestURI: "sip:\(test.loopback.server)")
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<sip:caller@ims.example>;tag=1")
        request.headers.append(.to, "<sip:\(test.loopback.server)>")
        request.headers.append(.callID, "\(sequence)@\(test.loopback.network)")
        request.headers.append(.cSeq, "\(sequence) OPTIONS")
        return request
    }
}

private final class ReadsAndCloses: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.close(promise: nil) }
}
