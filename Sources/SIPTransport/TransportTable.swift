import NIOCore
import SIP

/// The sockets of a stack: its listeners and its connections.
struct TransportTable {
    struct Connection {
        let channel: any Channel
        let key: ConnectionKey
        /// Whom the certificate of a TLS peer is for.
        let identity: CertificateIdentity?
        /// Whether requests of ours went out by it.
        var hasRequests = false
    }

    struct ConnectionKey: Hashable {
        let transport: TransportKind
        let address: String
        let port: UInt16
        /// What the certificate of a TLS peer has to name: the host of the hop. `nil` for TCP, and for connections
        /// that peers opened.
        var name: String?
    }

    /// Octets that wait for a connection, with the transaction to tell when it fails.
    struct Pending {
        var bytes: [UInt8]
        let transaction: ClientTransactionID?
        /// What goes by UDP if the peer takes no connection: the request as it was before it proved too large.
        var datagram: [UInt8]?
    }

    let policy: PeerPolicy
    private var lastFlow: UInt64 = 0
    struct DatagramSocket {
        let channel: any Channel
        /// Valid for as long as the socket is in the table.
        let descriptor: Int32
    }

    /// The UDP sockets by flow.
    private(set) var datagrams: [FlowID: DatagramSocket] = [:]
    /// The UDP sockets that requests leave by: the first of each address family.
    private(set) var requestSockets: (ipv4: FlowID?, ipv6: FlowID?)
    private(set) var listeners: [any Channel] = []
    /// Those that we have opened, and those of peers that have brought a message.
    private(set) var connections: [FlowID: Connection] = [:]
    private(set) var flows: [ConnectionKey: FlowID] = [:]
    var pending: [ConnectionKey: [Pending]] = [:]
    var largeRequests = LargeRequests()

    init(policy: PeerPolicy) {
        self.policy = policy
    }

    mutating func makeFlow() -> FlowID {
        lastFlow += 1
        return FlowID(rawValue: lastFlow)
    }

    mutating func add(datagram channel: any Channel, _ descriptor: Int32, _ flow: FlowID) {
        datagrams[flow] = DatagramSocket(channel: channel, descriptor: descriptor)
        if channel.localAddress?.protocol == .inet6 {
            requestSockets.ipv6 = requestSockets.ipv6 ?? flow
        } else {
            requestSockets.ipv4 = requestSockets.ipv4 ?? flow
        }
    }

    mutating func add(listener channel: any Channel) { listeners.append(channel) }

    mutating func add(
        connection channel: any Channel, _ flow: FlowID, _ key: ConnectionKey, _ identity: CertificateIdentity?
    ) {
        connections[flow] = Connection(channel: channel, key: key, identity: identity)
        flows[key] = flow
    }

    mutating func removeConnection(_ flow: FlowID) {
        guard let connection = connections.removeValue(forKey: flow) else { return }
        if flows[connection.key] == flow { flows[connection.key] = nil }
    }

    /// A connection that may be used for `key`. One to the same address that was opened for another name will do only
    /// if its certificate has this name too (RFC 5922 §7.4, RFC 5923 §8.2).
    func connection(to key: ConnectionKey) -> (flow: FlowID, channel: any Channel)? {
        if let flow = flows[key] { return connections[flow].map { (flow, $0.channel) } }
        guard let name = key.name else { return nil }
        let found = connections.first { _, connection in
            connection.key.transport == key.transport && connection.key.address == key.address
                && connection.key.port == key.port && connection.identity?.names(name) == true
        }
        return found.map { ($0.key, $0.value.channel) }
    }

    mutating func carriesRequests(_ flow: FlowID) {
        if connections[flow]?.hasRequests == false { connections[flow]?.hasRequests = true }
    }

    /// Forgets the listeners and what waits for connections, and gives every channel to be closed; connections leave
    /// as they close.
    mutating func removeAll() -> [any Channel] {
        defer {
            listeners = []
            datagrams = [:]
            requestSockets = (nil, nil)
            pending = [:]
        }
        return listeners + datagrams.values.map(\.channel) + connections.values.map(\.channel)
    }
}
