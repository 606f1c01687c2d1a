import Logging
import NIOCore
import NIOPosix
import SIP

extension SIPStack {
    // MARK: Listening

    /// - Returns: The port bound.
    func bind(_ listener: SIPListener) async throws -> UInt16 {
        do {
            let address = try SocketAddress(ipAddress: listener.host, port: Int(listener.port))
            let channel: any Channel
            switch listener.transport {
            case .udp: channel = try await bindDatagrams(address)
            case .tcp: channel = try await bindConnections(address)
            case .tls: throw SIPBindError(listener: listener, reason: "TLS is not part of this build")
            }
            return UInt16(truncatingIfNeeded: channel.localAddress?.port ?? 0)
        } catch let error as SIPBindError {
            throw error
        } catch {
            throw SIPBindError(listener: listener, reason: "\(error)")
        }
    }

    private func bindDatagrams(_ address: SocketAddress) async throws -> any Channel {
        let flow = transports.makeFlow()
        let channel = try await DatagramBootstrap(group: eventLoop)
            .channelOption(.socketOption(.so_reuseaddr), value: 1)
            .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_535))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramHandler(stack: self, flow: flow))
                }
            }
            .bind(to: address)
            .get()
        transports.add(datagram: channel, flow)
        return channel
    }

    private func bindConnections(_ address: SocketAddress) async throws -> any Channel {
        let channel = try await ServerBootstrap(group: eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                self.assumeIsolated { $0.accept(channel) }
            }
            .bind(to: address)
            .get()
        transports.add(listener: channel)
        return channel
    }

    private func accept(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let remote = channel.remoteAddress, let address = remote.ipAddress, let port = remote.port,
            configuration.policy.admits(remote),
            transports.connectionsByAddress[address, default: 0] < configuration.connectionsPerPeer
        else {
            counters.connectionsRefused += 1
            return channel.close()
        }
        counters.connectionsAccepted += 1
        let key = TransportTable.ConnectionKey(
            transport: .tcp,
            address: address,
            port: UInt16(truncatingIfNeeded: port)
        )
        let flow = transports.makeFlow()
        add(channel, flow, key)
        return equip(channel, flow, key)
    }

    /// Makes a connection known until it closes.
    private func add(_ channel: any Channel, _ flow: FlowID, _ key: TransportTable.ConnectionKey) {
        transports.add(connection: channel, flow, key)
        // Not the handler's channelInactive, which a channel that was never active does not have.
        channel.closeFuture.whenComplete { _ in
            self.assumeIsolated { $0.transports.removeConnection(flow) }
        }
    }

    private func equip(
        _ channel: any Channel,
        _ flow: FlowID,
        _ key: TransportTable.ConnectionKey
    ) -> EventLoopFuture<Void> {
        let source = SIPSource(transport: .tcp, address: key.address, port: key.port, flow: flow)
        let limits = configuration.limits
        let messageTime = TimeAmount.nanoseconds(configuration.messageTime.nanoseconds)
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
                ConnectionHandler(stack: self, source: source, limits: limits, messageTime: messageTime)
            )
        }
    }

    // MARK: Receiving

    func receive(datagram: AddressedEnvelope<ByteBuffer>, on flow: FlowID) {
        guard configuration.policy.admits(datagram.remoteAddress) else {
            counters.droppedUntrusted += 1
            return
        }
        // Keep-alives (RFC 5626 §3.5.1, and the zeros that some phones send).
        guard datagram.data.readableBytes > 4, let address = datagram.remoteAddress.ipAddress,
            let port = datagram.remoteAddress.port
        else { return }
        let source = SIPSource(
            transport: .udp,
            address: address,
            port: UInt16(truncatingIfNeeded: port),
            flow: flow
        )
        let bytes = Array(datagram.data.readableBytesView)
        do throws(SIPParseError) {
            receive(try SIPMessage(parsing: bytes, limits: configuration.limits), from: source)
        } catch {
            refuse(bytes, because: error, from: source)
        }
    }

    /// Answers what cannot be parsed, where it can be answered at all.
    func refuse(_ bytes: [UInt8], because error: SIPParseError, from source: SIPSource) {
        counters.malformed += 1
        logger.debug(
            "malformed SIP message",
            metadata: ["sip.error": "\(error)", "net.peer": "\(source.address):\(source.port)"]
        )
        guard let response = SIPResponse.refusing(malformed: bytes, because: error) else { return }
        counters.messagesSent += 1
        transmit(response.serialized(), to: .reply(source), for: nil)
    }

    // MARK: Sending

    func transmit(_ bytes: [UInt8], to destination: SIPDestination, for transaction: ClientTransactionID?) {
        switch destination {
        case .reply(let source):
            if let socket = transports.datagrams[source.flow] {
                write(bytes, on: socket, to: source.address, source.port)
            } else if let connection = transports.connections[source.flow] {
                connection.channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
            } else {
                transmit(bytes, .tcp, source.address, source.port, transaction)
            }
        case .hop(let hop):
            if (try? SocketAddress(ipAddress: hop.host, port: 0)) != nil {
                transmit(bytes, hop.transport, hop.host, hop.port, transaction)
            } else {
                resolve(hop, bytes, transaction)
            }
        }
    }

    private func transmit(
        _ bytes: [UInt8],
        _ transport: TransportKind,
        _ address: String,
        _ port: UInt16,
        _ transaction: ClientTransactionID?
    ) {
        switch transport {
        case .udp:
            guard let socket = datagramSocket(reaching: address) else {
                fail(transaction, "no UDP listener to send from")
                return
            }
            write(bytes, on: socket, to: address, port)
        case .tcp:
            let key = TransportTable.ConnectionKey(transport: .tcp, address: address, port: port)
            if let channel = transports.connection(to: key) {
                channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
                return
            }
            let isConnecting = transports.pending[key] != nil
            transports.pending[key, default: []].append(.init(bytes: bytes, transaction: transaction))
            if !isConnecting { connect(key) }
        case .tls:
            fail(transaction, "TLS is not part of this build")
        }
    }

    /// The UDP socket of the same address family that was bound first.
    private func datagramSocket(reaching address: String) -> (any Channel)? {
        let isIPv6 = address.contains(":")
        return transports.datagrams
            .filter { ($0.value.localAddress?.protocol == .inet6) == isIPv6 }
            .min { $0.key.rawValue < $1.key.rawValue }?
            .value
    }

    private func write(_ bytes: [UInt8], on socket: any Channel, to address: String, _ port: UInt16) {
        guard let remote = try? SocketAddress(ipAddress: address, port: Int(port)) else { return }
        socket.writeAndFlush(AddressedEnvelope(remoteAddress: remote, data: ByteBuffer(bytes: bytes)), promise: nil)
    }

    private func connect(_ key: TransportTable.ConnectionKey) {
        guard let remote = try? SocketAddress(ipAddress: key.address, port: Int(key.port)) else {
            connected(key, .failure(SIPLegError.noDialog))
            return
        }
        let flow = transports.makeFlow()
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.seconds(2))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                self.assumeIsolated { $0.equip(channel, flow, key) }
            }
            .connect(to: remote)
            .whenComplete { result in
                self.assumeIsolated { $0.connected(key, result.map { ($0, flow) }) }
            }
    }

    private func connected(
        _ key: TransportTable.ConnectionKey,
        _ result: Result<(channel: any Channel, flow: FlowID), any Error>
    ) {
        guard let waiting = transports.pending.removeValue(forKey: key) else {
            // Stopped meanwhile.
            if case .success(let connection) = result { connection.channel.close(promise: nil) }
            return
        }
        switch result {
        case .success((let channel, let flow)):
            add(channel, flow, key)
            for item in waiting { channel.write(ByteBuffer(bytes: item.bytes), promise: nil) }
            channel.flush()
        case .failure(let error):
            for item in waiting { fail(item.transaction, "\(error)") }
        }
    }

    private func fail(_ transaction: ClientTransactionID?, _ reason: String) {
        logger.info("SIP message could not be sent", metadata: ["sip.error": "\(reason)"])
        guard let transaction else { return }
        // Not from inside the endpoint's own outputs.
        eventLoop.execute { self.assumeIsolated { $0.transportFailed(transaction) } }
    }

    /// Looks a host name up off the event loop; A and AAAA records, the first address counts.
    private func resolve(_ hop: Hop, _ bytes: [UInt8], _ transaction: ClientTransactionID?) {
        NIOThreadPool.singleton
            .runIfActive(eventLoop: eventLoop) { try SocketAddress.makeAddressResolvingHost(hop.host, port: 0) }
            .whenComplete { result in
                self.assumeIsolated { stack in
                    switch result {
                    case .success(let address):
                        stack.transmit(bytes, hop.transport, address.ipAddress ?? hop.host, hop.port, transaction)
                    case .failure(let error):
                        stack.fail(transaction, "cannot resolve \(hop.host): \(error)")
                    }
                }
            }
    }
}
