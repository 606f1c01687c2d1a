import SDP

/// A block of addresses, `10.0.0.0/8` or `2001:db8::/32`; a single address without prefix length.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    public let address: IPAddress
    /// Leading bits that count.
    public let prefixLength: Int
    /// As it was written.
    public let description: String

    /// - Returns: `nil` if it is no block of addresses, or bits after the prefix are set.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
        let width =
            switch address {
            case .v4: 32
            case .v6: 128
            }
        var prefixLength = width
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(parts[1]), length <= width
            else { return nil }
            prefixLength = length
        }
        guard address.masked(to: prefixLength) == address else { return nil }
        self.address = address
        self.prefixLength = prefixLength
        description = text
    }

    private init(address: IPAddress, prefixLength: Int, description: String) {
        self.address = address
        self.prefixLength = prefixLength
        self.description = description
    }

    public static let loopback = AddressRange(address: .v4(127 << 24), prefixLength: 8, description: "127.0.0.0/8")

    /// Whether the block holds an address; an IPv4-mapped IPv6 address counts as the IPv4 address it stands for.
    public func contains(_ other: IPAddress) -> Bool {
        other.masked(to: prefixLength) == address || other.unmapped.masked(to: prefixLength) == address
    }
}

extension IPAddress {
    /// This address with all bits after the first `length` ones zero.
    fileprivate func masked(to length: Int) -> IPAddress {
        switch self {
        case .v4(let bits):
            .v4(bits & Self.mask(length))
        case .v6(let high, let low):
            .v6(high & Self.mask(min(length, 64)), low & Self.mask(max(length - 64, 0)))
        }
    }

    private static func mask<Bits: FixedWidthInteger>(_ length: Int) -> Bits {
        length >= Bits.bitWidth ? ~0 : ~(~0 >> length)
    }
}
