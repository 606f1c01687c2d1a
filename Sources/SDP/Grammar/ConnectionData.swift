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

    /// - Parameter value: What follows `c=`.
    init?(parsing value: ArraySlice<UInt8>) {
        let fields = value.fields(atMost: 4)
        guard fields.count == 3 else { return nil }
        networkType = fields[0].text
        addressType = fields[1].text
        if let slash = fields[2].firstIndex(of: .slash) {
            address = fields[2][..<slash].text
            multicastSuffix = fields[2][(slash + 1)...].text
        } else {
            address = fields[2].text
            multicastSuffix = nil
        }
        if address.isEmpty { return nil }
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
