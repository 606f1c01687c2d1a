import SIP

/// An address we take SIP on, such as `udp://127.0.0.1:5060`.
public struct SIPListener: Sendable, Hashable, CustomStringConvertible {
    public var transport: TransportKind
    /// A literal IP address.
    public var host: String
    /// 0 lets the kernel choose.
    public var port: UInt16

    public init(transport: TransportKind, host: String, port: UInt16) {
        self.transport = transport
        self.host = host
        self.port = port
    }

    /// - Returns: `nil` unless `text` is `udp://`, `tcp://` or `tls://` with an IP address (IPv6 in brackets) and a port.
    public init?(_ text: String) {
        guard let scheme = text.firstRange(of: "://") else { return nil }
        switch text[..<scheme.lowerBound] {
        case "udp": transport = .udp
        case "tcp": transport = .tcp
        case "tls": transport = .tls
        default: return nil
        }
        guard let uri = try? SIPURI(parsing: "sip:" + text[scheme.upperBound...]), uri.user == nil,
            uri.parameters.isEmpty
        else { return nil }
        host = uri.host
        port = uri.port ?? transport.defaultPort
    }

    public var description: String {
        "\(transport.rawValue.lowercased())://\(HostPort(host: host, port: port))"
    }
}

/// Why the stack did not start.
public struct SIPBindError: Error, Sendable, CustomStringConvertible {
    public let listener: SIPListener
    public let reason: String

    public var description: String {
        "cannot listen on \(listener): \(reason); is another process using the port, is the address one of this machine?"
    }
}
