import SDP

/// An address and a port, `127.0.0.1:8080` or `[::1]:8080`.
public struct HostPort: Sendable, Hashable, CustomStringConvertible {
    /// An address or a name; an IPv6 address without brackets.
    public var host: String
    public var port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard case .v6 = IPAddress(String(host)) else { return nil }
        } else if host.isEmpty || !host.utf8.allSatisfy(\.isHostCharacter) {
            return nil
        }
        self.init(host: String(host), port: port)
    }

    public var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// Where SIP is listened for: `udp://127.0.0.1:5060`.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    public enum Transport: String, Sendable, Hashable, CaseIterable {
        case udp, tcp, tls
    }

    public var transport: Transport
    public var host: String
    /// 0: any free port.
    public var port: UInt16

    public init(transport: Transport, host: String, port: UInt16) {
        self.transport = transport
        self.host = host
        self.port = port
    }

    public init?(_ text: String) {
        for transport in Transport.allCases where text.hasPrefix("\(transport)://") {
            guard let address = HostPort(String(text.dropFirst(6))) else { return nil }
            self.init(transport: transport, host: address.host, port: address.port)
            return
        }
        return nil
    }

    public var description: String { "\(transport)://\(HostPort(host: host, port: port))" }
}

extension UInt8 {
    fileprivate var isHostCharacter: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
