import NIOCore
import NIOPosix
import NIOSSL
import SIP
import Timing

/// Why the stack did not start: a file of ``TLSSettings`` cannot be used.
public struct SIPCertificateError: Error, Sendable, CustomStringConvertible {
    public let reason: String

    public var description: String { "cannot use the TLS certificate, key or trust roots: \(reason)" }
}

/// TCP and TLS.
extension SIPStack {
    func loadCertificates() async throws {
        guard tls == nil, let settings = configuration.tls else { return }
        do {
            tls = try await NIOThreadPool.singleton.runIfActive { try TLSContexts(settings) }
        } catch {
            throw SIPCertificateError(reason: "\(error)")
        }
    }

    // MARK: Connections of peers

    func bindConnections(_ address: SocketAddress, _ transport: TransportKind) async throws -> any Channel {
        let gate = connectionGate ?? makeConnectionGate()
        let channel = try await gate.bind(address, transport)
        transports.add(listener: channel)
        return channel
    }

    private func makeConnectionGate() -> ConnectionGate {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        ConnectionGate.takeLongTurns(on: group.any())
        let gate = ConnectionGate(stack: self, tls: tls, eventLoop: group.next(), logger: logger)
        connectionGroup = group
        connectionGate = gate
        return gate
    }

    /// Takes what a connection has brought, on whatever event loop that is.
    ///
    /// - Returns: Whether the connection is not to be read until it is resumed.
    nonisolated func handOver(_ item: MessageHandover.Item) -> Bool {
        let outcome = handover.append(item)
        if outcome.isFirst { eventLoop.execute { self.assumeIsolated { $0.handleHandedOver() } } }
        return outcome.isFull
    }

    private func handleHandedOver() {
        guard !handleHandedOver(within: Self.turn) else { return }
        eventLoop.execute { self.assumeIsolated { $0.handleHandedOver() } }
    }

    /// - Returns: Whether that was all; if not, it is to be called again.
    @discardableResult
    func handleHandedOver(within time: Duration) -> Bool {
        let start = now
        processor.update(at: start)
        while true {
            let (item, resumed) = handover.next()
            for channel in resumed { _ = channel.setOption(.autoRead, value: true) }
            guard let item else { return true }
            handle(item)
            guard now - start < time else { return false }
        }
    }

    private func handle(_ item: MessageHandover.Item) {
        guard !isStopped else { return }
        if item.source.flow.isOfPeer, transports.connections[item.source.flow] == nil {
            let source = item.source
            add(
                item.channel, source.flow,
                .init(transport: source.transport, address: source.address, port: source.port))
        }
        switch item.content {
        case .messages(let messages):
            let arrival = MonotonicTime(nanoseconds: (item.arrival - epoch).nanoseconds)
            for message in messages {
                let now = now
                observe(latency: now - arrival, at: now)
                admit(message, from: item.source)
            }
        case .fault(let octets, let error):
            refuse(octets, because: error, from: item.source)
            item.channel.close(promise: nil)
        }
    }

    /// TLS with a peer did not come about.
    nonisolated func refused(_ error: any Error) {
        if case .notConnected? = error as? TLSRefusal { return }
        sharedCounters.add(\.tlsRefused)
        logger.info("TLS peer refused", metadata: ["sip.error": "\(error)"])
    }

    /// Makes a connection known until it closes.
    private func add(
        _ channel: any Channel,
        _ flow: FlowID,
        _ key: TransportTable.ConnectionKey,
        _ identity: CertificateIdentity? = nil
    ) {
        transports.add(connection: channel, flow, key, identity)
        channel.closeFuture.hop(to: eventLoop).whenComplete { _ in
            self.assumeIsolated { $0.closed(flow) }
        }
    }

    private func closed(_ flow: FlowID) {
        let hasRequests = transports.connections[flow]?.hasRequests == true
        transports.removeConnection(flow)
        guard hasRequests, !isStopped else { return }
        perform { endpoint, now, outputs in endpoint.connectionClosed(flow, at: now, into: &outputs) }
    }

    private var keepAlive: KeepAlive.Settings? {
        configuration.keepAlive.map {
            KeepAlive.Settings(interval: TimeAmount($0), pongTime: TimeAmount(configuration.pongTime))
        }
    }

    // MARK: Connections of our own

