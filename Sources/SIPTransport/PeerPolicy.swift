import NIOCore

/// Which addresses may talk to us. Asked before a single octet is parsed.
public struct PeerPolicy: Sendable, Hashable {
    public var trusted: [IPNetwork]
    /// Lets everybody in. For laboratories only.
    public var allowUntrusted: Bool

    public init(trusted: [IPNetwork], allowUntrusted: Bool = false) {
        self.trusted = trusted
        self.allowUntrusted = allowUntrusted
    }

    public func isTrusted(_ address: SocketAddress) -> Bool {
        guard let octets = address.ipOctets else { return false }
        return trusted.contains { $0.contains(octets) }
    }

    public func admits(_ address: SocketAddress) -> Bool {
        allowUntrusted || isTrusted(address)
    }
}

/// A range of IP addresses in CIDR notation (RFC 4632), such as `10.0.0.0/8` or `2001:db8::/32`.
public struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    private let prefix: [UInt8]
    /// Leading bits that count.
    public let prefixLength: Int
    /// As it was written.
    public let description: String

    /// - Returns: `nil` unless `text` is an address, perhaps with `/` and a prefix length that fits it and behind which
    ///   all bits are zero.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first, let address = try? SocketAddress(ipAddress: String(host), port: 0),
            let octets = address.ipOctets
        else { return nil }
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(parts[1]),
                (0...octets.count * 8).contains(length)
            else { return nil }
            prefixLength = length
        } else {
            prefixLength = octets.count * 8
        }
        prefix = octets
        description = text
        guard Self.masked(octets, to: prefixLength) == octets else { return nil }
    }

    /// The hosts of this machine, `127.0.0.0/8`.
    public static let loopback = IPNetwork(prefix: [127, 0, 0, 0], prefixLength: 8, description: "127.0.0.0/8")

    private init(prefix: [UInt8], prefixLength: Int, description: String) {
        self.prefix = prefix
        self.prefixLength = prefixLength
        self.description = description
    }

    func contains(_ octets: [UInt8]) -> Bool {
        octets.count == prefix.count && Self.masked(octets, to: prefixLength) == prefix
    }

    /// The octets with all bits after the first `length` ones zero.
    private static func masked(_ octets: [UInt8], to length: Int) -> [UInt8] {
        octets.enumerated().map { index, octet in
            octet & UInt8(truncatingIfNeeded: 0xFF00 >> min(max(length - index * 8, 0), 8))
        }
    }
}

extension SocketAddress {
    /// 4 or 16 octets in network order; an IPv4-mapped IPv6 address counts as IPv4. `nil` for a Unix socket.
    var ipOctets: [UInt8]? {
        switch self {
        case .v4(let address):
            return withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
        case .v6(let address):
            let octets = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
            let isMapped = octets[..<10].allSatisfy { $0 == 0 } && octets[10] == 0xFF && octets[11] == 0xFF
            return isMapped ? Array(octets[12...]) : octets
        case .unixDomainSocket:
            return nil
        }
    }
}
