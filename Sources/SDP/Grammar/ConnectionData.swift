/// The `c=` line: where media is received (RFC 8866 §5.7).
public struct ConnectionData: Sendable, Hashable {
    /// `IN`.
    public var networkType: String
    /// `IP4` or `IP6`.
    public var addressType: String
    /// An address, or a domain name, without the `/ttl` and `/count` of multicast.
    public var address: String
    /// `ttl` and `count` of a multicast address as they stood, without the first slash.
    public var multicastSuffix: String?

    /// A `c=` line of our own, of network type `IN`; the address type follows from the address.
    public init(address: String) {
        networkType = "IN"
        addressType = Self.addressType(of: address)
        self.address = address
        multicastSuffix = nil
    }

    /// - Parameter value: Where that lies which follows `c=`.
    init?(parsing value: Range<Int>, in bytes: Span<UInt8>) {
        var fields = SDPFields(value, atMost: 4)
        guard let networkType = fields.next(bytes), let addressType = fields.next(bytes),
            let address = fields.next(bytes), fields.next(bytes) == nil
        else { return nil }
        self.networkType = bytes.text(networkType)
        self.addressType = bytes.text(addressType)
        if let slash = address.first(where: { bytes[$0] == .slash }) {
            self.address = bytes.text(address.lowerBound..<slash)
            multicastSuffix = bytes.text(slash + 1..<address.upperBound)
        } else {
            self.address = bytes.text(address)
            multicastSuffix = nil
        }
        if self.address.isEmpty { return nil }
    }

    var line: SDPLine {
        SDPLine("c", "\(networkType) \(addressType) \(address)\(multicastSuffix.map { "/\($0)" } ?? "")")
    }

    /// Whether this address says "send nothing here": `0.0.0.0`, `::`, or a name under `.invalid`
    /// (RFC 3264 §8.4, RFC 6157 §3.1).
    public var isUnspecified: Bool {
        if let literal = IPAddress(address) { return literal.isUnspecified }
        return ArraySlice(address.utf8.suffix(8)).equalsIgnoringCase(".invalid")
    }

    static func addressType(of address: String) -> String {
        address.utf8.contains(.colon) ? "IP6" : "IP4"
    }
}
