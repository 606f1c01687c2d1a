/// A literal IP address with a UDP port: where a packet came from or goes to.
///
/// An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) is held as the IPv4 address, so that the two never differ.
public struct IPEndpoint: Sendable, Hashable {
    public enum Family: UInt8, Sendable, Hashable {
        case v4 = 4
        case v6 = 6
    }

    public let family: Family
    /// IPv6: the first eight octets. IPv4: zero.
    public let high: UInt64
    /// IPv6: the last eight octets. IPv4: the address in the low 32 bits.
    public let low: UInt64
    public var port: UInt16

    private init(family: Family, high: UInt64, low: UInt64, port: UInt16) {
        self.family = family
        self.high = high
        self.low = low
        self.port = port
    }

    public init(v4 address: UInt32, port: UInt16) {
        self.init(family: .v4, high: 0, low: UInt64(address), port: port)
    }

    public init(v6High high: UInt64, low: UInt64, port: UInt16) {
        if high == 0, low >> 32 == 0xFFFF {
            self.init(v4: UInt32(truncatingIfNeeded: low), port: port)
        } else {
            self.init(family: .v6, high: high, low: low, port: port)
        }
    }

    /// Reads a dotted IPv4 or an IPv6 address without zone (RFC 4291 §2.2). `nil` for anything else, names included.
    public init?(literal: String, port: UInt16) {
        if let address = Self.parseV4(Substring(literal)) {
            self.init(v4: address, port: port)
        } else if let (high, low) = Self.parseV6(literal) {
            self.init(v6High: high, low: low, port: port)
        } else {
            return nil
        }
    }

    /// The same address with another port.
    public func with(port: UInt16) -> IPEndpoint {
        var copy = self
        copy.port = port
        return copy
    }

    /// Whether both name the same host, whatever the ports.
    public func hasSameAddress(as other: IPEndpoint) -> Bool {
        family == other.family && high == other.high && low == other.low
    }
}

extension IPEndpoint {
    /// What an address is for, as far as sending media there is concerned (RFC 6890).
    public enum Scope: Sendable, Hashable {
        case unicast, unspecified, loopback, linkLocal, multicast, broadcast, reserved
    }

    public var scope: Scope {
        switch family {
        case .v4: scopeV4
        case .v6: scopeV6
        }
    }

    private var scopeV4: Scope {
        switch (UInt8(truncatingIfNeeded: low >> 24), UInt8(truncatingIfNeeded: low >> 16)) {
        case (0, _): low == 0 ? .unspecified : .reserved
        case (127, _): .loopback
        case (169, 254): .linkLocal
        case (224...239, _): .multicast
        case (240...255, _): low == 0xFFFF_FFFF ? .broadcast : .reserved
        default: .unicast
        }
    }

    private var scopeV6: Scope {
        if high == 0 {
            switch low {
            case 0: return .unspecified
            case 1: return .loopback
            default: return .reserved
            }
        }
        if high >> 56 == 0xFF { return .multicast }
        if high >> 54 == 0xFE80 >> 6 { return .linkLocal }
        return .unicast
    }
}

extension IPEndpoint {
    private static func parseV4(_ text: Substring) -> UInt32? {
        var address: UInt32 = 0
        var octets = 0
        for part in text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard octets < 4, (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else {
                return nil
            }
            var value: UInt32 = 0
            for digit in part {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
                value = value * 10 + UInt32(digit - UInt8(ascii: "0"))
            }
            guard value <= 255 else { return nil }
            address = address << 8 | value
            octets += 1
        }
        return octets == 4 ? address : nil
    }

    private static func parseV6(_ text: String) -> (high: UInt64, low: UInt64)? {
        guard text.utf8.count <= 45 else { return nil }
        var groups: [UInt16] = []
        var gap: Int?
        var parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)[...]
        guard parts.count >= 3 else { return nil }
        // A colon at either end is half of a "::".
        if parts.first?.isEmpty == true {
            guard parts.dropFirst().first?.isEmpty == true else { return nil }
            parts = parts.dropFirst()
        }
        if parts.last?.isEmpty == true {
            guard parts.dropLast().last?.isEmpty == true else { return nil }
            parts = parts.dropLast()
        }
        for (index, part) in zip(parts.indices, parts) {
            if part.isEmpty {
                guard gap == nil else { return nil }
                gap = groups.count
            } else if part.contains(UInt8(ascii: ".")) {
                guard index == parts.index(before: parts.endIndex), let tail = parseV4(Substring(part)) else {
                    return nil
                }
                groups.append(UInt16(truncatingIfNeeded: tail >> 16))
                groups.append(UInt16(truncatingIfNeeded: tail))
            } else {
                guard part.count <= 4, part.first != UInt8(ascii: "+"), part.first != UInt8(ascii: "-"),
                    let group = UInt16(Substring(part), radix: 16)
                else { return nil }
                groups.append(group)
            }
            guard groups.count <= 8 else { return nil }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        let high = groups[0..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        let low = groups[4..<8].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        return (high, low)
    }
}

extension IPEndpoint: CustomStringConvertible {
    public var description: String {
        switch family {
        case .v4:
            let octets = stride(from: 24, through: 0, by: -8).map { String(UInt8(truncatingIfNeeded: low >> $0)) }
            return "\(octets.joined(separator: ".")):\(port)"
        case .v6:
            let groups = [high, low].flatMap { half in
                stride(from: 48, through: 0, by: -16).map { String(UInt16(truncatingIfNeeded: half >> $0), radix: 16) }
            }
            return "[\(groups.joined(separator: ":"))]:\(port)"
        }
    }
}