    func connect(_ key: TransportTable.ConnectionKey) {
        guard let remote = try? SocketAddress(ipAddress: key.address, port: Int(key.port)) else {
            connected(key, .failure(SIPLegError.noDialog))
            return
        }
        let flow = transports.makeFlow()
        let outcome = eventLoop.makePromise(of: CertificateIdentity?.self)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.seconds(2))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.tcpOption(.userTimeout), value: SIPStackConfiguration.longestUnacknowledged)
            .channelOption(.writeBufferWaterMark, value: configuration.writeQueueMark)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try self.assumeIsolated { stack in
                        if let name = key.name {
                            try stack.addClientTLS(to: channel, name, outcome)
                        } else {
                            outcome.succeed(nil)
                        }
                        let source = SIPSource(
                            transport: key.transport, address: key.address, port: key.port, flow: flow)
                        try channel.pipeline.syncOperations.addHandler(
                            // Whose first message is ours.
                            ConnectionHandler(
                                stack: stack, source: source, deadlines: stack.deadlines, isFirstMessageDue: false,
                                keepAlive: stack.keepAlive))
                    }
                }
            }
            .connect(to: remote)
            .whenComplete { result in
                switch result {
                case .success(let channel):
                    outcome.futureResult.whenComplete { outcome in
                        self.assumeIsolated { $0.connected(key, outcome.map { (channel, flow, $0) }) }
                    }
                case .failure(let error):
                    outcome.fail(error)
                    self.assumeIsolated { $0.connected(key, .failure(error)) }
                }
            }
    }

    private func addClientTLS(
        to channel: any Channel,
        _ name: String,
        _ outcome: EventLoopPromise<CertificateIdentity?>
    ) throws {
        guard let tls else { throw TLSRefusal.handshakeFailed("there is no certificate") }
        let verdict = eventLoop.makePromise(of: CertificateIdentity.self)
        verdict.futureResult.map { Optional($0) }.cascade(to: outcome)
        verdict.futureResult.whenFailure { self.refused($0) }
        // Server Name Indication is for names only (RFC 6066 §3).
        let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
        let handler = try NIOSSLClientHandler(context: tls.client, serverHostname: isAddress ? nil : name)
        let gate = TLSGate(time: TimeAmount(tls.settings.handshakeTime), outcome: verdict) { identity in
            identity.names(name) ? nil : .wrongName(expected: name)
        }
        try channel.pipeline.syncOperations.addHandlers(handler, gate)
    }

    private func connected(
        _ key: TransportTable.ConnectionKey,
        _ result: Result<(channel: any Channel, flow: FlowID, identity: CertificateIdentity?), any Error>
    ) {
        guard let waiting = transports.pending.removeValue(forKey: key) else {
            // Stopped meanwhile.
            if case .success(let connection) = result { connection.channel.close(promise: nil) }
            return
        }
        switch result {
        case .success((let channel, let flow, let identity)):
            add(channel, flow, key, identity)
            for item in waiting { write(item.bytes, on: channel, flow, for: item.transaction) }
        case .failure(let error):
            for item in waiting {
                if let datagram = item.datagram {
                    returnToDatagram(datagram, key, item.transaction)
                } else if !sendElsewhere(item.bytes, item.transaction) {
                    fail(item.transaction, "\(error)")
                }
            }
        }
    }

    // MARK: Writing

    /// Tells the transaction if the connection breaks before the octets are out.
    func write(_ bytes: [UInt8], on channel: any Channel, _ flow: FlowID, for transaction: ClientTransactionID?) {
        captureCopy(
            bytes, on: channel, peer: channel.remoteAddress?.ipAddress,
            UInt16(truncatingIfNeeded: channel.remoteAddress?.port ?? 0), isSent: true)
        guard let transaction else {
            channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
            return
        }
        transports.carriesRequests(flow)
        endpoint.sent(transaction, over: flow)
        channel.writeAndFlush(ByteBuffer(bytes: bytes)).hop(to: eventLoop).whenFailure { error in
            self.assumeIsolated { $0.fail(transaction, "\(error)") }
        }
    }
}

extension NIOBSDSocket.Option {
    /// `TCP_USER_TIMEOUT` of Linux, in milliseconds.
    static let userTimeout = Self(rawValue: 18)
}

extension SIPStackConfiguration {
    /// A connection whose peer has acknowledged nothing for so many milliseconds is closed, long before the transactions on it
    /// would time out and the kernel give up.
    static let longestUnacknowledged = 10_000

    var writeQueueMark: ChannelOptions.Types.WriteBufferWaterMark { .init(low: writeQueue / 2, high: writeQueue) }
}
