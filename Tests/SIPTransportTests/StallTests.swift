import Glibc
import NIOCore
import RawPeers
import SIP
import Testing
import Timing

@testable import SIPTransport

@Suite("A process that stood still for longer than a transaction may last")
struct StallTests {
    @Test(
        "Answers that wait in the sockets are read before a transaction times out",
        arguments: [TransportKind.udp, .tcp])
    func answered(_ transport: TransportKind) async throws {
        try await TestStack.run { test in
            let server = try #require(SyncPeer(transport, at: test.loopback.peer))
            let hop = Hop(transport: transport, host: test.loopback.peer, port: server.port)
            async let response = test.stack.request(Self.options(test), to: hop)
            let reply = try #require(await eventuallySome { server.receive() })
            await test.stack.standStill { reply.send() }
            #expect(try await response.status == .ok)
            #expect(await test.stack.counts.clientTransactions <= 1)
        }
    }

    @Test("Of many deadlines that are due at once, what comes waits for a few")
    func manyDeadlines() async throws {
        let slow = Change { $0.timers = SIPTimers(t1: .seconds(30)) }
        try await TestStack.run(configure: slow) { test in
            let server = try #require(SyncPeer(.udp, at: test.loopback.peer))
            let hop = Hop(transport: .udp, host: test.loopback.peer, port: server.port)
            try await withThrowingTaskGroup(of: StatusCode?.self) { group in
                for number in 0..<40 {
                    var request = Self.options(test)
                    request.headers.set(.callID, "deadline\(number)@ims.example")
                    group.addTask { [request] in try? await test.stack.request(request, to: hop).status }
                }
                var answers: [SyncPeer.Reply] = []
                for _ in 0..<40 { answers.append(try #require(await eventuallySome { server.receive() })) }
                let answer = answers[0]
                let (received, sent) = await test.stack.meetDeadlines { answer.send() }
                #expect(received == 1)
                #expect(sent == SIPStack.deadlinesPerTurn)
                // All the others follow, and each request is repeated but, perhaps, the one that has its answer.
                #expect(await eventually { await test.stack.statistics.messagesSent >= 79 })
                // The other 39 end with the stack.
                await test.stack.stop()
                var statuses: [StatusCode] = []
                for try await case let status? in group { statuses.append(status) }
                #expect(statuses == [.ok])
            }
        }
    }

    @Test("What has no answer times out nevertheless")
    func unanswered() async throws {
        try await TestStack.run { test in
            let server = try #require(SyncPeer(.udp, at: test.loopback.peer))
            let hop = Hop(transport: .udp, host: test.loopback.peer, port: server.port)
            let response = Task { try await test.stack.request(Self.options(test), to: hop) }
            _ = try #require(await eventuallySome { server.receive() })
            await test.stack.standStill {}
            await #expect(throws: TransactionFailure.timeout) { try await response.value }
        }
    }

    private static func options(_ test: TestStack) -> SIPRequest {
        var request = SIPRequest(method: .options, requestURI: "sip:\(test.loopback.peer)")
        request.headers.append(.maxForwards, "70")
        request.headers.append(.from, "<sip:server@ims.example>;tag=1")
        request.headers.append(.to, "<sip:\(test.loopback.peer)>")
        request.headers.append(.callID, "stall@ims.example")
        request.headers.append(.cSeq, "1 OPTIONS")
        return request
    }

    private func eventuallySome<Value>(_ value: () -> Value?) async -> Value? {
        var found: Value?
        _ = await eventually {
            found = value()
            return found != nil
        }
        return found
    }
}

extension SIPStack {
    /// Lets 40 s pass in which the event loop does nothing but `body`, and its timer fire first thing after.
    fileprivate func standStill(_ body: @Sendable () -> Void) {
        body()
        epoch = epoch - TimeAmount.seconds(40)
        fire()
    }

    /// Has the next deadlines be due, and `body` happen before the timer fires.
    ///
    /// - Returns: How many messages were received and sent until the event loop could go on to something else.
    fileprivate func meetDeadlines(_ body: @Sendable () -> Void) -> (received: UInt64, sent: UInt64) {
        let before = counters
        body()
        let due = (endpoint.nextTimeout ?? now) + configuration.timers.t1 / 4
        epoch = epoch - TimeAmount.nanoseconds((due - now).nanoseconds)
        fire()
        return (counters.messagesReceived - before.messagesReceived, counters.messagesSent - before.messagesSent)
    }
}

/// A peer whose sockets are used without any event loop: what it sends is there when the call returns.
private final class SyncPeer {
    /// An answer that has not been sent.
    struct Reply: Sendable {
        let descriptor: Int32
        /// Where to; `nil` on a connection.
        let remote: sockaddr_in?
        let octets: [UInt8]

        func send() {
            guard var remote else {
                _ = Glibc.send(descriptor, octets, octets.count, 0)
                return
            }
            withUnsafeMutablePointer(to: &remote) { pointer in
                _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(descriptor, octets, octets.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }

    private let listener: Int32
    private let isDatagram: Bool
    private var connection: Int32 = -1
    let port: UInt16

    init?(_ transport: TransportKind, at address: String) {
        isDatagram = transport == .udp
        let kind = Int32((transport == .udp ? SOCK_DGRAM : SOCK_STREAM).rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let listener = socket(AF_INET, kind, 0)
        self.listener = listener
        var local = sockaddr_in()
        local.sin_family = sa_family_t(AF_INET)
        local.sin_addr.s_addr = inet_addr(address)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &local) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        port = UInt16(bigEndian: local.sin_port)
        guard isBound, isDatagram || listen(listener, 4) == 0 else { return nil }
        if isDatagram { connection = listener }
    }

    /// The request that has come, if it has, and our 200.
    func receive() -> Reply? {
        if connection < 0 { connection = accept(listener, nil, nil) }
        var octets = [UInt8](repeating: 0, count: 4_096)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        var remote = sockaddr_in()
        let count = withUnsafeMutablePointer(to: &remote) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(connection, &octets, octets.count, Int32(MSG_DONTWAIT), $0, &size)
            }
        }
        guard count > 0, case .request(let request)? = try? SIPMessage(parsing: Array(octets.prefix(count))) else {
            return nil
        }
        return Reply(
            descriptor: connection, remote: isDatagram ? remote : nil,
            octets: SIPResponse(.ok, to: request, toTag: "peer").serialized())
    }

    deinit {
        if !isDatagram, connection >= 0 { close(connection) }
        if listener >= 0 { close(listener) }
    }
}
