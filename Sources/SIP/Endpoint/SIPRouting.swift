/// A transport that carries SIP (RFC 3261 §18).
public enum TransportKind: String, Sendable, Hashable, CaseIterable {
    case udp = "UDP"
    case tcp = "TCP"
    case tls = "TLS"

    /// Whether the transport itself retransmits.
    public var isReliable: Bool { self != .udp }
    public var defaultPort: UInt16 { self == .tls ? 5_061 : 5_060 }
}

/// A connection, or the local socket of a connectionless transport. Given out by the driver.
public struct FlowID: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

/// Where a message came from.
public struct SIPSource: Sendable, Hashable {
    public var transport: TransportKind
    /// Literal IP address of the peer.
    public var address: String
    public var port: UInt16
    public var flow: FlowID

    public init(transport: TransportKind, address: String, port: UInt16, flow: FlowID) {
        self.transport = transport
        self.address = address
        self.port = port
        self.flow = flow
    }
}

/// A next hop as a URI or a route names it; the driver resolves the host (RFC 3263).
public struct Hop: Sendable, Hashable {
    public var transport: TransportKind
    /// A name, or an IP address without brackets.
    public var host: String
    public var port: UInt16
    /// Whether the transport is the only one allowed. Otherwise it is what is left when the DNS names none.
    public var isTransportStated: Bool
    /// Whether the port was given: then no SRV record is asked for (RFC 3263 §4.2).
    public var isPortStated: Bool

    /// A hop whose transport and port are settled: addresses of the host are all that is looked up.
    public init(transport: TransportKind, host: String, port: UInt16) {
        self.transport = transport
        self.host = host
        self.port = port
        isTransportStated = true
        isPortStated = true
    }

    /// The hop that a request to this URI takes when there is no route.
    ///
    /// - Returns: `nil` for a URI without a host (`tel`, an empty `maddr`) or a transport we do not have.
    public init?(_ uri: SIPURI) {
        guard uri.scheme == .sip || uri.scheme == .sips else { return nil }
        host = uri.addressOverride ?? uri.host
        guard !host.isEmpty else { return nil }
        switch uri.parameters["transport"]?.lowercasedASCII {
        case nil: transport = uri.scheme == .sips ? .tls : .udp
        case "udp"? where uri.scheme == .sip: transport = .udp
        case "tcp"?: transport = uri.scheme == .sips ? .tls : .tcp
        case "tls"?: transport = .tls
        default: return nil
        }
        port = uri.port ?? transport.defaultPort
        // Nothing is looked up for an address.
        let isAddress = Hop.isAddress(host)
        isTransportStated = isAddress || uri.parameters["transport"] != nil
        isPortStated = isAddress || uri.port != nil
    }

    /// Whether the host is an address as RFC 3263 §4.1 has it. No name has only digits behind its last dot.
    static func isAddress(_ host: String) -> Bool {
        host.utf8.contains(.colon) || host.utf8.allSatisfy { $0.isDigit || $0 == .period }
    }
}

extension SIPURI {
    /// `maddr`, which takes the host's place (RFC 3261 §19.1.1): a name, or an IP address without the brackets that it is
    /// written in when it is one of IPv6 (`host` in §25.1).
    var addressOverride: String? {
        guard let text = parameters["maddr"] else { return nil }
        return text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
    }
}

/// Where the driver sends a message.
public enum SIPDestination: Sendable, Hashable {
    /// Back on the flow a request came on; if it is gone, to the address (RFC 3261 §18.2.2).
    case reply(SIPSource)
    case hop(Hop)

    public var transport: TransportKind {
        switch self {
        case .reply(let source): source.transport
        case .hop(let hop): hop.transport
        }
    }

    /// A name, or an IP address without brackets.
    public var host: String {
        switch self {
        case .reply(let source): source.address
        case .hop(let hop): hop.host
        }
    }
}
