import NIOCore
import NIOPosix
import NIOSSL
import SIP

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

    // MARK: Accepting

    func bindConnections(_ address: SocketAddress, _ transport: TransportKind) async throws -> any Channel {
        let channel = try await ServerBootstrap(group: eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1_024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: writeQueueMark)
            .childChannelInitializer { channel in
                self.assumeIsolated { $0.accept(channel, transport) }
            }
            .bind(to: address)
            .get()
        transports.add(listener: channel)
        return channel
    }

    private var writeQueueMark: ChannelOptions.Types.WriteBufferWaterMark {
        .init(low: configuration.writeQueue / 2, high: configuration.writeQueue)
    }

    /// Whether one more connection from this address is taken: so many from one, so many at all, and the last of these
    /// for trusted peers only.
    private func hasRoom(for remote: SocketAddress, _ address: String) -> Bool {
        let reserve = configuration.policy.isTrusted(remote) ? 0 : configuration.connectionsReserved
        return transports.connectionsByAddress[address, default: 0] < configuration.connectionsPerPeer
            && transports.connections.count < configuration.connections - reserve
    }

    private func accept(_ channel: any Channel, _ transport: TransportKind) -> EventLoopFuture<Void> {
        guard let remote = channel.remoteAddress, let address = remote.ipAddress, let port = remote.port,
            admits(remote), hasRoom(for: remote, address)
        else {
            counters.connectionsRefused += 1
            return channel.close()
        }
        counters.connectionsAccepted += 1
        let key = TransportTable.ConnectionKey(
            transport: transport,
            address: address,
            port: UInt16(truncatingIfNeeded: port)
        )
        let flow = transports.makeFlow()
        add(channel, flow, key)
        do {
            if transport == .tls { try addServerTLS(to: channel) }
            try equip(channel, flow, key, firstMessageTime: configuration.firstMessageTime)
            return channel.eventLoop.makeSucceededVoidFuture()
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    /// One of the configured peers must be in the client's certificate.
    private func addServerTLS(to channel: any Channel) throws {
        guard let tls else { throw TLSRefusal.handshakeFailed("there is no certificate") }
        let peers = tls.settings.peers
        let outcome = channel.eventLoop.makePromise(of: CertificateIdentity.self)
        outcome.futureResult.whenFailure { error in
            self.assumeIsolated { $0.refused(error) }
        }
        let gate = TLSGate(time: TimeAmount(tls.settings.handshakeTime), outcome: outcome) { identity in
            peers.contains(where: identity.names) ? nil : .wrongName(expected: "a peer we know")
        }
        try channel.pipeline.syncOperations.addHandlers(NIOSSLServerHandler(context: tls.server), gate)
    }

    private func refused(_ error: any Error) {
        if case .notConnected? = error as? TLSRefusal { return }
        counters.tlsRefused += 1
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
        // Not the handler's channelInactive, which a channel that was never active does not have.
        channel.closeFuture.whenComplete { _ in
            self.assumeIsolated { $0.transports.removeConnection(flow) }
        }
    }

    /// - Parameter firstMessageTime: `nil` for connections of our own, whose first message is ours.
    private func equip(
        _ channel: any Channel,
        _ flow: FlowID,
        _ key: TransportTable.ConnectionKey,
        firstMessageTime: Duration?
    ) throws {
        let handler = ConnectionHandler(
            stack: self,
            source: SIPSource(transport: key.transport, address: key.address, port: key.port, flow: flow),
            limits: configuration.limits,
            messageTime: TimeAmount(configuration.messageTime),
            bodyTime: TimeAmount(configuration.bodyTime),
            firstMessageTime: firstMessageTime.map { TimeAmount($0) },
            keepAlive: firstMessageTime == nil ? keepAlive : nil
        )
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    private var keepAlive: KeepAlive.Settings? {
        configuration.keepAlive.map {
            KeepAlive.Settings(interval: TimeAmount($0), pongTime: TimeAmount(configuration.pongTime))
        }
    }

    // MARK: Connecting

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
            .channelOption(.writeBufferWaterMark, value: writeQueueMark)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try self.assumeIsolated { stack in
                        if let name = key.name {
                            try stack.addClientTLS(to: channel, name, outcome)
                        } else {
                            outcome.succeed(nil)
                        }
                        try stack.equip(channel, flow, key, firstMessageTime: nil)
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
        verdict.futureResult.whenFailure { error in
            self.assumeIsolated { $0.refused(error) }
        }
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
            for item in waiting { write(item.bytes, on: channel, for: item.transaction) }
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
    func write(_ bytes: [UInt8], on channel: any Channel, for transaction: ClientTransactionID?) {
        captureCopy(bytes, on: channel, peer: channel.remoteAddress, isSent: true)
        guard let transaction else {
            channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
            return
        }
        channel.writeAndFlush(ByteBuffer(bytes: bytes)).whenFailure { error in
            self.assumeIsolated { $0.fail(transaction, "\(error)") }
        }
    }

    func connectionTimedOut() { counters.connectionsTimedOut += 1 }
}
