import Foundation
import Logging
import NIOCore
import NIOPosix
import SIP
import SIPTransport
import Synchronization

/// Asks until `condition` holds.
///
/// - Returns: Whether it did before `limit` was over.
func eventually(within limit: Duration = .seconds(30), _ condition: () async -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while true {
        if await condition() { return true }
        if ContinuousClock.now >= deadline { return false }
        try? await Task.sleep(for: .milliseconds(2))
    }
}

/// Addresses of one test: `network`.1 to `network`.254, different in each test and each run.
struct Loopback: Sendable {
    let network: String

    private static let last = Mutex(0)

    init() {
        let number = Self.last.withLock { last in
            last += 1
            return last
        }
        network = "127.\(16 + Int(ProcessInfo.processInfo.processIdentifier) % 200).\(128 + number % 128)"
    }

    /// Where the stack listens.
    var server: String { "\(network).1" }
    /// In the trusted network.
    var peer: String { "\(network).2" }
    /// Outside of it.
    var stranger: String { "127.0.7.9" }
}

/// Answers OPTIONS with 200, which has a charging vector, and leaves INVITE alone.
final class BusyUser: SIPStackHandler {
    static let chargingVector = "icid-value=1"

    private let received = Mutex<[SIPRequest]>([])
    private let isProxy = Mutex(false)

    /// Forwards what it would answer.
    func becomeProxy() { isProxy.withLock { $0 = true } }

    var requests: [SIPRequest] { received.withLock { $0 } }

    func stack(_ stack: SIPStack, didReceiveInvite leg: SIPLeg, request: SIPRequest, source: SIPSource) {
        received.withLock { $0.append(request) }
    }

    func stack(
        _ stack: SIPStack,
        didReceive request: SIPRequest,
        _ transaction: ServerTransactionID,
        source: SIPSource
    ) {
        received.withLock { $0.append(request) }
        guard !isProxy.withLock({ $0 }) else {
            stack.assumeIsolated { _ = $0.forward(transaction, request) }
            return
        }
        var content = MessageContent()
        content.headers.append(.pChargingVector, Self.chargingVector)
        stack.assumeIsolated { [content] in _ = $0.respond(transaction, .ok, reason: nil, content) }
    }
}

/// What a test wants configured in another way.
struct Change {
    let apply: (inout SIPStackConfiguration) -> Void

    init(_ apply: @escaping (inout SIPStackConfiguration) -> Void) {
        self.apply = apply
    }
}

/// A stack that listens on UDP and TCP.
struct TestStack: Sendable {
    let loopback: Loopback
    let stack: SIPStack
    let user: BusyUser
    let udpPort: UInt16
    let tcpPort: UInt16

    /// Starts a stack that trusts the test's network, runs `body`, and stops it.
    static func run(
        configure change: Change? = nil,
        _ body: (TestStack) async throws -> Void
    ) async throws {
        let loopback = Loopback()
        var configuration = SIPStackConfiguration(
            listeners: [
                SIPListener(transport: .udp, host: loopback.server, port: 0),
                SIPListener(transport: .tcp, host: loopback.server, port: 0),
            ],
            policy: PeerPolicy(trusted: [IPNetwork("\(loopback.network).0/24")].compactMap { $0 })
        )
        configuration.overload = .unlimited
        change?.apply(&configuration)
        let stack = SIPStack(
            configuration: configuration,
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let user = BusyUser()
        try await stack.start(handler: user)
        do {
            try await body(
                TestStack(
                    loopback: loopback,
                    stack: stack,
                    user: user,
                    udpPort: await stack.localAddress(.udp)?.port ?? 0,
                    tcpPort: await stack.localAddress(.tcp)?.port ?? 0
                )
            )
        } catch {
            await stack.stop()
            throw error
        }
        await stack.stop()
    }

    func options(from peer: String, _ transport: TransportKind, sequence: Int = 1) -> [UInt8] {
        let text = """
            OPTIONS sip:\(loopback.server) SIP/2.0
            Via: SIP/2.0/\(transport.rawValue) \(peer);branch=z9hG4bK\(sequence)-\(peer);rport
            Max-Forwards: 70
            From: <sip:peer@ims.example>;tag=1
            To: <sip:\(loopback.server)>
            Call-ID: \(sequence)@\(peer)
            CSeq: \(sequence) OPTIONS
            Content-Length: 0


            """
        return Array(text.replacing("\n", with: "\r\n").utf8)
    }
}
