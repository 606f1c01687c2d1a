import CDatagrams
import Glibc
import NIOCore

/// Where a datagram came from.
struct DatagramPeer: Hashable {
    private let high: UInt64
    private let low: UInt64
    private let isIPv6: Bool
    var port: UInt16

    init(_ endpoint: cdatagrams_endpoint) {
        high = endpoint.high
        low = endpoint.low
        isIPv6 = endpoint.family == 6
        port = endpoint.port
    }

    /// - Returns: `nil` for a Unix socket.
    init?(_ address: SocketAddress) {
        guard let port = address.port else { return nil }
        var endpoint = cdatagrams_endpoint()
        switch address {
        case .v4(let address):
            endpoint.family = 4
            endpoint.low = UInt64(UInt32(bigEndian: address.address.sin_addr.s_addr))
        case .v6(let address):
            endpoint.family = 6
            withUnsafeBytes(of: address.address.sin6_addr) { octets in
                for octet in octets {
                    endpoint.high = endpoint.high << 8 | endpoint.low >> 56
                    endpoint.low = endpoint.low << 8 | UInt64(octet)
                }
            }
        case .unixDomainSocket:
            return nil
        }
        endpoint.port = UInt16(truncatingIfNeeded: port)
        self.init(endpoint)
    }

    var endpoint: cdatagrams_endpoint {
        cdatagrams_endpoint(high: high, low: low, port: port, family: isIPv6 ? 6 : 4)
    }

    func hasAddress(of other: Self) -> Bool {
        high == other.high && low == other.low && isIPv6 == other.isIPv6
    }

    /// An IPv4-mapped IPv6 address counts as IPv4.
    var bits: IPAddressBits {
        isIPv6 ? IPAddressBits(high: high, low: low) : IPAddressBits(ipv4: UInt32(truncatingIfNeeded: low))
    }

    /// The address as a URI or a Via names it.
    var hostText: String {
        guard isIPv6 else { return IPAddressBits.text(ipv4: UInt32(truncatingIfNeeded: low)) }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        withUnsafeMutableBytes(of: &address.sin6_addr) { octets in
            octets.storeBytes(of: high.bigEndian, as: UInt64.self)
            octets.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        return SocketAddress(address).ipAddress ?? ""
    }
}
