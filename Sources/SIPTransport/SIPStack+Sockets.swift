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
            case .tcp, .tls:
                if listener.transport == .tls, tls == nil {
                    throw SIPBindError(listener: listener, reason: "there is no certificate for it")
                }
                channel = try await bindConnections(address, listener.transport)
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
        // The channel tells when there is something to read, and brings the first of it; the rest is read, and all that
        // is sent is sent, without it.
        let channel = try await DatagramBootstrap(group: eventLoop)
            .channelOption(.socketOption(.so_reuseaddr), value: 1)
            .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_535))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramHandler(stack: self, flow: flow))
                }
            }
            .bind(to: address).get()
        let descriptor = try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        }.get()
        transports.add(datagram: channel, descriptor ?? -1, flow)
        return channel
    }

    // MARK: Receiving

    /// Answers what cannot be parsed, where it can be answered at all.
    func refuse(_ bytes: [UInt8], because error: SIPParseError, from source: SIPSource) {
        captureReceived(bytes, from: source)
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
            if transports.datagrams[source.flow] != nil {
                write(bytes, on: source.flow, to: source.address, source.port, for: nil)
            } else if let connection = transports.connections[source.flow] {
                guard let bytes = written(bytes, to: connection.key.address, transaction) else { return }
                write(bytes, on: connection.channel, source.flow, for: transaction)
            } else {
                // A peer is called back by the transport it chose: never in clear where it came by TLS.
                transmit(bytes, source.transport, source.address, source.port, name: source.address, transaction)
            }
        case .hop(let hop):
            if (try? SocketAddress(ipAddress: hop.host, port: 0)) != nil {
                transmit(bytes, hop.transport, hop.host, hop.port, name: hop.host, transaction)
            } else {
                transmit(bytes, toName: hop, transaction)
            }
        }
    }

    func transmit(
        _ bytes: [UInt8],
        _ transport: TransportKind,
        _ address: String,
        _ port: UInt16,
        name: String,
        _ transaction: ClientTransactionID?
    ) {
        switch transport {
        case .udp:
            guard let socket = datagramSocket(reaching: address) else {
                fail(transaction, "no UDP listener to send from")
                return
            }
            if transaction != nil || bytes.starts(with: "ACK ".utf8) {
                if moveToStream(bytes, address, port, transaction) { return }
            }
            write(bytes, on: socket, to: address, port, for: transaction)
        case .tcp, .tls:
            let name = transport == .tls ? name : nil
            let key = TransportTable.ConnectionKey(transport: transport, address: address, port: port, name: name)
            send(.init(bytes: bytes, transaction: transaction), over: key)
        }
    }

    /// Sends on a connection there is, or opens one.
    private func send(_ item: TransportTable.Pending, over key: TransportTable.ConnectionKey) {
        guard let bytes = written(item.bytes, to: key.address, item.transaction) else { return }
        var item = item
        item.bytes = bytes
        if let (flow, channel) = transports.connection(to: key) {
            write(item.bytes, on: channel, flow, for: item.transaction)
            return
        }
        let isConnecting = transports.pending[key] != nil
        let waiting = transports.pending[key, default: []].reduce(0) { $0 + $1.bytes.count }
        guard waiting + item.bytes.count <= configuration.writeQueue else {
            fail(item.transaction, "too much waits for a connection to \(key.address)")
            return
        }
        transports.pending[key, default: []].append(item)
        if !isConnecting { connect(key) }
    }

    /// RFC 3261 §18.1.1: a request of more than 1 300 octets goes by TCP if the next hop takes it.
    ///
    /// - Returns: Whether the request is on its way, or needs none.
    private func moveToStream(
        _ request: [UInt8],
        _ address: String,
        _ port: UInt16,
        _ transaction: ClientTransactionID?
    ) -> Bool {
        let way = transports.largeRequests.way(of: request, to: "\(HostPort(host: address, port: port))", at: now)
        switch way {
        case .datagram:
            return false
        case .nowhere:
            return true
        case .stream:
            let sentBy = endpoint.configuration.localAddress(for: .tcp, towards: address)
            guard let bytes = WrittenRequest.via(.tcp, request, sentBy: sentBy) else { return false }
            if request.count > LargeRequests.limit {
                transports.largeRequests.didMove(request, at: now)
                counters.requestsMovedToTCP += 1
            }
            let key = TransportTable.ConnectionKey(transport: .tcp, address: address, port: port)
            send(.init(bytes: bytes, transaction: transaction, datagram: request), over: key)
            return true
        }
    }

    /// The peer takes no connection: its requests go by UDP after all, for some time to come.
    func returnToDatagram(_ request: [UInt8], _ key: TransportTable.ConnectionKey, _ transaction: ClientTransactionID?)
    {
        let peer = "\(HostPort(host: key.address, port: key.port))"
        transports.largeRequests.wasRefused(request, by: peer, at: now)
        transmit(request, .udp, key.address, key.port, name: key.address, transaction)
    }

    /// The UDP socket of the same address family that was bound first.
    private func datagramSocket(reaching address: String) -> FlowID? {
        address.utf8.contains(.colon) ? transports.requestSockets.ipv6 : transports.requestSockets.ipv4
    }

    private func write(
        _ bytes: [UInt8], on flow: FlowID, to address: String, _ port: UInt16, for transaction: ClientTransactionID?
    ) {
        guard let known = peer(at: address, port) else { return }
        let peer = known.peer
        guard let bytes = known.isInTrustDomain ? bytes : written(outside: bytes, transaction) else { return }
        captureCopy(bytes, on: transports.datagrams[flow]?.channel, peer: address, port, isSent: true)
        guard outbox.append(bytes, to: peer, on: flow, for: transaction) else {
            fail(transaction, "too much waits to be sent")
            return
        }
        guard !isFlushDue else { return }
        isFlushDue = true
        eventLoop.execute { self.assumeIsolated { $0.flushDatagrams() } }
    }

    /// Most datagrams go to few peers.
    func peer(at address: String, _ port: UInt16) -> KnownPeer? {
        if var known = peersByAddress[address] {
            known.peer.port = port
            return known
        }
        guard let remote = try? SocketAddress(ipAddress: address, port: Int(port)), let peer = DatagramPeer(remote)
        else {
            return nil
        }
        if peersByAddress.count >= 256 { peersByAddress.removeAll(keepingCapacity: true) }
        let known = KnownPeer(peer: peer, isInTrustDomain: configuration.policy.isInTrustDomain(peer.bits))
        peersByAddress[address] = known
        return known
    }

    /// Sends what the turn has written, and what is left of those before.
    func flushDatagrams() {
        isFlushDue = false
        for failure in outbox.flush({ transports.datagrams[$0]?.descriptor }) {
            counters.sendFailures += failure.transaction == nil ? 1 : 0
            fail(failure.transaction, failure.reason)
        }
        guard !outbox.isEmpty, !isStopped else { return }
        isFlushDue = true
        eventLoop.scheduleTask(in: .milliseconds(1)) { self.assumeIsolated { $0.flushDatagrams() } }
    }

    func fail(_ transaction: ClientTransactionID?, _ reason: String) {
        logger.info("SIP message could not be sent", metadata: ["sip.error": "\(reason)"])
        guard let transaction else { return }
        // Not from inside the endpoint's own outputs.
        eventLoop.execute { self.assumeIsolated { $0.transportFailed(transaction) } }
    }
}
