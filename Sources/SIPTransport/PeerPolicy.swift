import NIOCore

/// Which addresses may talk to us. Asked before a single octet is parsed.
public struct PeerPolicy: Sendable, Hashable {
    public var trusted: [IPNetwork]
    /// Lets everybody in. For laboratories only.
    public var allowUntrusted: Bool
    /// Whose assertions are believed, and who is sent those of others (RFC 3325 §2.3, TS 24.229 §4.4); `nil`: the trusted
    /// ones.
    public var trustDomain: [IPNetwork]?

    public init(trusted: [IPNetwork], allowUntrusted: Bool = false, trustDomain: [IPNetwork]? = nil) {
        self.trusted = trusted
        self.allowUntrusted = allowUntrusted
        self.trustDomain = trustDomain
    }

    public func isTrusted(_ address: SocketAddress) -> Bool {
        address.ipBits.map(isTrusted) ?? false
    }

    func isTrusted(_ address: IPAddressBits) -> Bool { trusted.contains { $0.contains(address) } }

    public func isInTrustDomain(_ address: SocketAddress) -> Bool {
        address.ipBits.map(isInTrustDomain) ?? false
    }

    func isInTrustDomain(_ address: IPAddressBits) -> Bool {
        (trustDomain ?? trusted).contains { $0.contains(address) }
    }

    public func admits(_ address: SocketAddress) -> Bool {
        allowUntrusted || isTrusted(address)
    }
}

/// A range of IP addresses in CIDR notation (RFC 4632), such as `10.0.0.0/8` or `2001:db8::/32`.
public struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    private let base: IPAddressBits
    /// Leading bits that count.
    public let prefixLength: Int
    /// As it was written.
    public let description: String

    /// - Returns: `nil` unless `text` is an address, perhaps with `/` and a prefix length that fits it and behind which
    ///   all bits are zero.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first, let address = try? SocketAddress(ipAddress: String(host), port: 0),
            let bits = address.ipBits
        else { return nil }
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(parts[1]),
                (0...bits.width).contains(length)
            else { return nil }
            prefixLength = length
        } else {
            prefixLength = bits.width
        }
        base = bits
        description = text
        guard bits.prefix(prefixLength) == bits else { return nil }
    }

    /// Every address of both IP versions.
    public static let everywhere = [
        IPNetwork(base: IPAddressBits(ipv4: 0), prefixLength: 0, description: "0.0.0.0/0"),
        IPNetwork(base: IPAddressBits(high: 0, low: 0), prefixLength: 0, description: "::/0"),
    ]

    /// The hosts of this machine, `127.0.0.0/8`.
    public static let loopback = IPNetwork(
        base: IPAddressBits(ipv4: 127 << 24), prefixLength: 8, description: "127.0.0.0/8")

    private init(base: IPAddressBits, prefixLength: Int, description: String) {
        self.base = base
        self.prefixLength = prefixLength
        self.description = description
    }

    func contains(_ address: IPAddressBits) -> Bool {
        address.prefix(prefixLength) == base
    }
}

/// An IP address as a number, its first octet the most significant.
struct IPAddressBits: Sendable, Hashable {
    /// The first 64 bits; of an IPv4 address its 32, and zeros.
    private let high: UInt64
    private let low: UInt64
    /// 32 or 128.
    let width: Int

    init(ipv4 number: UInt32) { self.init(high: UInt64(number) << 32, low: 0, width: 32) }
    init(ipv6 octets: some Sequence<UInt8>) {
        var (high, low) = (UInt64(0), UInt64(0))
        for octet in octets { (high, low) = (high << 8 | low >> 56, low << 8 | UInt64(octet)) }
        self.init(high: high, low: low)
    }

    /// Of an IPv6 address.
    init(high: UInt64, low: UInt64) {
        let isMapped = high == 0 && low >> 32 == 0xFFFF
        self = isMapped ? Self(ipv4: UInt32(truncatingIfNeeded: low)) : Self(high: high, low: low, width: 128)
    }

    private init(high: UInt64, low: UInt64, width: Int) {
        self.high = high
        self.low = low
        self.width = width
    }

    /// The address with all bits after the first `length` ones zero.
    func prefix(_ length: Int) -> Self {
        Self(high: high & Self.ones(length), low: low & Self.ones(length - 64), width: width)
    }

    /// So many ones, 64 at most, and then zeros.
    private static func ones(_ count: Int) -> UInt64 { count <= 0 ? 0 : UInt64.max << max(0, 64 - count) }

    static func text(ipv4 bits: UInt32) -> String {
        // inet_ntop prints by sprintf, which takes as long as all else that is done to receive a datagram.
        "\(bits >> 24).\(bits >> 16 & 0xFF).\(bits >> 8 & 0xFF).\(bits & 0xFF)"
    }

    /// What tells peers apart for overload control: the address, or the network of an IPv6 host.
    var overloadKey: UInt64 { high }

    /// In network order.
    var octets: [UInt8] {
        stride(from: 8, through: width, by: 8).map { end in
            UInt8(truncatingIfNeeded: end <= 64 ? high >> (64 - end) : low >> (128 - end))
        }
    }
}

extension SocketAddress {
    /// An IPv4-mapped IPv6 address counts as IPv4. `nil` for a Unix socket.
    var ipBits: IPAddressBits? {
        switch self {
        case .v4(let address): IPAddressBits(ipv4: UInt32(bigEndian: address.address.sin_addr.s_addr))
        case .v6(let address): withUnsafeBytes(of: address.address.sin6_addr) { IPAddressBits(ipv6: $0) }
        case .unixDomainSocket: nil
        }
    }

    /// As a URI or a Via names it. `nil` for a Unix socket.
    var hostText: String? {
        guard case .v4(let address) = self else { return ipAddress }
        let bits = UInt32(bigEndian: address.address.sin_addr.s_addr)
        return IPAddressBits.text(ipv4: bits)
    }

    /// 4 or 16 octets in network order; an IPv4-mapped IPv6 address counts as IPv4. `nil` for a Unix socket.
    var ipOctets: [UInt8]? { ipBits?.octets }
}
