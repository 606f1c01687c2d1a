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

    /// Where the parts of a `c=` line lie.
    struct Places {
        let networkType: Range<Int>
        let addressType: Range<Int>
        let address: Range<Int>
        let multicastSuffix: Range<Int>?

        /// - Parameter value: Where that lies which follows `c=`.
        init?(_ value: Range<Int>, in bytes: Span<UInt8>) {
            var fields = SDPFields(value, atMost: 4)
            guard let networkType = fields.next(bytes), let addressType = fields.next(bytes),
                let field = fields.next(bytes), fields.next(bytes) == nil
            else { return nil }
            self.networkType = networkType
            self.addressType = addressType
            var slash = field.lowerBound
            while slash < field.upperBound, bytes[slash] != .slash { slash += 1 }
            if slash == field.lowerBound { return nil }
            address = field.lowerBound..<slash
            multicastSuffix = slash < field.upperBound ? slash + 1..<field.upperBound : nil
        }
    }

    init(_ places: Places, in bytes: Span<UInt8>) {
        networkType = bytes.text(places.networkType)
        addressType = bytes.text(places.addressType)
        address = bytes.text(places.address)
        multicastSuffix = places.multicastSuffix.map { bytes.text($0) }
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
