/// A literal IPv4 or IPv6 address. Domain names are no addresses and are never resolved here.
public enum IPAddress: Sendable, Hashable {
    /// The four octets, the first one in the highest byte.
    case v4(UInt32)
    /// The sixteen octets in two halves, each with its first octet in the highest byte.
    case v6(UInt64, UInt64)

    /// Parses dotted decimal of four numbers without leading zeros, or the text of RFC 4291 §2.2 without zone and
    /// without brackets.
    public init?(_ text: String) {
        let bytes = ArraySlice(text.utf8)
        guard bytes.count <= 45 else { return nil }
        if bytes.contains(.colon) {
            guard let groups = Self.groups(of: bytes) else { return nil }
            var halves: (UInt64, UInt64) = (0, 0)
            for index in 0..<4 {
                halves.0 = halves.0 << 16 | UInt64(groups[index])
                halves.1 = halves.1 << 16 | UInt64(groups[index + 4])
            }
            self = .v6(halves.0, halves.1)
        } else {
            guard let address = Self.dottedDecimal(bytes) else { return nil }
            self = .v4(address)
        }
    }

    /// An IPv4-mapped IPv6 address as the IPv4 address it stands for; any other address as it is.
    public var unmapped: IPAddress {
        guard case .v6(0, let low) = self, low >> 32 == 0xFFFF else { return self }
        return .v4(UInt32(truncatingIfNeeded: low))
    }

    public var isUnspecified: Bool {
        switch unmapped {
        case .v4(let address): address == 0
        case .v6(let high, let low): high == 0 && low == 0
        }
    }

    /// `127.0.0.0/8`, `::1`, and the same mapped.
    public var isLoopback: Bool {
        switch unmapped {
        case .v4(let address): address >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }

    /// `169.254.0.0/16`, where cloud metadata services live too, and `fe80::/10`.
    public var isLinkLocal: Bool {
        switch unmapped {
        case .v4(let address): address >> 16 == 0xA9FE
        case .v6(let high, _): high >> 54 == 0x3FA
        }
    }

    /// `224.0.0.0/4` and `ff00::/8`.
    public var isMulticast: Bool {
        switch unmapped {
        case .v4(let address): address >> 28 == 0xE
        case .v6(let high, _): high >> 56 == 0xFF
        }
    }

    /// `0.0.0.0/8`, `240.0.0.0/4` with the broadcast address, and IPv4-compatible IPv6: never a peer.
    public var isReserved: Bool {
        switch unmapped {
        case .v4(let address): address >> 24 == 0 || address >> 28 == 0xF
        case .v6(let high, let low): high == 0 && low >> 32 == 0 && low > 1
        }
    }

    private static func dottedDecimal(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let parts = bytes.split(separator: .dot, maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            let hasLeadingZero = part.count > 1 && part.first == UInt8(ascii: "0")
            guard !hasLeadingZero, let octet = part.number(UInt8.self) else { return nil }
            address = address << 8 | UInt32(octet)
        }
        return address
    }

    /// The eight groups of an IPv6 address.
    private static func groups(of bytes: ArraySlice<UInt8>) -> [UInt16]? {
        var head: [UInt16] = []
        var tail: [UInt16]?
        var rest = bytes
        if rest.hasPrefix("::") {
            tail = []
            rest = rest.dropFirst(2)
        } else if rest.first == .colon {
            return nil
        }
        while !rest.isEmpty {
            let end = rest.firstIndex(of: .colon) ?? rest.endIndex
            let part = rest[rest.startIndex..<end]
            var values: [UInt16] = []
            if part.contains(.dot) {
                guard end == rest.endIndex, let address = dottedDecimal(part) else { return nil }
                values = [UInt16(address >> 16), UInt16(truncatingIfNeeded: address)]
            } else {
                guard let value = group(part) else { return nil }
                values = [value]
            }
            if tail == nil { head += values } else { tail? += values }
            if head.count + (tail?.count ?? 0) > 8 { return nil }

            rest = rest[end...].dropFirst()
            if end == bytes.endIndex { break }
            if rest.isEmpty { return nil }  // A single colon at the end.
            if rest.first == .colon {
                if tail != nil { return nil }
                tail = []
                rest = rest.dropFirst()
            }
        }
        guard let tail else { return head.count == 8 ? head : nil }
        let missing = 8 - head.count - tail.count
        return missing > 0 ? head + [UInt16](repeating: 0, count: missing) + tail : nil
    }

    private static func group(_ part: ArraySlice<UInt8>) -> UInt16? {
        guard (1...4).contains(part.count) else { return nil }
        var value: UInt16 = 0
        for byte in part {
            guard let digit = byte.hexadecimalValue else { return nil }
            value = value << 4 | UInt16(digit)
        }
        return value
    }
}
