import CThreads
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import SIP
import Synchronization

/// Connections that peers open: takes them in or closes them, and cuts what they bring into messages, on an event loop
/// of its own. Whole messages go on to the stack; whoever brings none costs signalling nothing.
final class ConnectionGate: Sendable {
    private struct State {
        var lastFlow = FlowID.firstOfPeers
        var channels: [FlowID: any Channel] = [:]
        var countByAddress: [String: Int] = [:]
        var isClosed = false
    }

    private let stack: SIPStack
    private let configuration: SIPStackConfiguration
    private let tls: TLSContexts?
    private let eventLoop: any EventLoop
    private let deadlines: ConnectionDeadlines
    private let logger: Logger
    private let state = Mutex(State())

    init(stack: SIPStack, tls: TLSContexts?, eventLoop: any EventLoop, logger: Logger) {
        self.stack = stack
        configuration = stack.configuration
        self.tls = tls
        self.eventLoop = eventLoop
        deadlines = ConnectionDeadlines(on: eventLoop, stack.configuration, stack.sharedCounters)
        self.logger = logger
    }

    /// Turns on the processor of a thread that cuts connections into messages, in nanoseconds: longer than those of other
    /// threads, so that Linux lets signalling interrupt it.
    static let turn: Int64 = 10_000_000

    /// Has the thread of an event loop take long turns, as far as the kernel has them.
    static func takeLongTurns(on eventLoop: any EventLoop) {
        eventLoop.execute { _ = cthreads_set_turn(turn) }
    }

    func bind(_ address: SocketAddress, _ transport: TransportKind) async throws -> any Channel {
        try await ServerBootstrap(group: eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1_024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.tcpOption(.userTimeout), value: SIPStackConfiguration.longestUnacknowledged)
            .childChannelOption(.writeBufferWaterMark, value: configuration.writeQueueMark)
            .childChannelInitializer { self.accept($0, transport) }
            .bind(to: address)
            .get()
    }

    /// Lets nobody in any more.
    ///
    /// - Returns: The connections that stand.
    func close() -> [any Channel] {
        state.withLock { state in
            state.isClosed = true
            return Array(state.channels.values)
        }
    }

    private func accept(_ channel: any Channel, _ transport: TransportKind) -> EventLoopFuture<Void> {
        guard let remote = channel.remoteAddress, let bits = remote.ipBits, let address = remote.ipAddress,
            configuration.admits(bits),
            let flow = add(channel, address, isTrusted: configuration.policy.isTrusted(bits))
        else {
            stack.sharedCounters.add(\.connectionsRefused)
            return channel.close()
        }
        stack.sharedCounters.add(\.connectionsAccepted)
        let source = SIPSource(
            transport: transport,
            address: address,
            port: UInt16(truncatingIfNeeded: remote.port ?? 0),
            flow: flow
        )
        // Not the handler's channelInactive, which a channel that was never active does not have.
        channel.closeFuture.whenComplete { _ in self.remove(flow, address) }
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            if transport == .tls { try addTLS(to: pipeline) }
            try pipeline.addHandler(
                ConnectionHandler(stack: stack, source: source, deadlines: deadlines, isFirstMessageDue: true))
        }
    }

    /// One of the configured peers must be in the client's certificate.
    private func addTLS(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        guard let tls else { throw TLSRefusal.handshakeFailed("there is no certificate") }
        let peers = tls.settings.peers
        let outcome = pipeline.eventLoop.makePromise(of: CertificateIdentity.self)
        let stack = stack
        outcome.futureResult.whenFailure { stack.refused($0) }
        let gate = TLSGate(time: TimeAmount(tls.settings.handshakeTime), outcome: outcome) { identity in
            peers.contains(where: identity.names) ? nil : .wrongName(expected: "a peer we know")
        }
        try pipeline.addHandlers(NIOSSLServerHandler(context: tls.server), gate)
    }

    /// - Returns: `nil` if there is no room: so many from one address, so many at all, and the last of these for trusted
    ///   peers only.
    private func add(_ channel: any Channel, _ address: String, isTrusted: Bool) -> FlowID? {
        let reserve = isTrusted ? 0 : configuration.connectionsReserved
        return state.withLock { state in
            let count = state.countByAddress[address, default: 0]
            guard !state.isClosed, count < configuration.connectionsPerPeer,
                state.channels.count < configuration.connections - reserve
            else { return nil }
            state.lastFlow = FlowID(rawValue: state.lastFlow.rawValue + 1)
            state.channels[state.lastFlow] = channel
            state.countByAddress[address] = count + 1
            return state.lastFlow
        }
    }

    private func remove(_ flow: FlowID, _ address: String) {
        state.withLock { state in
            guard state.channels.removeValue(forKey: flow) != nil else { return }
            let remaining = state.countByAddress[address, default: 1] - 1
            state.countByAddress[address] = remaining > 0 ? remaining : nil
        }
    }
}

extension FlowID {
    /// Flows of connections that peers opened come after this one, all others before.
    fileprivate static let firstOfPeers = FlowID(rawValue: 1 << 32)

    var isOfPeer: Bool { rawValue > Self.firstOfPeers.rawValue }
}
