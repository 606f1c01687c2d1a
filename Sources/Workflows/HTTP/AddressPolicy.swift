import NIOCore

/// Which addresses a name on the allow-list may lead to, so that a name server cannot turn us against our own network.
public enum AddressPolicy {
    public enum Reach: Sendable, Hashable {
        case global
        /// Loopback, private (RFC 1918, RFC 4193) and shared (RFC 6598) space: only for origins that allow it.
        case local
        /// Unspecified, link-local, multicast, reserved, and the metadata services of clouds: never.
        case forbidden
    }

    /// What an address literal reaches; one that is none is forbidden.
    public static func reach(of address: String) -> Reach {
        guard let octets = octets(of: address) else { return .forbidden }
        return octets.count == 4 ? version4(octets) : version6(octets)
    }

    /// 4 or 16 octets of an address literal.
    static func octets(of text: String) -> [UInt8]? {
        guard let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
        switch address {
        case .v4(let value): return withUnsafeBytes(of: value.address.sin_addr) { Array($0) }
        case .v6(let value): return withUnsafeBytes(of: value.address.sin6_addr) { Array($0) }
        case .unixDomainSocket: return nil
        }
    }

    /// The special-purpose registry of RFC 6890.
    private static func version4(_ octets: [UInt8]) -> Reach {
        switch (octets[0], octets[1], octets[2]) {
        case (127, _, _), (10, _, _), (172, 16...31, _), (192, 168, _), (100, 64...127, _): .local
        case (0, _, _), (169, 254, _), (192, 0, 0), (192, 0, 2), (198, 18...19, _), (198, 51, 100), (203, 0, 113),
            (224..., _, _):
            .forbidden
        default: .global
        }
    }

    private static func version6(_ octets: [UInt8]) -> Reach {
        let embedded = embeddedVersion4(octets)
        if let embedded { return version4(embedded) }
        if octets.dropLast().allSatisfy({ $0 == 0 }) { return octets[15] == 1 ? .local : .forbidden }
        // fd00:ec2::254 answers with the credentials of a machine.
        if octets.starts(with: [0xFD, 0x00, 0x0E, 0xC2]) { return .forbidden }
        switch octets[0] {
        case 0xFC, 0xFD: return .local
        case 0x20...0x3F: return octets.starts(with: [0x20, 0x01, 0x0D, 0xB8]) ? .forbidden : .global
        default: return .forbidden
        }
    }

    /// The IPv4 address in a mapped one (RFC 4291 §2.5.5.2), behind NAT64 (RFC 6052 §2.1) or of 6to4 (RFC 3056 §2).
    private static func embeddedVersion4(_ octets: [UInt8]) -> [UInt8]? {
        if octets.prefix(10).allSatisfy({ $0 == 0 }), octets[10] == 0xFF, octets[11] == 0xFF {
            return Array(octets[12...])
        }
        if octets.starts(with: [0x00, 0x64, 0xFF, 0x9B]) { return Array(octets[12...]) }
        if octets.starts(with: [0x20, 0x02]) { return Array(octets[2..<6]) }
        return nil
    }
}
